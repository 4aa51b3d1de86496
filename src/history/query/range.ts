// A stretch of time as so many points that its picture stays the same: from the samples themselves where they are few,
// from the finest stretches that are fine enough where they are many. Must lose no peak.
import { Quality } from '../../core/quality.ts';
import type { HistoryPoints, RangeQuery, RollupStep, Rollups } from '../../ports/history.ts';
import { rollupSteps } from '../../ports/history.ts';
import { lttb } from '../downsample/lttb.ts';
import { minMax } from '../downsample/min-max.ts';
import { blockKey, keyStepsMax } from '../keys.ts';
import type { HistoryFile, Job } from './history-file.ts';
import {
  createPointColumns,
  type GrowingPoints,
  putPoint,
  putSeries,
  settlePoints,
} from './point-columns.ts';
import { windowSamples } from './raw.ts';
import { hasChunk, readKept, readStretches } from './rollup.ts';
import { openWindow, takeWindow } from './window.ts';

const hourMs = 3_600_000;
/** Up to so many samples it is quicker to look at each. */
const fewSamples = 16_384;
/** Beyond so many the windows are thinned out one by one first, much finer than the answer. */
const samplesKeptMax = 1_000_000;

export function* readRange(file: HistoryFile, query: RangeQuery): Job<HistoryPoints> {
  const { tag, fromMs, toMs } = query;
  const gathered = createPointColumns();
  const points = Math.max(2, Math.floor(query.points));
  const step = stepFor(file, query, points);
  if (step === undefined) {
    putRetired(file, query, points, gathered);
    yield* putRaw(file, tag, fromMs, toMs, points, gathered);
  } else yield* putCovered(file, tag, step, fromMs, toMs, points, gathered);
  const line = settlePoints(gathered);
  const thin = query.method === 'lttb' ? lttb : minMax;
  return { ...thin(line, points), samples: gathered.samples };
}

/**
 * Undefined: from the samples. Half the time that two points stand for is fine enough; where seconds are not kept, which
 * is where they would be as many as the samples, all of that time is.
 */
function stepFor(file: HistoryFile, query: RangeQuery, points: number): RollupStep | undefined {
  const { tag, fromMs, toMs } = query;
  const enoughMs = (toMs - fromMs) / points;
  const step = rollupSteps.findLast((stepMs) => stepMs <= enoughMs);
  if (step === undefined || isFew(file, tag, fromMs, toMs)) return undefined;
  if (step !== 1000 || hasChunk(file, tag, step, (fromMs + toMs) / 2)) return step;
  return enoughMs * 2 >= 60_000 ? 60_000 : undefined;
}

function isFew({ sql }: HistoryFile, tag: number, fromMs: number, toMs: number): boolean {
  const rows = sql<[number, number], { samples: number }>(
    'SELECT samples FROM blocks WHERE key BETWEEN ? AND ? ORDER BY key',
  );
  let samples = 0;
  for (const row of rows.iterate(blockKey(tag, fromMs), blockKey(tag, toMs))) {
    samples += row.samples;
    if (samples > fewSamples) return false;
  }
  return true;
}

/** Of a time before all blocks, whose samples have gone, the stretches that stayed: the finest that make sense. */
function putRetired(file: HistoryFile, query: RangeQuery, points: number, into: GrowingPoints): void {
  const { tag, fromMs, toMs } = query;
  const goneToMs = Math.min(firstBlockMs(file, tag), toMs);
  if (goneToMs <= fromMs) return;
  const enoughMs = (toMs - fromMs) / points;
  const first = Math.max(
    0,
    rollupSteps.findLastIndex((step) => step <= enoughMs),
  );
  const stepMs = rollupSteps.slice(first).find((step) => hasChunk(file, tag, step, fromMs, goneToMs));
  if (stepMs === undefined) return;
  const startMs = Math.max(0, Math.ceil(fromMs / stepMs) * stepMs);
  const endMs = Math.floor(goneToMs / stepMs) * stepMs;
  if (endMs <= startMs) return;
  putStretches(into, readKept(file, tag, stepMs, { fromMs: startMs, toMs: endMs - stepMs }), stepMs);
}

