// A block that still takes samples: where it lies in time, what is in it, and what its row says of them. Pure.
import { isBad } from '../core/quality.ts';
import type { Series } from '../core/sample.ts';
import { blockSamplesMax } from './codec/encode-block.ts';
import { append, newSeriesBuffer, type SeriesBuffer } from './codec/series-buffer.ts';
import { blockSpanMaxMs } from './keys.ts';

/** Enough that what a row costs beside its samples does not count, and few enough to be decoded for one of them. */
export const samplesMin = 4096;
const samplesMax = 16_384;
/** Where so many come at once, of all tags, it is quicker to begin new blocks than to fill the old ones up. */
export const samplesRush = 1 << 18;
/**
 * A row of so many bytes and of 4092 more, or any multiple of them, fills whole pages but for its first 489 bytes, and
 * these share a page with others. A little more is no loss, a little less is one. Its columns take about 70.
 */
const rowBytes = 489;
const overflowBytes = 4092;
const columnBytes = 60;
/** One that is shorter takes more: keys of blocks are an eighth of a second apart. */
const blockShortMs = 2000;
/** A sample that is older than the start of a block by no more still goes into it. */
export const backMs = 60_000;
const timeMaxMs = 8.64e15;

export interface Spot {
  readonly tag: number;
  /** Of its row; -1 before there is one. */
  key: number;
  /** Where its key was looked for; another start has another. */
  slot: number;
  startMs: number;
  endMs: number;
  receivedFirst: number;
  receivedLast: number;
  samples: number;
  bad: number;
  min: number;
  max: number;
  sum: number;
  /** Its samples, while they are held. */
  series: SeriesBuffer | undefined;
  isDirty: boolean;
  /** It is full with so many samples. */
  capacity: number;
}

/** `capacity`: of the block before, which was alike. */
export function newSpot(tag: number, capacity = samplesMin): Spot {
  return {
    tag,
    key: -1,
    slot: -1,
    startMs: Infinity,
    endMs: -Infinity,
    receivedFirst: Infinity,
    receivedLast: -Infinity,
    samples: 0,
    bad: 0,
    min: Number.NaN,
    max: Number.NaN,
    sum: 0,
    series: newSeriesBuffer(),
    isDirty: false,
    capacity,
  };
}

/** The time by which a sample is found; a time that no calendar has is told from its receipt. */
export function timeOf(series: Series, index: number): number {
  const timeMs = series.timeMs[index]!;
  return Math.abs(timeMs) <= timeMaxMs ? timeMs : series.receiveMs[index]!;
}

export function isFull({ samples, startMs, endMs, capacity }: Spot): boolean {
  return samples >= capacity && (samples >= blockSamplesMax || endMs - startMs >= blockShortMs);
}

/** How many samples fill a row without loss, when so many take so many bytes. */
export function capacityFor(samples: number, bytes: number): number {
  if (samples < samplesMin / 8) return samplesMin;
  const each = bytes / samples;
  const pages = Math.max(1, Math.ceil((each * samplesMin + columnBytes - rowBytes) / overflowBytes));
  const wanted = Math.ceil((rowBytes + pages * overflowBytes - columnBytes) / each);
  return Math.min(samplesMax, Math.max(samplesMin, wanted));
}

/** Whether a block takes a sample of this time. */
export function accepts(spot: Spot, timeMs: number): boolean {
  if (isFull(spot)) return false;
  if (spot.samples === 0) return true;
  if (timeMs < spot.startMs - backMs) return false;
  return Math.max(spot.endMs, timeMs) - Math.min(spot.startMs, timeMs) <= blockSpanMaxMs;
}

/** From `from` on so many samples go into it, until one that it does not take, or that is `untilMs` or later. */
export function take(spot: Spot, series: Series, from: number, untilMs: number): number {
  let to = from;
  for (; to < series.length; to++) {
    const timeMs = timeOf(series, to);
    if (timeMs >= untilMs || !accepts(spot, timeMs)) break;
    spot.samples += 1;
    if (timeMs < spot.startMs) spot.startMs = timeMs;
    if (timeMs > spot.endMs) spot.endMs = timeMs;
    judge(spot, series.value[to]!, series.quality[to]!);
  }
  if (to === from) return 0;
  spot.receivedFirst = Math.min(spot.receivedFirst, series.receiveMs[from]!);
  spot.receivedLast = Math.max(spot.receivedLast, series.receiveMs[to - 1]!);
  append(spot.series!, series, from, to);
  spot.isDirty = true;
  return to - from;
}

function judge(spot: Spot, value: number, quality: number): void {
  if (isBad(quality) || Number.isNaN(value)) {
    spot.bad += 1;
    return;
  }
  if (!(spot.min <= value)) spot.min = value;
  if (!(spot.max >= value)) spot.max = value;
  spot.sum += value;
}
