// Some hundred stretches in few bytes: the least as a column, the most and the sum by what they are off from what the
// least lets expect. Must give back every bit of them.
import type { Rollups } from '../../ports/history.ts';
import { type ByteReader, takeByte, takeCount } from '../codec/byte-reader.ts';
import { type ByteWriter, putByte, putCount } from '../codec/byte-writer.ts';
import { DamagedBlock } from '../codec/damage.ts';
import { putWithGaps, takeWithGaps } from '../codec/gap-column.ts';
import { putNumbers, takeNumbers } from '../codec/number-column.ts';
import { decimalsMax, decimalsOf, powers, wholeMax } from './decimal-sum.ts';
import { roomFor } from './merge-rollups.ts';

/** Stretches of one are read and written together. */
export const segmentMax = 360;

const plain = 0;
/** And the number of decimals. */
const decimal = 16;
const single = 32;

export function putSegment(writer: ByteWriter, rollups: Rollups): void {
  const { startMs, count, bad, min, max, sum } = rollups;
  const length = startMs.length;
  putCount(writer, length);
  putNumbers(writer, startMs, length, true);
  putNumbers(writer, count, length, false);
  putNumbers(writer, bad, length, false);
  putWithGaps(writer, min, length, undefined, false);
  const form = formOf(rollups);
  putByte(writer, form);
  if (form === plain) {
    putWithGaps(writer, max, length, undefined, false);
    putNumbers(writer, sum, length, false);
    return;
  }
  const power = powers[form & 15]!;
  const [range, rest] = [new Float64Array(length), new Float64Array(length)];
  for (let i = 0; i < length; i++) {
    if (count[i] === 0) continue;
    const [least, most] = [wholeOf(min[i]!, power), wholeOf(max[i]!, power)];
    range[i] = most - least;
    rest[i] = wholeOf(sum[i]!, power) - expected(count[i]!, least, most);
  }
  putNumbers(writer, range, length, false);
  putNumbers(writer, rest, length, false);
}

function wholeOf(value: number, power: number): number {
  return Math.round(value * power);
}

/** About the sum of so many between these two. */
function expected(count: number, least: number, most: number): number {
  return Math.round((count * (least + most)) / 2);
}

/** Where all are whole numbers of the same decimals, these; what is in single precision may be so too, but for the sum. */
function formOf(rollups: Rollups): number {
  const { count, min, max, sum } = rollups;
  for (let i = 0; i < count.length; i++) {
    const none = count[i] === 0;
    if (none && !(Number.isNaN(min[i]!) && Number.isNaN(max[i]!) && Object.is(sum[i], 0))) return plain;
  }
  for (const kind of [decimal, single]) {
    let decimals = commonDecimals(min, count, kind === single, 0);
    if (decimals >= 0) decimals = commonDecimals(max, count, kind === single, decimals);
    if (decimals >= 0) decimals = commonDecimals(sum, count, false, decimals);
    if (decimals >= 0 && fits(rollups, kind, decimals)) return kind | decimals;
  }
  return plain;
}

/** So many from `least` on as all of them need; -1 where one has none. */
function commonDecimals(values: Float64Array, count: Float64Array, asSingle: boolean, least: number): number {
  let decimals = least;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const back = Math.round(value * powers[decimals]!) / powers[decimals]!;
    if (count[i] === 0 || (asSingle ? Math.fround(back) : back) === value) continue;
    const needed = decimalsOf(value, asSingle);
    if (needed < 0) return -1;
    decimals = Math.max(decimals, needed);
  }
  return decimals;
}

/** Whether the way back gives the same bits. */
function fits({ count, min, max, sum }: Rollups, kind: number, decimals: number): boolean {
  const power = powers[decimals]!;
  for (let i = 0; i < count.length; i++) {
    if (count[i] === 0) continue;
    const [least, most, all] = [wholeOf(min[i]!, power), wholeOf(max[i]!, power), wholeOf(sum[i]!, power)];
    const size = Math.abs(all) + (Math.abs(least) + Math.abs(most)) * count[i]!;
    if (!(size <= wholeMax && Object.is(restored(least, power, kind), min[i]))) return false;
    if (!Object.is(restored(most, power, kind), max[i]) || !Object.is(all / power, sum[i])) return false;
  }
  return true;
}

function restored(whole: number, power: number, kind: number): number {
  // Of the two zeros only the positive one comes back.
  const value = (whole + 0) / power;
  return kind === single ? Math.fround(value) : value;
}

export function takeSegment(reader: ByteReader): Rollups {
  const length = takeCount(reader, segmentMax);
  const into = roomFor(length);
  takeNumbers(reader, length, into.startMs);
  takeNumbers(reader, length, into.count);
  takeNumbers(reader, length, into.bad);
  takeWithGaps(reader, length, undefined, into.min);
  const form = takeByte(reader);
  if (form === plain) {
    takeWithGaps(reader, length, undefined, into.max);
    takeNumbers(reader, length, into.sum);
    return into;
  }
  const kind = form & ~15;
  if ((kind !== decimal && kind !== single) || (form & 15) > decimalsMax) {
    throw new DamagedBlock('an unknown coding of stretches');
  }
  takeNumbers(reader, length, into.max);
  takeNumbers(reader, length, into.sum);
  const power = powers[form & 15]!;
  for (let i = 0; i < length; i++) {
    if (into.count[i] === 0) into.max[i] = Number.NaN;
    else {
      const least = wholeOf(into.min[i]!, power);
      const most = least + into.max[i]!;
      into.max[i] = restored(most, power, kind);
      into.sum[i] = (into.sum[i]! + expected(into.count[i]!, least, most)) / power;
    }
  }
  return into;
}
