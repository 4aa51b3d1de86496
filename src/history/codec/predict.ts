// What the next whole number will be, from those before: an alpha-beta filter in fixed point, of which a plain
// difference, a difference of differences and a slow mean are cases. Must compute alike for writer and reader: 32-bit
// arithmetic that wraps, so that no number is out of its reach.

import type { Residuals } from './residuals.ts';
import { smallMax, smallSymbol, symbolOf } from './symbol.ts';
import { timedCost } from './timed.ts';

export interface Predictor {
  /** Which of the filters. */
  readonly filter: number;
  /** Bits behind the point of estimate and slope. */
  readonly fraction: number;
  /** Share of a difference that goes to the estimate and to the slope, with that many bits behind the point. */
  readonly gain: number;
  readonly slopeGain: number;
  /** The slope at the start, and after a jump. */
  readonly slope: number;
  /** A folded difference of more bits is a jump: the estimate begins anew; 32: nothing is. */
  readonly jumpBits: number;
}

/** Gains in sixteenths. */
export const filters: readonly { readonly gain: number; readonly slopeGain: number }[] = [
  { gain: 16, slopeGain: 0 },
  { gain: 16, slopeGain: 16 },
  { gain: 1, slopeGain: 0 },
  { gain: 4, slopeGain: 0 },
  { gain: 10, slopeGain: 0 },
  { gain: 12, slopeGain: 6 },
  { gain: 8, slopeGain: 2 },
];

/** By the times of the samples, in timed.ts. */
export const timedFilter = 7;
/** Below so many bits a difference there is nothing to be gained from times. */
const movingBits = 3;

const plainFilter = { gain: 16, slopeGain: 0 };

/** So many of them are for numbers that grow evenly. */
const evenFilters = 4;

const stretch = 40;
const warmUp = 8;
const logs = new Float32Array(1);
const logBits = new Int32Array(logs.buffer);

/** The best one for `whole[0..count)`, whose first is 0, judged by some stretches of it. `slope`: of numbers that grow evenly. */
export function choosePredictor(
  whole: Int32Array,
  count: number,
  slope: number,
  timeMs?: Float64Array,
): Predictor {
  const fraction = fractionFor(whole, count);
  const grown = (bits: number) => Math.round(slope * (1 << bits)) | 0;
  const plain = newPredictor(0, slope === 0 ? 0 : fraction, grown(slope === 0 ? 0 : fraction), 32);
  if (count < 8) return plain;
  let best = plain;
  let least = costOf(whole, count, plain);
  if (least === 0) return plain;
  const jumpBits = Math.min(31, Math.ceil(least / costCount(count)) + 5);
  // What grows evenly has no slope to be found.
  const tried = slope === 0 ? filters.length : evenFilters;
  for (let index = 1; index < tried; index++) {
    const exact = index === 1;
    if (!exact && fraction < 3) break;
    const found = exact
      ? newPredictor(index, 0, grown(0), 32)
      : newPredictor(index, fraction, grown(fraction), jumpBits);
    const cost = costOf(whole, count, found);
    if (cost < least) [best, least] = [found, cost];
  }
  const moves = least > movingBits * costCount(count);
  return moves && timeMs !== undefined && timedCostOf(whole, timeMs, count) < least
    ? newPredictor(timedFilter, 0, 0, 32)
    : best;
}

/** `slope` with `fraction` bits behind the point. */
export function newPredictor(filter: number, fraction: number, slope: number, jumpBits: number): Predictor {
  const { gain, slopeGain } = filters[filter] ?? plainFilter;
  return {
    filter,
    fraction,
    gain: (gain << fraction) >> 4,
    slopeGain: (slopeGain << fraction) >> 4,
    slope,
    jumpBits,
  };
}

/** As many as leave room for the numbers, and for an estimate that shoots over. */
function fractionFor(whole: Int32Array, count: number): number {
  let size = 0;
  for (let i = count - 1; i > 0; i -= 8) size |= whole[i]! ^ (whole[i]! >> 31);
  return Math.max(0, Math.min(8, Math.clz32(size) - 2));
}

function costCount(count: number): number {
  return count <= 4 * stretch ? count - 1 : 3 * (stretch - warmUp);
}

/** Sum of about the logarithms of the folded differences. */
function costOf(whole: Int32Array, count: number, by: Predictor): number {
  if (count <= 4 * stretch) return costBetween(whole, 0, count, 1, by);
  const third = Math.floor((count - stretch) / 3);
  let cost = 0;
  for (let k = 0; k < 3; k++) {
    const from = (third >>> 1) + k * third;
    cost += costBetween(whole, from, from + stretch, warmUp, by);
  }
  return cost;
}

