// Reads bytes one behind the other. Must never read beyond the end: a damaged block says so instead.
import { DamagedBlock } from './damage.ts';

export interface ByteReader {
  readonly bytes: Uint8Array;
  at: number;
}

const number64 = new Float64Array(1);
const bytes64 = new Uint8Array(number64.buffer);

export function takeByte(reader: ByteReader): number {
  if (reader.at >= reader.bytes.length) throw new DamagedBlock('it ends too soon');
  return reader.bytes[reader.at++]!;
}

/** Up to 2^53, and no more than `max`. */
export function takeCount(reader: ByteReader, max: number): number {
  let [count, power] = [0, 1];
  for (let i = 0; i < 8; i++) {
    const byte = takeByte(reader);
    count += (byte & 127) * power;
    power *= 128;
    if (byte < 128) {
      if (count > max) throw new DamagedBlock(`a count of ${count}`);
      return count;
    }
  }
  throw new DamagedBlock('a number without an end');
}

export function takeWhole(reader: ByteReader): number {
  const first = takeByte(reader);
  const size = (first & 127) + 128 * takeCount(reader, 2 ** 46);
  return first < 128 ? size : -size;
}

export function takeDouble(reader: ByteReader): number {
  bytes64.set(takeBytes(reader, 8));
  return number64[0]!;
}

/** A view, not a copy. */
export function takeBytes(reader: ByteReader, count: number): Uint8Array {
  if (count > reader.bytes.length - reader.at) throw new DamagedBlock('it ends too soon');
  reader.at += count;
  return reader.bytes.subarray(reader.at - count, reader.at);
}
