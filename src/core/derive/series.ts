// The samples inside a sliding window, oldest first: a ring that grows to a bound. At the bound the oldest go,
// so that a window is never longer than the memory it was promised.
import { isBad, isGood } from '../quality.ts';

const firstCapacity = 32;

export const Grade = { good: 0, doubtful: 1, bad: 2 } as const;

export interface Series {
  timeMs: Float64Array;
  value: Float64Array;
  /** Good, Uncertain or Bad, as `Grade`. */
  grade: Uint8Array;
  head: number;
  count: number;
  /** The last sample that has left: its time, NaN before there was one, and its grade. */
  leftMs: number;
  leftGrade: number;
  readonly samplesMax: number;
}

/** `samplesMax` is a power of two. */
export function newSeries(samplesMax: number): Series {
  return {
    ...newColumns(Math.min(firstCapacity, samplesMax)),
    head: 0,
    count: 0,
    leftMs: Number.NaN,
    leftGrade: Grade.bad,
    samplesMax,
  };
}

/** Appends the newest sample. True when the slots of the others have moved. */
export function pushSeries(series: Series, timeMs: number, value: number, quality: number): boolean {
  let moved = false;
  if (series.count === series.timeMs.length) {
    if (series.timeMs.length < series.samplesMax) {
      grow(series);
      moved = true;
    } else {
      dropOldest(series);
    }
  }
  const slot = slotOf(series, series.count);
  series.timeMs[slot] = timeMs;
  series.value[slot] = value;
  series.grade[slot] = isBad(quality) ? Grade.bad : isGood(quality) ? Grade.good : Grade.doubtful;
  series.count++;
  return moved;
}

export function slotOf(series: Series, index: number): number {
  return (series.head + index) & (series.timeMs.length - 1);
}

/** Lets go of the samples up to `untilMs`. */
export function slideSeries(series: Series, untilMs: number): void {
  while (series.count > 0 && series.timeMs[series.head]! <= untilMs) dropOldest(series);
}

function dropOldest(series: Series): void {
  series.leftMs = series.timeMs[series.head]!;
  series.leftGrade = series.grade[series.head]!;
  series.head = (series.head + 1) & (series.timeMs.length - 1);
  series.count--;
}

/**
 * How much of the time before the sample at `index` it accounts for: back to the sample before it, unless
 * that was Bad or longer ago than `pauseMaxMs`.
 */
export function coveredMs(series: Series, index: number, pauseMaxMs: number): number {
  const slot = slotOf(series, index);
  const before = slotOf(series, index - 1);
  const beforeMs = index === 0 ? series.leftMs : series.timeMs[before]!;
  const beforeGrade = index === 0 ? series.leftGrade : series.grade[before]!;
  const pauseMs = series.timeMs[slot]! - beforeMs;
  const covers = series.grade[slot] !== Grade.bad && beforeGrade !== Grade.bad && pauseMs <= pauseMaxMs;
  return covers ? pauseMs : 0;
}

function grow(series: Series): void {
  const grown = newColumns(series.timeMs.length * 2);
  for (let i = 0; i < series.count; i++) {
    const slot = slotOf(series, i);
    grown.timeMs[i] = series.timeMs[slot]!;
    grown.value[i] = series.value[slot]!;
    grown.grade[i] = series.grade[slot]!;
  }
  Object.assign(series, grown, { head: 0 });
}

function newColumns(capacity: number) {
  return {
    timeMs: new Float64Array(capacity),
    value: new Float64Array(capacity),
    grade: new Uint8Array(capacity),
  };
}
