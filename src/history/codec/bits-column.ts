// A column of 64 bits each: doubles that are no decimals, whole numbers beyond 2^53. What they share above and below is
// left out, the upper part is predicted, the rest is told as it is. Must give back every bit.
import { newBitWords, packBits, putBits, takeBits, unpackBits } from './bit-words.ts';
import { type ByteReader, takeByte, takeBytes } from './byte-reader.ts';
import { type ByteWriter, putByte, putBytes } from './byte-writer.ts';
import { DamagedBlock } from './damage.ts';
import { putWholes, takeWholes } from './whole-column.ts';

/** `double`: in the order of their values, which are alike when their bits as a whole number are. */
export type BitsKind = 'double' | 'integer';

interface Room {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly upper: Int32Array;
  readonly rest: Uint32Array;
}

let room = newRoom(2048);
const bits = newBitWords();

function newRoom(count: number): Room {
  const column = () => new Int32Array(count);
  return { low: column(), high: column(), upper: column(), rest: new Uint32Array(count) };
}

function grow(count: number): Room {
  if (room.low.length < count) room = newRoom(2 * count);
  return room;
}

/** `words`: of each the lower half, then the upper. */
export function putBits64(writer: ByteWriter, words: Int32Array, count: number, kind: BitsKind): void {
  if (count === 0) return;
  putBytes(writer, new Uint8Array(words.buffer, words.byteOffset, 8));
  const { low, high, upper, rest } = grow(count);
  const { shared, size } = differences(words, count, kind, low, high);
  const below = Math.max(0, size - shared - 32);
  putByte(writer, shared);
  putByte(writer, below);
  const mask = below === 32 ? -1 : (1 << below) - 1;
  for (let i = 0; i < count; i++) {
    upper[i] = shifted(low[i]!, high[i]!, shared + below);
    rest[i] = shifted(low[i]!, high[i]!, shared) & mask;
  }
  putWholes(writer, upper, count);
  packBits(rest, count, below, bits);
  putBits(writer, bits, count * below);
}

/**
 * Of each to the first, 64 bits that wrap. Returns how many bits at the lower end are zero in all, and how many there
 * are up to the upper end, with the sign.
 */
function differences(words: Int32Array, count: number, kind: BitsKind, low: Int32Array, high: Int32Array) {
  const flip = kind === 'double';
  const turnFirst = flip ? words[1]! >> 31 : 0;
  const low0 = words[0]! ^ turnFirst;
  const high0 = words[1]! ^ (turnFirst >>> 1);
  let [anyLow, anyHigh, sizeLow, sizeHigh] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const turn = flip ? words[2 * i + 1]! >> 31 : 0;
    const lowBits = words[2 * i]! ^ turn;
    const down = (lowBits - low0) | 0;
    const up = ((words[2 * i + 1]! ^ (turn >>> 1)) - high0 - (lowBits >>> 0 < low0 >>> 0 ? 1 : 0)) | 0;
    low[i] = down;
    high[i] = up;
    anyLow |= down;
    anyHigh |= up;
    sizeLow |= down ^ (up >> 31);
    sizeHigh |= up ^ (up >> 31);
  }
  const trailing = (word: number) => 31 - Math.clz32(word & -word);
  const shared = anyLow !== 0 ? trailing(anyLow) : anyHigh !== 0 ? 32 + trailing(anyHigh) : 63;
  const size = sizeHigh !== 0 ? 65 - Math.clz32(sizeHigh) : 33 - Math.clz32(sizeLow);
  return { shared, size: Math.max(size, shared + 1) };
}

/** The lower 32 bits of 64, after so many are gone; the sign comes in. */
function shifted(low: number, high: number, by: number): number {
  if (by === 0) return low;
  if (by < 32) return (low >>> by) | (high << (32 - by));
  return high >> (by - 32);
}

export function takeBits64(reader: ByteReader, count: number, words: Int32Array, kind: BitsKind): void {
  if (count === 0) return;
  const first = takeBytes(reader, 8);
  new Uint8Array(words.buffer, words.byteOffset, 8).set(first);
  const [shared, below] = [takeByte(reader), takeByte(reader)];
  if (below > 32 || shared + below > 63) throw new DamagedBlock('a column of more than 64 bits');
  const { upper, rest } = grow(count);
  takeWholes(reader, count, upper);
  takeBits(reader, bits, (count * below + 7) >>> 3);
  unpackBits(bits, count, below, rest);
  join(words, count, kind, shared, below);
}

function join(words: Int32Array, count: number, kind: BitsKind, shared: number, below: number): void {
  const { upper, rest } = room;
  const flip = kind === 'double';
  const turnFirst = flip ? words[1]! >> 31 : 0;
  const low0 = words[0]! ^ turnFirst;
  const high0 = words[1]! ^ (turnFirst >>> 1);
  const by = shared + below;
  for (let i = 0; i < count; i++) {
    const top = upper[i]!;
    const under = rest[i]!;
    let down = by < 32 ? top << by : 0;
    let up = by === 0 ? top >> 31 : by < 32 ? top >> (32 - by) : top << (by - 32);
    if (shared === 0) down |= under;
    else if (shared < 32) {
      down |= under << shared;
      up |= under >>> (32 - shared);
    } else up |= under << (shared - 32);
    const lowBits = (down + low0) | 0;
    const highBits = (up + high0 + (lowBits >>> 0 < low0 >>> 0 ? 1 : 0)) | 0;
    const turn = flip ? highBits >> 31 : 0;
    words[2 * i] = lowBits ^ turn;
    words[2 * i + 1] = highBits ^ (turn >>> 1);
  }
}
