// Where a value usually is, and how far it usually strays: a streaming median and a robust sigma about it, by column, in
// one mode. It is only known once the value has been on both sides often enough: a slow swing of which a part was seen
// has no middle yet.
import {
  countSize,
  enough,
  forgetSizes,
  type Histogram,
  halveSizes,
  newHistogram,
  raiseSunken,
} from './histogram.ts';
import { sigmaOf } from './innovation.ts';
import type { Learning } from './learning.ts';
import { normalPower, sizePassed } from './tail.ts';

/** The mean of so many is the first middle. */
const firstViews = 32;
const lookEvery = 128;
/** Beyond so many sigmas it is clearly on one side. */
const swingSigmas = 0.5;
/** The median steps by this share of a sigma in the long run. */
const stepMin = 0.002;
const swingsMax = 1e6;
/** So many sigmas from where it was, it is another. */
const wanderMax = 2;

export interface Middle {
  readonly median: Float64Array;
  /** Where it was when `swings` began to be counted: a middle that wanders off is none. */
  readonly home: Float64Array;
  readonly sigma: Float64Array;
  /** How far the median goes at once. */
  readonly step: Float64Array;
  /** What a value strays once in so long, as far as that can be known. */
  readonly reach: Float64Array;
  /** What it strays so rarely that three times in a row are as rare as once beyond `reach`. */
  readonly reachInRow: Float64Array;
  readonly sizes: Histogram;
  readonly seen: Float64Array;
  readonly nextLook: Float64Array;
  /** How often it has gone from one side to the other; on which it is. */
  readonly swings: Float64Array;
  readonly side: Int8Array;
  /** At how many views it got there, and the longest it has stayed on one, in views. */
  readonly since: Float64Array;
  readonly longest: Float64Array;
}

export function newMiddle(columns: number): Middle {
  const of = () => new Float64Array(columns);
  return {
    ...{ median: of(), home: of(), sigma: of(), step: of(), reach: of(), reachInRow: of() },
    ...{ sizes: newHistogram(columns), seen: of() },
    nextLook: of().fill(2 * firstViews),
    ...{ swings: of(), side: new Int8Array(columns), since: of(), longest: of() },
  };
}

/** How many sigmas from the middle; NaN while that is not known. */
export function straying(middle: Middle, column: number, value: number): number {
  const one = middle.sigma[column]!;
  const off = value - middle.median[column]!;
  return one > 0 ? off / one : off === 0 && middle.seen[column]! >= firstViews ? 0 : Number.NaN;
}

/** From the column's number among `values`. */
export function learnMiddle(
  middle: Middle,
  column: number,
  values: Float64Array,
  { memoryViews, falseEvery }: Learning,
): void {
  const { median, sigma, sizes, seen, swings, side } = middle;
  const n = seen[column]! + 1;
  seen[column] = n;
  // In the long run every fourth view says enough.
  if (sizes.total[column]! >= enough && ((n + column) & 3) !== 0) return;
  const off = values[column]! - median[column]!;
  if (!Number.isFinite(off)) return;
  if (n <= firstViews) {
    median[column] = median[column]! + off / n;
    if (n > 1) countSize(sizes, column, Math.abs(off));
    return;
  }
  countSize(sizes, column, Math.abs(off));
  const one = sigma[column]!;
  if (one > 0) {
    const step = middle.step[column]!;
    // Where values repeat, a step does not pass the value it goes to.
    median[column] = median[column]! + (off > step ? step : off < -step ? -step : off);
    const now = off > swingSigmas * one ? 1 : off < -swingSigmas * one ? -1 : 0;
    if (now !== 0 && now !== side[column]) {
      if (side[column] !== 0 && swings[column]! < swingsMax) swings[column] = swings[column]! + 1;
      const stayed = n - middle.since[column]!;
      if (stayed > middle.longest[column]!) middle.longest[column] = stayed;
      middle.since[column] = n;
      side[column] = now;
    }
  }
  if (n >= middle.nextLook[column]!) look(middle, column, memoryViews, falseEvery);
}

function look(middle: Middle, column: number, memory: number, falseEvery: number): void {
  const { sizes, sigma, reach, seen, nextLook, swings } = middle;
  raiseSunken(sizes, column);
  sigma[column] = sigmaOf(sizes, column);
  if (Math.abs(middle.median[column]! - middle.home[column]!) > wanderMax * sigma[column]!) {
    middle.home[column] = middle.median[column]!;
    swings[column] = 0;
  }
  const alike = Math.max(1, sizes.total[column]! / Math.max(1, swings[column]!));
  reach[column] = sizePassed(sizes, column, 1 / falseEvery, normalPower, alike);
  middle.reachInRow[column] = sizePassed(sizes, column, Math.cbrt(1 / falseEvery), normalPower, alike);
  // What lay about the first, rough middle is soon outweighed, and forgotten as all else is.
  if (seen[column]! > memory) {
    halveSizes(sizes, column);
    seen[column] = Math.floor(seen[column]! / 2);
    swings[column] = swings[column]! / 2;
    middle.since[column] = seen[column]!;
    middle.longest[column] = middle.longest[column]! * 0.9;
  }
  middle.step[column] = Math.max(stepMin, 1 / Math.sqrt(seen[column]!)) * sigma[column]!;
  nextLook[column] = seen[column]! + Math.min(lookEvery + (column & 31), seen[column]!);
}

/** So long, in views, it may well be on one side: thrice the mean, or twice the longest so far. */
export function stayOf({ seen, swings, longest }: Middle, column: number): number {
  return Math.max(3, (3 * seen[column]!) / Math.max(1, swings[column]!), 2 * longest[column]!);
}

/** 0 to 1, whether it has been on both sides often enough. */
export function settled({ swings }: Middle, column: number, swingsMin: number): number {
  return swings[column]! >= swingsMin ? 1 : swings[column]! / swingsMin;
}

export function forgetMiddle(middle: Middle, column: number): void {
  const { median, home, sigma, step, reach, reachInRow, sizes, seen, nextLook } = middle;
  const { swings, side, since, longest } = middle;
  for (const each of [median, home, sigma, step, reach, reachInRow, seen, swings, side, since, longest])
    each[column] = 0;
  nextLook[column] = 2 * firstViews;
  forgetSizes(sizes, column);
}