function timedCostOf(whole: Int32Array, timeMs: Float64Array, count: number): number {
  if (count <= 4 * stretch) return timedCost(whole, timeMs, 0, count, 1);
  const third = Math.floor((count - stretch) / 3);
  let cost = 0;
  for (let k = 0; k < 3; k++) {
    const from = (third >>> 1) + k * third;
    cost += timedCost(whole, timeMs, from, from + stretch, warmUp);
  }
  return cost;
}

function costBetween(whole: Int32Array, from: number, to: number, skip: number, by: Predictor): number {
  const { fraction, gain, slopeGain, slope } = by;
  const limit = limitOf(by);
  const half = (1 << fraction) >> 1;
  let step = slope;
  let next = ((whole[from]! << fraction) + half + step) | 0;
  let cost = 0;
  for (let i = from + 1; i < to; i++) {
    const difference = (whole[i]! - (next >> fraction)) | 0;
    const folded = ((difference << 1) ^ (difference >> 31)) >>> 0;
    if (i >= from + skip) {
      logs[0] = folded + 1;
      cost += logBits[0]!;
    }
    if (folded >>> 1 > limit) {
      step = slope;
      next = ((whole[i]! << fraction) + half + step) | 0;
    } else {
      step = (step + Math.imul(difference, slopeGain)) | 0;
      next = (next + Math.imul(difference, gain) + step) | 0;
    }
  }
  return (cost - 0x3f80_0000 * (to - from - skip)) / 0x80_0000;
}

/** Of half a folded difference, which a signed number can hold. */
function limitOf(by: Predictor): number {
  return by.jumpBits >= 32 ? 0x7fff_ffff : ((1 << by.jumpBits) - 1) >>> 1;
}

/**
 * Folded differences of `whole[1..count)` to what was predicted, with their symbols, which are counted; `whole[0]` is 0.
 */
export function difference(whole: Int32Array, count: number, by: Predictor, into: Residuals): void {
  into.counts.fill(0);
  if (by.slopeGain === 0) differenceEven(whole, count, by, into);
  else differenceSloping(whole, count, by, into);
}

/** With a slope that stays: the same with less to do. */
function differenceEven(whole: Int32Array, count: number, by: Predictor, into: Residuals): void {
  const { fraction, gain, slope } = by;
  const { folded: all, symbols, counts } = into;
  const limit = limitOf(by);
  const start = ((1 << fraction) >> 1) + slope;
  let next = start | 0;
  for (let i = 1; i < count; i++) {
    const found = whole[i]!;
    const off = (found - (next >> fraction)) | 0;
    const folded = ((off << 1) ^ (off >> 31)) >>> 0;
    const symbol = folded <= smallMax ? smallSymbol[folded]! : symbolOf(folded);
    all[i - 1] = folded;
    symbols[i - 1] = symbol;
    // In turns: to count the same place twice at once would have to wait.
    counts[symbol | ((i & 1) << 7)]!++;
    next = (next + Math.imul(off, gain) + slope) | 0;
    if (folded >>> 1 > limit) next = ((found << fraction) + start) | 0;
  }
}

function differenceSloping(whole: Int32Array, count: number, by: Predictor, into: Residuals): void {
  const { fraction, gain, slopeGain, slope } = by;
  const { folded: all, symbols, counts } = into;
  const limit = limitOf(by);
  const half = (1 << fraction) >> 1;
  let step = slope;
  let next = (half + step) | 0;
  for (let i = 1; i < count; i++) {
    const found = whole[i]!;
    const off = (found - (next >> fraction)) | 0;
    const folded = ((off << 1) ^ (off >> 31)) >>> 0;
    const symbol = folded <= smallMax ? smallSymbol[folded]! : symbolOf(folded);
    all[i - 1] = folded;
    symbols[i - 1] = symbol;
    counts[symbol | ((i & 1) << 7)]!++;
    if (folded >>> 1 > limit) {
      step = slope;
      next = ((found << fraction) + half + step) | 0;
    } else {
      step = (step + Math.imul(off, slopeGain)) | 0;
      next = (next + Math.imul(off, gain) + step) | 0;
    }
  }
}

/** The other way round. */
export function restore(residuals: Uint32Array, count: number, by: Predictor, whole: Int32Array): void {
  const { fraction, gain, slopeGain, slope } = by;
  const limit = limitOf(by);
  const half = (1 << fraction) >> 1;
  let step = slope;
  let next = (half + step) | 0;
  whole[0] = 0;
  for (let i = 1; i < count; i++) {
    const folded = residuals[i - 1]!;
    const off = (folded >>> 1) ^ -(folded & 1);
    const found = ((next >> fraction) + off) | 0;
    whole[i] = found;
    if (folded >>> 1 > limit) {
      step = slope;
      next = ((found << fraction) + half + step) | 0;
    } else {
      step = (step + Math.imul(off, slopeGain)) | 0;
      next = (next + Math.imul(off, gain) + step) | 0;
    }
  }
}
