// A column of whole numbers up to 2^53 that lie too far apart for 32 bits: times after a long gap, large counters. Must
// give back every one of them: what is too far off from what was expected is told as it is.
import { type ByteReader, takeCount, takeDouble } from './byte-reader.ts';
import { type ByteWriter, putCount, putDouble } from './byte-writer.ts';
import { putResiduals, takeResiduals } from './entropy.ts';
import { newPredictor, type Predictor } from './predict.ts';
import { classify, residualRoom } from './residuals.ts';
import { putPredictor, takePredictor } from './whole-column.ts';

/** Instead of a difference: the number is in the list of those that are told as they are. */
const jump = 0xffff_ffff;
const nearMax = 2 ** 30;

let jumps = new Float64Array(256);

/** The first is not told. Undefined when too many are too far off for this to be worth it; then nothing was written. */
export function putWide(writer: ByteWriter, whole: Float64Array, count: number, slope: number): boolean {
  const by = chooseWide(whole, count, slope);
  const room = residualRoom(count);
  const far = differenceWide(whole, count, by, room.folded);
  if (far * 4 > count) return false;
  putPredictor(writer, by);
  putCount(writer, far);
  for (let k = 0; k < far; k++) putDouble(writer, jumps[k]!);
  classify(room, count - 1);
  putResiduals(writer, room, count - 1);
  return true;
}

/** `whole[0]` is there already. */
export function takeWide(reader: ByteReader, count: number, whole: Float64Array): void {
  const by = takePredictor(reader);
  const far = takeCount(reader, count);
  growJumps(far);
  for (let k = 0; k < far; k++) jumps[k] = takeDouble(reader);
  const { folded } = residualRoom(count);
  takeResiduals(reader, folded, count - 1);
  restoreWide(folded, count, by, whole);
}

function growJumps(count: number): void {
  if (jumps.length < count) jumps = new Float64Array(2 * count);
}

/** By the sum of the bits of their differences. */
function chooseWide(whole: Float64Array, count: number, slope: number): Predictor {
  const room = residualRoom(count).folded;
  let best = newPredictor(0, 0, Math.round(slope) | 0, 32);
  let least = Number.POSITIVE_INFINITY;
  for (const filter of slope === 0 ? [0, 1] : [0, 1, 2]) {
    const fraction = filter === 2 ? 8 : 0;
    const steps = Math.round(slope * (1 << fraction));
    const by = newPredictor(filter, fraction, Math.abs(steps) < nearMax ? steps : 0, filter === 2 ? 20 : 32);
    differenceWide(whole, count, by, room);
    let cost = 0;
    for (let i = 0; i < count - 1; i++) cost += room[i] === jump ? 96 : 32 - Math.clz32(room[i]!);
    if (cost < least) [best, least] = [by, cost];
  }
  return best;
}

/** How many are too far off. */
function differenceWide(whole: Float64Array, count: number, by: Predictor, room: Uint32Array): number {
  const { gain, slopeGain, slope, limit } = sharesOf(by);
  growJumps(count);
  let step = slope;
  let next = whole[0]! + step;
  let far = 0;
  for (let i = 1; i < count; i++) {
    const found = whole[i]!;
    const off = found - Math.floor(next + 0.5);
    const near = off > -nearMax && off < nearMax;
    const folded = near ? (off < 0 ? -2 * off - 1 : 2 * off) : jump;
    room[i - 1] = folded;
    if (!near) jumps[far++] = found;
    if (folded > limit || !near) {
      step = slope;
      next = found + step;
    } else {
      step += off * slopeGain;
      next += off * gain + step;
    }
  }
  return far;
}

function restoreWide(room: Uint32Array, count: number, by: Predictor, whole: Float64Array): void {
  const { gain, slopeGain, slope, limit } = sharesOf(by);
  let step = slope;
  let next = whole[0]! + step;
  let far = 0;
  for (let i = 1; i < count; i++) {
    const folded = room[i - 1]!;
    const off = folded & 1 ? -(folded + 1) / 2 : folded / 2;
    const found = folded === jump ? jumps[far++]! : Math.floor(next + 0.5) + off;
    whole[i] = found;
    if (folded > limit || folded === jump) {
      step = slope;
      next = found + step;
    } else {
      step += off * slopeGain;
      next += off * gain + step;
    }
  }
}

function sharesOf(by: Predictor) {
  const one = 1 << by.fraction;
  return {
    gain: by.gain / one,
    slopeGain: by.slopeGain / one,
    slope: by.slope / one,
    limit: 2 ** by.jumpBits - 1,
  };
}
