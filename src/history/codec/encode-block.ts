// Samples of one tag as a block of bytes. Must give back every bit of them.
import { crc32 } from 'node:zlib';
import type { Series } from '../../core/sample.ts';
import { newByteWriter, putByte, putCount } from './byte-writer.ts';
import { exactForm, exactForms, putExact } from './exact-column.ts';
import { putWithGaps } from './gap-column.ts';
import { putQuality, qualityForm, qualityForms } from './quality-column.ts';
import { putRaw, putReceive, rawForm, rawForms, receiveForm, receiveForms } from './stamp-columns.ts';

export const blockForm = 1;
/** Of the form and the checksum. */
export const blockHeadBytes = 5;
/** More are more than a block may have. */
export const blockSamplesMax = 1 << 16;

const writer = newByteWriter();

/** A copy of its own; `exact` is kept when it is not empty. */
export function encodeBlock(series: Series, from = 0, to = series.length): Uint8Array {
  const count = to - from;
  if (!(count >= 0 && count <= blockSamplesMax)) throw new RangeError(`a block cannot have ${count} samples`);
  const timeMs = series.timeMs.subarray(from, to);
  const receiveMs = series.receiveMs.subarray(from, to);
  const rawMs = series.rawMs.subarray(from, to);
  const value = series.value.subarray(from, to);
  const quality = series.quality.subarray(from, to);
  const exact = series.exact.length === 0 ? series.exact : series.exact.subarray(from, to);

  writer.at = blockHeadBytes;
  putCount(writer, count);
  const grade = qualityForm(quality, count);
  const exactly = exactForm(exact, value, quality, count);
  const formsAt = writer.at;
  putByte(writer, 0);
  if (count > 0) {
    putQuality(writer, quality, count, grade);
    putWithGaps(writer, timeMs, count, undefined, true);
    const received = receiveForm(receiveMs, timeMs, count);
    putReceive(writer, receiveMs, count, received);
    const stamped = rawForm(rawMs, timeMs, count);
    putRaw(writer, rawMs, count, stamped);
    if (exactly !== 'none') putExact(writer, exact, count);
    if (exactly === 'none' || exactly === 'told') putWithGaps(writer, value, count, quality, false, timeMs);
    writer.bytes[formsAt] =
      qualityForms.indexOf(grade) |
      (receiveForms.indexOf(received) << 2) |
      (rawForms.indexOf(stamped) << 4) |
      (exactForms.indexOf(exactly) << 6);
  }
  const bytes = writer.bytes.slice(0, writer.at);
  bytes[0] = blockForm;
  const sum = crc32(bytes.subarray(blockHeadBytes), blockForm);
  for (let k = 0; k < 4; k++) bytes[1 + k] = sum >>> (8 * k);
  return bytes;
}
