// When a sample arrived, and its stamp as it came: both lie close to its time, and are told by how far off they are.
// Must give back every bit, also of stamps that are nowhere near.
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { putWithGaps, takeWithGaps } from './gap-column.ts';
import { putNumbers, takeNumbers } from './number-column.ts';

export const receiveForms = ['on-time', 'delayed', 'plain'] as const;
export type ReceiveForm = (typeof receiveForms)[number];
export const rawForms = ['none', 'time', 'offset', 'plain'] as const;
export type RawForm = (typeof rawForms)[number];

const nanHigh = 0x7ff80000;
let offsets = new Float64Array(2048);

function grow(count: number): Float64Array {
  if (offsets.length < count) offsets = new Float64Array(2 * count);
  return offsets;
}

/** Receive times are whole milliseconds, the time rounded up when there was no stamp. */
export function receiveForm(receiveMs: Float64Array, timeMs: Float64Array, count: number): ReceiveForm {
  let same = 0;
  while (same < count && Math.ceil(timeMs[same]!) === receiveMs[same] && receiveMs[same] !== 0) same++;
  if (same === count) return 'on-time';
  const into = grow(count);
  let still = 0;
  for (let i = 0; i < count; i++) {
    const start = Math.ceil(timeMs[i]!);
    const delay = receiveMs[i]! - start;
    into[i] = delay;
    // What is not a number, too large, or a zero that has two forms: as it is.
    if (start + delay !== receiveMs[i] || receiveMs[i] === 0 || delay !== Math.floor(delay)) return 'plain';
    if (i > 0 && receiveMs[i] === receiveMs[i - 1]) still++;
  }
  // Many that came at once: these change less than their delays do.
  return still * 2 > count ? 'plain' : 'delayed';
}

/** After `receiveForm` of the same columns. */
export function putReceive(
  writer: ByteWriter,
  receiveMs: Float64Array,
  count: number,
  form: ReceiveForm,
): void {
  if (form === 'delayed') putNumbers(writer, offsets, count, false);
  else if (form === 'plain') putWithGaps(writer, receiveMs, count, undefined, true);
}

export function takeReceive(
  reader: ByteReader,
  count: number,
  form: ReceiveForm,
  timeMs: Float64Array,
  receiveMs: Float64Array,
): void {
  if (form === 'plain') takeWithGaps(reader, count, undefined, receiveMs);
  else if (form === 'on-time') for (let i = 0; i < count; i++) receiveMs[i] = Math.ceil(timeMs[i]!);
  else {
    const delays = grow(count);
    takeNumbers(reader, count, delays);
    for (let i = 0; i < count; i++) receiveMs[i] = Math.ceil(timeMs[i]!) + delays[i]!;
  }
}

export function rawForm(rawMs: Float64Array, timeMs: Float64Array, count: number): RawForm {
  const words = new Int32Array(rawMs.buffer, rawMs.byteOffset, 2 * count);
  let i = 0;
  while (i < count && words[2 * i] === 0 && words[2 * i + 1] === nanHigh) i++;
  if (i === count) return 'none';
  for (i = 0; i < count && rawMs[i] === timeMs[i] && rawMs[i] !== 0; ) i++;
  if (i === count) return 'time';
  const into = grow(count);
  for (i = 0; i < count; i++) {
    const us = Math.round((rawMs[i]! - timeMs[i]!) * 1000);
    into[i] = us;
    if (stampFrom(timeMs[i]!, us) !== rawMs[i] || rawMs[i] === 0) return 'plain';
  }
  return 'offset';
}

/** The stamp that is so many microseconds after the time. */
function stampFrom(timeMs: number, us: number): number {
  return Math.round(timeMs * 1000 + us) / 1000;
}

/** After `rawForm` of the same columns. */
export function putRaw(writer: ByteWriter, rawMs: Float64Array, count: number, form: RawForm): void {
  if (form === 'offset') putNumbers(writer, offsets, count, false);
  else if (form === 'plain') putWithGaps(writer, rawMs, count, undefined, true);
}

export function takeRaw(
  reader: ByteReader,
  count: number,
  form: RawForm,
  timeMs: Float64Array,
  rawMs: Float64Array,
): void {
  if (form === 'none') rawMs.fill(Number.NaN, 0, count);
  else if (form === 'time') rawMs.set(timeMs.subarray(0, count));
  else if (form === 'plain') takeWithGaps(reader, count, undefined, rawMs);
  else {
    const us = grow(count);
    takeNumbers(reader, count, us);
    for (let i = 0; i < count; i++) rawMs[i] = stampFrom(timeMs[i]!, us[i]!);
  }
}
