// Reads blocks. Must never hang on a damaged one, or take much memory for it, or give back what was not written.
import { crc32 } from 'node:zlib';
import type { Series } from '../../core/sample.ts';
import { type ByteReader, takeByte, takeCount } from './byte-reader.ts';
import { DamagedBlock } from './damage.ts';
import { blockForm, blockHeadBytes, blockSamplesMax } from './encode-block.ts';
import { exactForms, takeExact, valuesOf } from './exact-column.ts';
import { takeWithGaps } from './gap-column.ts';
import { qualityForms, takeQuality } from './quality-column.ts';
import { newSeriesBuffer, reserve, reserveExact, type SeriesBuffer } from './series-buffer.ts';
import { rawForms, receiveForms, takeRaw, takeReceive } from './stamp-columns.ts';

/** Throws `DamagedBlock`. */
export function decodeBlock(bytes: Uint8Array): Series {
  const buffer = newSeriesBuffer();
  decodeBlockInto(bytes, buffer);
  return buffer;
}

/** Puts its samples behind those of the buffer, and says how many they are. Throws `DamagedBlock`; nothing is added then. */
export function decodeBlockInto(bytes: Uint8Array, buffer: SeriesBuffer): number {
  check(bytes);
  const reader: ByteReader = { bytes, at: blockHeadBytes };
  const count = takeCount(reader, blockSamplesMax);
  const forms = takeByte(reader);
  if (count > 0) {
    reserve(buffer, count);
    const exactly = exactForms[forms >> 6]!;
    if (exactly !== 'none') reserveExact(buffer);
    readColumns(reader, forms, count, buffer);
    if (exactly === 'none' && buffer.exact.length > 0) {
      buffer.exact.fill(0n, buffer.length, buffer.length + count);
    }
  }
  if (reader.at !== bytes.length) throw new DamagedBlock('there is more than it says');
  buffer.length += count;
  return count;
}

function check(bytes: Uint8Array): void {
  if (bytes.length < blockHeadBytes + 2) throw new DamagedBlock('it is too short for a block');
  if (bytes[0] !== blockForm) throw new DamagedBlock(`a block of the unknown form ${bytes[0]}`);
  const sum = (bytes[1]! | (bytes[2]! << 8) | (bytes[3]! << 16) | (bytes[4]! << 24)) >>> 0;
  if (crc32(bytes.subarray(blockHeadBytes), blockForm) !== sum)
    throw new DamagedBlock('its checksum is wrong');
}

function readColumns(reader: ByteReader, forms: number, count: number, into: SeriesBuffer): void {
  const [from, to] = [into.length, into.length + count];
  const received = receiveForms[(forms >> 2) & 3];
  if (received === undefined) throw new DamagedBlock('an unknown coding of receive times');
  const exactly = exactForms[forms >> 6]!;
  const quality = into.quality.subarray(from, to);
  const timeMs = into.timeMs.subarray(from, to);
  const value = into.value.subarray(from, to);
  takeQuality(reader, count, qualityForms[forms & 3]!, quality);
  takeWithGaps(reader, count, undefined, timeMs);
  takeReceive(reader, count, received, timeMs, into.receiveMs.subarray(from, to));
  takeRaw(reader, count, rawForms[(forms >> 4) & 3]!, timeMs, into.rawMs.subarray(from, to));
  const exact = into.exact.subarray(from, to);
  if (exactly !== 'none') takeExact(reader, count, exact);
  if (exactly === 'none' || exactly === 'told') takeWithGaps(reader, count, quality, value, timeMs);
  else valuesOf(exact, quality, count, exactly, value);
}
