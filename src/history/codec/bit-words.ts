// Bits in 32-bit words, the lowest first. Must never read or write outside of its room.
import type { ByteReader } from './byte-reader.ts';
import { takeBytes } from './byte-reader.ts';
import { type ByteWriter, makeRoom } from './byte-writer.ts';

/** Reused: words to write to or to read from, and the same as bytes. */
export interface BitWords {
  words: Uint32Array;
  bytes: Uint8Array;
}

export function newBitWords(words = 4096): BitWords {
  const room = new Uint32Array(words);
  return { words: room, bytes: new Uint8Array(room.buffer) };
}

export function sizeBits(into: BitWords, bits: number): void {
  const words = (bits >>> 5) + 3;
  if (words <= into.words.length) return;
  into.words = new Uint32Array(2 * words);
  into.bytes = new Uint8Array(into.words.buffer);
}

/** Behind what the writer has: as many bytes as the bits fill. */
export function putBits(writer: ByteWriter, from: BitWords, bits: number): void {
  const bytes = (bits + 7) >>> 3;
  makeRoom(writer, bytes);
  writer.bytes.set(from.bytes.subarray(0, bytes), writer.at);
  writer.at += bytes;
}

/** Copies so many bytes into words, with zeros behind. */
export function takeBits(reader: ByteReader, into: BitWords, bytes: number): void {
  const taken = takeBytes(reader, bytes);
  sizeBits(into, bytes * 8);
  into.bytes.set(taken);
  into.bytes.fill(0, bytes, ((bytes >>> 2) + 2) * 4);
}

/** Numbers of `width` bits each, 0 to 32, as they are. */
export function packBits(from: Uint32Array, count: number, width: number, into: BitWords): void {
  sizeBits(into, count * width);
  if (width === 0) return;
  const { words } = into;
  let [word, held, at] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const number = from[i]!;
    word |= number << held;
    held += width;
    if (held >= 32) {
      words[at++] = word;
      held -= 32;
      word = held === 0 ? 0 : number >>> (width - held);
    }
  }
  words[at] = word;
}

export function unpackBits(from: BitWords, count: number, width: number, into: Uint32Array): void {
  if (width === 0) {
    into.fill(0, 0, count);
    return;
  }
  const { words } = from;
  const mask = width === 32 ? -1 : (1 << width) - 1;
  for (let i = 0, at = 0; i < count; i++, at += width) {
    const shift = at & 31;
    const low = words[at >>> 5]! >>> shift;
    // In two steps: a shift by 32 would be one by none.
    into[i] = (low | ((words[(at >>> 5) + 1]! << 1) << (31 - shift))) & mask;
  }
}