/** Infinity without blocks. */
function firstBlockMs({ sql }: HistoryFile, tag: number): number {
  const last = blockKey(tag, Number.MAX_SAFE_INTEGER);
  const first = sql<[number, number], number | null>('SELECT min(key) FROM blocks WHERE key BETWEEN ? AND ?')
    .pluck()
    .get(blockKey(tag, 0), last);
  if (typeof first !== 'number') return Number.POSITIVE_INFINITY;
  const startMs = sql<[number, number], number>('SELECT min(start_ms) FROM blocks WHERE key BETWEEN ? AND ?')
    .pluck()
    .get(first, Math.min(last, first + keyStepsMax));
  return startMs ?? Number.POSITIVE_INFINITY;
}

function* putRaw(
  file: HistoryFile,
  tag: number,
  fromMs: number,
  toMs: number,
  points: number,
  into: GrowingPoints,
): Job<void> {
  for (let nextMs = fromMs; nextMs <= toMs; ) {
    const startMs = nextMs;
    const window = file.snapshot(() => takeWindow(file, tag, startMs, toMs, windowSamples));
    const series = openWindow(file, tag, window, startMs, toMs);
    into.samples += series.length;
    if (into.length + series.length <= samplesKeptMax) putSeries(into, series);
    else {
      const thinned = minMax(series, 8 * points);
      putSeries(into, { ...thinned, length: thinned.timeMs.length });
    }
    nextMs = window.cutMs;
    if (nextMs <= toMs) yield;
  }
}

/** Whole stretches inside, and at both ends the next finer ones, down to the samples. */
function* putCovered(
  file: HistoryFile,
  tag: number,
  stepMs: RollupStep,
  fromMs: number,
  toMs: number,
  points: number,
  into: GrowingPoints,
): Job<void> {
  const firstMs = Math.max(0, Math.ceil(fromMs / stepMs) * stepMs);
  const endMs = Math.floor(toMs / stepMs) * stepMs;
  const finer = rollupSteps[rollupSteps.indexOf(stepMs) - 1];
  const putEdge = (edgeFromMs: number, edgeToMs: number): Job<void> =>
    finer === undefined
      ? putRaw(file, tag, edgeFromMs, edgeToMs, points, into)
      : putCovered(file, tag, finer, edgeFromMs, edgeToMs, points, into);
  if (firstMs >= endMs) {
    yield* putEdge(fromMs, toMs);
    return;
  }
  if (stepMs === 1000 && !keepsSeconds(file, tag, firstMs, endMs)) {
    yield* putRaw(file, tag, fromMs, toMs, points, into);
    return;
  }
  if (fromMs < firstMs) yield* putEdge(fromMs, lastBefore(firstMs));
  putStretches(into, readStretches(file, tag, stepMs, { fromMs: firstMs, toMs: endMs - stepMs }), stepMs);
  yield;
  yield* putEdge(endMs, toMs);
}

/** Whether each hour has them; looked at once, for a row that is there stays longer than its samples. */
function keepsSeconds(file: HistoryFile, tag: number, fromMs: number, endMs: number): boolean {
  for (let timeMs = fromMs; timeMs < endMs; timeMs += hourMs) {
    if (!hasChunk(file, tag, 1000, timeMs)) return false;
  }
  return hasChunk(file, tag, 1000, endMs - 1);
}

/** Times are known to the microsecond. */
function lastBefore(timeMs: number): number {
  return timeMs - 0.0005;
}

/** Least and most of each, in its middle: where in it they were is not known. */
function putStretches(into: GrowingPoints, stretches: Rollups, stepMs: number): void {
  for (let i = 0; i < stretches.startMs.length; i++) {
    const timeMs = stretches.startMs[i]! + stepMs / 2;
    const count = stretches.count[i]!;
    const bad = stretches.bad[i]!;
    into.samples += count + bad;
    if (count === 0) {
      putPoint(into, timeMs, Number.NaN, Quality.bad);
      continue;
    }
    const quality = bad === 0 ? Quality.good : Quality.uncertainSubNormal;
    putPoint(into, timeMs, stretches.min[i]!, quality);
    if (stretches.max[i] !== stretches.min[i]) putPoint(into, timeMs, stretches.max[i]!, quality);
  }
}
