// The lower envelope of (receive − source) over some minutes: one lowest difference for each short stretch
// of time, and the line under them. Fixed size: it starts with stretches of a second and merges them.
import { type Line, lineAt, trust } from './line.ts';

const size = 64;
/** Long enough to tell a drift, short enough that a drift is constant in it. */
const spanMs = 256_000;
const oldestMs = 1_800_000;
/** A slope over less than this is rather the noise of the delays, and the longer the more noise there is. */
const slopeAfterMs = 5000;
const slopeAfterPerMs = 2000;

export interface Window {
  /** A ring of points, oldest at `start`. */
  readonly timeMs: Float64Array;
  readonly differenceMs: Float64Array;
  start: number;
  length: number;
  stretchMs: number;
  /** The stretch that is being filled; without an end before the first. */
  endMs: number;
  openMs: number;
  openDifferenceMs: number;
  /** The lowest so far above the line: a drifting clock is lowest at one end of every stretch otherwise. */
  openAboveMs: number;
}

export function newWindow(): Window {
  return {
    timeMs: new Float64Array(size),
    differenceMs: new Float64Array(size),
    start: 0,
    length: 0,
    stretchMs: 1000,
    endMs: Number.NaN,
    openMs: Number.NaN,
    openDifferenceMs: Number.NaN,
    openAboveMs: Number.POSITIVE_INFINITY,
  };
}

export function clearWindow(window: Window): void {
  window.start = 0;
  window.length = 0;
  window.stretchMs = 1000;
  window.endMs = Number.NaN;
  window.openAboveMs = Number.POSITIVE_INFINITY;
}

/** Takes one difference that lies `aboveMs` above the line. True when a stretch was closed by it. */
export function addToWindow(window: Window, timeMs: number, differenceMs: number, aboveMs: number): boolean {
  // Not "later than the end", so that the first sample opens a stretch as well.
  const closes = !(timeMs < window.endMs);
  if (closes) {
    if (window.openAboveMs !== Number.POSITIVE_INFINITY) {
      append(window, window.openMs, window.openDifferenceMs);
    }
    window.endMs = timeMs + window.stretchMs;
    window.openAboveMs = Number.POSITIVE_INFINITY;
  }
  if (aboveMs < window.openAboveMs) {
    window.openAboveMs = aboveMs;
    window.openMs = timeMs;
    window.openDifferenceMs = differenceMs;
  }
  return closes;
}

function append(window: Window, timeMs: number, differenceMs: number): void {
  while (window.length > 0 && timeMs - window.timeMs[window.start]! > oldestMs) dropOldest(window);
  if (window.length === size) {
    if (window.start !== 0 || timeMs - window.timeMs[0]! >= spanMs) dropOldest(window);
    else mergePairs(window);
  }
  const row = (window.start + window.length) % size;
  window.timeMs[row] = timeMs;
  window.differenceMs[row] = differenceMs;
  window.length++;
}

function dropOldest(window: Window): void {
  window.length--;
  window.start = window.length === 0 ? 0 : (window.start + 1) % size;
}

/** Of two neighbours the lower stays: half as many stretches, twice as long. In place, so only from row 0. */
function mergePairs(window: Window): void {
  const { timeMs, differenceMs } = window;
  let kept = 0;
  for (let i = 0; i < window.length; i += 2) {
    const first = (window.start + i) % size;
    const second = i + 1 < window.length ? (window.start + i + 1) % size : first;
    const lower = differenceMs[second]! < differenceMs[first]! ? second : first;
    const [time, difference] = [timeMs[lower]!, differenceMs[lower]!];
    timeMs[kept] = time;
    differenceMs[kept] = difference;
    kept++;
  }
  window.start = 0;
  window.length = kept;
  window.stretchMs *= 2;
}

export function windowSpanMs(window: Window): number {
  if (window.length < 2) return 0;
  return window.timeMs[(window.start + window.length - 1) % size]! - window.timeMs[window.start]!;
}

/**
 * The line with every point on or above it whose distance to them is least in sum; it rests on two of them.
 * Its slope leans on the one known before as long as there is more noise than slope.
 */
export function fitUnder(window: Window, line: Line, knownSlope: number): void {
  const { length, start, timeMs } = window;
  const atMs = timeMs[(start + length - 1) % size]!;
  const measured = steepness(window);
  line.atMs = atMs;
  line.slope = measured;
  // Two of the points are on the line by its making, and say nothing of the noise.
  const noiseMs = length > 2 ? (rest(window, line) * length) / (length - 2) : Number.POSITIVE_INFINITY;
  const spanMs = windowSpanMs(window);
  const weight = spanMs ** 2 / (spanMs ** 2 + (slopeAfterMs + slopeAfterPerMs * noiseMs) ** 2);
  line.slope = knownSlope + (measured - knownSlope) * weight;
  rest(window, line);
  trust(line, spanMs, knownSlope);
}

/** Puts a line of this slope under the points; returns their mean height above it. */
function rest(window: Window, line: Line): number {
  const { length, start, timeMs, differenceMs } = window;
  let lowest = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const row = (start + i) % size;
    const offsetMs = differenceMs[row]! - line.slope * (timeMs[row]! - line.atMs);
    sum += offsetMs;
    if (offsetMs < lowest) lowest = offsetMs;
  }
  line.offsetMs = lowest;
  return sum / length - lowest;
}

/**
 * The slope of the edge of the lower hull above the mean time. Found by cutting: a line through two points
 * on either side of the mean, the lowest point under it replaces one of them, until there is none under it.
 */
function steepness(window: Window): number {
  const { length, start, timeMs, differenceMs } = window;
  if (length < 2) return 0;
  let sumMs = 0;
  const originMs = timeMs[start]!;
  for (let i = 0; i < length; i++) sumMs += timeMs[(start + i) % size]! - originMs;
  const meanMs = originMs + sumMs / length;
  let left = start;
  let right = (start + length - 1) % size;
  if (timeMs[left]! >= timeMs[right]!) return 0;
  // Each cut is strictly lower than the one before, so it ends; the bound is for arithmetic at its limit.
  for (let cuts = 0; cuts < size; cuts++) {
    const slope = (differenceMs[right]! - differenceMs[left]!) / (timeMs[right]! - timeMs[left]!);
    let lowest = -1;
    let depth = -1e-9;
    for (let i = 0; i < length; i++) {
      const row = (start + i) % size;
      const above = differenceMs[row]! - differenceMs[left]! - slope * (timeMs[row]! - timeMs[left]!);
      if (above < depth) {
        depth = above;
        lowest = row;
      }
    }
    if (lowest < 0) return slope;
    if (timeMs[lowest]! <= meanMs) left = lowest;
    else right = lowest;
  }
  return (differenceMs[right]! - differenceMs[left]!) / (timeMs[right]! - timeMs[left]!);
}

/** How far a difference lies above a line. */
export function above(line: Line, timeMs: number, differenceMs: number): number {
  return differenceMs - lineAt(line, timeMs);
}
