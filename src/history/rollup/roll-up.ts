// Samples to stretches of a second, a minute, an hour. Must be the same for any order of samples.
import { isBad } from '../../core/quality.ts';
import type { Series } from '../../core/sample.ts';
import type { RollupStep, Rollups } from '../../ports/history.ts';
import { type Decimals, decimalsOfAll, powers } from './decimal-sum.ts';
import { inOrder, roomFor, slice } from './merge-rollups.ts';

/**
 * In order of time. `count` is of the samples that are not Bad, `bad` of those that are; least and most are NaN where
 * all are Bad. int64 counts by its nearest number. A decimal in single precision counts in the sum as the decimal.
 */
export function rollUp(series: Series, stepMs: RollupStep, from = 0, to = series.length): Rollups {
  const into = roomFor(runsIn(series, stepMs, from, to));
  const decimals = decimalsOfAll(series, from, to);
  const length = fill(into, series, stepMs, from, to, decimals);
  // As whole numbers until now: their sum is exact in any order.
  if (decimals !== undefined) {
    const power = powers[decimals.decimals]!;
    for (let k = 0; k < length; k++) into.sum[k] = into.sum[k]! / power;
  }
  return inOrder(slice(into, 0, length));
}

/** How often the stretch changes from one sample to the next: at most so many rows are needed. */
function runsIn(series: Series, stepMs: number, from: number, to: number): number {
  let runs = 0;
  let endMs = Number.NaN;
  let startMs = Number.NaN;
  for (let i = from; i < to; i++) {
    const timeMs = series.timeMs[i]!;
    if (timeMs >= startMs && timeMs < endMs) continue;
    startMs = Math.floor(timeMs / stepMs) * stepMs;
    endMs = startMs + stepMs;
    runs++;
  }
  return runs;
}

/** A row for each run of samples in one stretch, as they come. */
function fill(
  into: Rollups,
  series: Series,
  stepMs: number,
  from: number,
  to: number,
  decimals: Decimals | undefined,
): number {
  const { timeMs, value, quality } = series;
  const { startMs, count, bad, min, max, sum } = into;
  const power = decimals === undefined ? 1 : powers[decimals.decimals]!;
  let row = -1;
  let endMs = Number.NaN;
  for (let i = from; i < to; i++) {
    const time = timeMs[i]!;
    if (!(row >= 0 && time >= startMs[row]! && time < endMs)) {
      const start = Math.floor(time / stepMs) * stepMs;
      // A time that is none belongs nowhere.
      if (!Number.isFinite(start)) continue;
      row++;
      startMs[row] = start;
      endMs = start + stepMs;
      min[row] = Number.NaN;
      max[row] = Number.NaN;
    }
    const each = value[i]!;
    if (isBad(quality[i]!) || Number.isNaN(each)) bad[row]!++;
    else if (count[row]!++ === 0) {
      min[row] = each;
      max[row] = each;
      sum[row] = decimals === undefined ? each : Math.round(each * power);
    } else {
      min[row] = Math.min(min[row]!, each);
      max[row] = Math.max(max[row]!, each);
      sum[row]! += decimals === undefined ? each : Math.round(each * power);
    }
  }
  return row + 1;
}
