// The lower envelope of (receive − source) over some minutes: one lowest difference for each short stretch
// of time, and the line under them. Bounded: it starts with stretches of a second and merges them.
import { type Line, lineAt, trust } from './line.ts';

const size = 64;
const sizeAtFirst = 8;
/** Long enough to tell a drift, short enough that a drift is constant in it. */
const spanMs = 256_000;
const oldestMs = 1_800_000;
/** A slope over less than this is rather the noise of the delays, and the longer the more noise there is. */
const slopeAfterMs = 5000;
const slopeAfterPerMs = 2000;

export interface Window {
  /** A ring of points, the oldest in row `start`; time and difference of each. Grows to `size` points. */
  points: Float64Array;
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
    points: new Float64Array(0),
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
  while (window.length > 0 && timeMs - timeAt(window, 0) > oldestMs) dropOldest(window);
  if (window.length === size) {
    if (window.stretchMs * size >= spanMs || timeMs - timeAt(window, 0) >= spanMs) dropOldest(window);
    else mergePairs(window);
  } else if (2 * window.length === window.points.length) grow(window);
  put(window, window.length, timeMs, differenceMs);
  window.length++;
}

function grow(window: Window): void {
  const { points, start } = window;
  const larger = new Float64Array(Math.max(2 * sizeAtFirst, 2 * points.length));
  larger.set(points.subarray(2 * start));
  larger.set(points.subarray(0, 2 * start), points.length - 2 * start);
  window.points = larger;
  window.start = 0;
}

/** Where the point is that so many came before; the ring has a power of two of them. */
function at({ points, start }: Window, i: number): number {
  return (2 * (start + i)) & (points.length - 1);
}

function timeAt(window: Window, i: number): number {
  return window.points[at(window, i)]!;
}

function differenceAt(window: Window, i: number): number {
  return window.points[at(window, i) + 1]!;
}

function put(window: Window, i: number, timeMs: number, differenceMs: number): void {
  const place = at(window, i);
  window.points[place] = timeMs;
  window.points[place + 1] = differenceMs;
}

function dropOldest(window: Window): void {
  window.length--;
  window.start = window.length === 0 ? 0 : (window.start + 1) % (window.points.length / 2);
}

/** Of two neighbours the lower stays: half as many stretches, twice as long. */
function mergePairs(window: Window): void {
  let kept = 0;
  for (let i = 0; i < window.length; i += 2) {
    const isSecond = i + 1 < window.length && differenceAt(window, i + 1) < differenceAt(window, i);
    const lower = isSecond ? i + 1 : i;
    put(window, kept, timeAt(window, lower), differenceAt(window, lower));
    kept++;
  }
  window.length = kept;
  window.stretchMs *= 2;
}

export function windowSpanMs(window: Window): number {
  if (window.length < 2) return 0;
  return timeAt(window, window.length - 1) - timeAt(window, 0);
}

/**
 * The line with every point on or above it whose distance to them is least in sum; it rests on two of them.
 * Its slope leans on the one known before as long as there is more noise than slope.
 */
export function fitUnder(window: Window, line: Line, knownSlope: number): void {
  const { length } = window;
  const measured = steepness(window);
  line.atMs = timeAt(window, length - 1);
  line.slope = measured;
  // Two of the points are on the line by its making, and say nothing of the noise.
  const noiseMs = length > 2 ? (rest(window, line) * length) / (length - 2) : Number.POSITIVE_INFINITY;
  const overMs = windowSpanMs(window);
  const weight = overMs ** 2 / (overMs ** 2 + (slopeAfterMs + slopeAfterPerMs * noiseMs) ** 2);
  line.slope = knownSlope + (measured - knownSlope) * weight;
  rest(window, line);
  trust(line, overMs, knownSlope);
}

/** Puts a line of this slope under the points; returns their mean height above it. */
function rest(window: Window, line: Line): number {
  const { length } = window;
  let lowest = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const offsetMs = differenceAt(window, i) - line.slope * (timeAt(window, i) - line.atMs);
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
  const { length } = window;
  if (length < 2) return 0;
  const meanMs = meanTimeMs(window);
  let left = 0;
  let right = length - 1;
  if (timeAt(window, left) >= timeAt(window, right)) return 0;
  // Each cut is strictly lower than the one before, so it ends; the bound is for arithmetic at its limit.
  for (let cuts = 0; cuts < size; cuts++) {
    const lowest = lowestUnder(window, left, right);
    if (lowest < 0) break;
    if (timeAt(window, lowest) <= meanMs) left = lowest;
    else right = lowest;
  }
  return slopeBetween(window, left, right);
}

function meanTimeMs(window: Window): number {
  const originMs = timeAt(window, 0);
  let sumMs = 0;
  for (let i = 0; i < window.length; i++) sumMs += timeAt(window, i) - originMs;
  return originMs + sumMs / window.length;
}

function slopeBetween(window: Window, left: number, right: number): number {
  const riseMs = differenceAt(window, right) - differenceAt(window, left);
  return riseMs / (timeAt(window, right) - timeAt(window, left));
}

/** The point farthest below the line through two of them; -1 when there is none. */
function lowestUnder(window: Window, left: number, right: number): number {
  const slope = slopeBetween(window, left, right);
  const [leftMs, fromMs] = [timeAt(window, left), differenceAt(window, left)];
  let lowest = -1;
  let depth = -1e-9;
  for (let i = 0; i < window.length; i++) {
    const aboveMs = differenceAt(window, i) - fromMs - slope * (timeAt(window, i) - leftMs);
    if (aboveMs >= depth) continue;
    depth = aboveMs;
    lowest = i;
  }
  return lowest;
}

/** How far a difference lies above a line. */
export function above(line: Line, timeMs: number, differenceMs: number): number {
  return differenceMs - lineAt(line, timeMs);
}
