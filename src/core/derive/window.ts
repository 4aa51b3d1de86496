// A statistic over a sliding window of samples, O(1) amortised a sample: a queue of two stacks. The older part
// of the window keeps, at each sample, the aggregate from there to the part's end; the younger keeps one.

import type { SignalColumns } from '../frame.ts';
import { Quality } from '../quality.ts';
import { writeMissing, writeSignal } from '../read-track.ts';
import { At, join, resultOf, type Statistic, widthOf, writeSingle } from './aggregate.ts';
import { coveredMs, newSeries, pushSeries, type Series, slideSeries, slotOf } from './series.ts';

/** A pause longer than this share of the window is a gap, and not accounted for by the sample that ends it. */
const pauseShare = 0.25;
/** Less of the window than this accounted for: Uncertain. */
const coverageMin = 0.5;

export interface Window {
  readonly statistic: Statistic;
  readonly windowMs: number;
  readonly series: Series;
  /** How many samples from the oldest have their aggregate in `older`, by slot; the others are in `younger`. */
  front: number;
  older: Float64Array;
  readonly younger: Float64Array;
  readonly single: Float64Array;
  readonly all: Float64Array;
  /** Times count from here, so that they stay small. */
  epochMs: number;
}

export function newWindow(statistic: Statistic, windowMs: number, samplesMax: number): Window {
  const width = widthOf(statistic);
  const window = {
    statistic,
    windowMs,
    series: newSeries(samplesMax),
    front: 0,
    older: new Float64Array(0),
    younger: new Float64Array(width),
    single: new Float64Array(width),
    all: new Float64Array(width),
    epochMs: Number.NaN,
  };
  empty(window, window.younger);
  return window;
}

function empty({ statistic }: Window, aggregate: Float64Array): void {
  writeSingle(statistic, aggregate, 0, 0, 0, 2, 0);
}

/** The newest sample; times never decrease. */
export function pushWindow(window: Window, timeMs: number, value: number, quality: number): void {
  const { series, statistic, younger, single } = window;
  if (Number.isNaN(window.epochMs)) window.epochMs = timeMs;
  const before = series.count;
  const moved = pushSeries(series, timeMs, value, quality);
  // At the bound the oldest has left to make room.
  if (series.count === before) takeOldest(window);
  writeSample(window, series.count - 1, single, 0);
  join(statistic, younger, 0, single, 0, younger, 0);
  if (moved) turnOver(window);
}

function takeOldest(window: Window): void {
  if (window.front > 0) window.front--;
  else turnOver(window, window.series.count - 1);
}

function writeSample(window: Window, index: number, out: Float64Array, at: number): void {
  const { series, statistic, windowMs, epochMs } = window;
  const slot = slotOf(series, index);
  const covered = coveredMs(series, index, windowMs * pauseShare);
  const timeMs = series.timeMs[slot]! - epochMs;
  writeSingle(statistic, out, at, timeMs, series.value[slot]!, series.grade[slot]!, covered);
}

/** Makes the first `count` samples the older part, and what is left of the younger one empty. */
function turnOver(window: Window, count: number = window.series.count): void {
  const { series, statistic, younger, single } = window;
  const width = younger.length;
  const room = series.timeMs.length * width;
  if (window.older.length < room) window.older = new Float64Array(room);
  const { older } = window;
  let next = -1;
  for (let i = count - 1; i >= 0; i--) {
    const at = slotOf(series, i) * width;
    writeSample(window, i, single, 0);
    if (next < 0) older.set(single, at);
    else join(statistic, single, 0, older, next, older, at);
    next = at;
  }
  window.front = count;
  empty(window, younger);
}

/** Moves the end of the window to `toMs`. */
function slideWindow(window: Window, toMs: number): void {
  const { series } = window;
  const before = series.count;
  slideSeries(series, toMs - window.windowMs);
  const gone = before - series.count;
  if (gone > window.front) turnOver(window);
  else window.front -= gone;
}

/** Writes the statistic of the window that ends at `atMs`: Bad without samples, Uncertain with too few. */
export function readWindow(window: Window, atMs: number, out: SignalColumns, row: number, origin: number) {
  const { series, statistic, all, windowMs } = window;
  slideWindow(window, atMs);
  const older = slotOf(series, 0) * all.length;
  if (window.front > 0) join(statistic, window.older, older, window.younger, 0, all, 0);
  else all.set(window.younger);
  const value = resultOf(statistic, all);
  const ageMs =
    series.count > 0 ? atMs - series.timeMs[slotOf(series, series.count - 1)]! : atMs - series.leftMs;
  if (all[At.count] === 0 || Number.isNaN(value)) {
    const never = Number.isNaN(ageMs);
    const quality = never ? Quality.badWaitingForInitialData : Quality.badNoCommunication;
    writeMissing(out, row, quality, never ? Number.POSITIVE_INFINITY : ageMs);
  } else if (!Number.isFinite(value)) {
    writeMissing(out, row, Quality.badOutOfRange, ageMs);
  } else {
    const thin = all[At.coveredMs]! < windowMs * coverageMin;
    const doubtful = all[At.doubtful]! > 0 ? Quality.uncertain : Quality.good;
    writeSignal(out, row, value, thin ? Quality.uncertainSubNormal : doubtful, origin, ageMs);
  }
}
