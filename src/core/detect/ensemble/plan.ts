// What a stretch of rows says of its columns before they are watched: where they usually are, how far they go, what
// repeats in them, and which of them go together. A few anomalies in the stretch change none of it.
import type { ColumnPlan } from './column.ts';
import { findPartners } from './relation.ts';
import { findPeriod } from './season.ts';

export interface EnsemblePlan {
  readonly columns: readonly ColumnPlan[];
  readonly partners: readonly (readonly number[])[];
}

const seasonsMax = 2;

/** `rows`: row after row, the oldest first, NaN where nothing is. `periodS`: usually from row to row. */
export function planEnsemble(rows: Float64Array, columns: number, periodS: number): EnsemblePlan {
  const count = rows.length / columns;
  const scaled = new Float64Array(rows.length);
  const plans = Array.from({ length: columns }, (_, column): ColumnPlan => {
    const values = new Float64Array(count);
    for (let row = 0; row < count; row++) values[row] = rows[row * columns + column]!;
    const { centre, spread } = usualOf(values);
    for (let row = 0; row < count; row++) scaled[row * columns + column] = (values[row]! - centre) / spread;
    return { centre, spread, ...courseOf(values, centre, spread, periodS) };
  });
  return { columns: plans, partners: columns > 1 ? findPartners(scaled, columns) : plans.map(() => []) };
}

function usualOf(values: Float64Array): { centre: number; spread: number } {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const n = sorted.length;
  if (n === 0) return { centre: 0, spread: 1 };
  const at = (share: number) => sorted[Math.min(n - 1, Math.floor(share * n))]!;
  const centre = at(0.5);
  const half = (at(0.75) - at(0.25)) / 1.349;
  const wide = (at(0.95) - at(0.05)) / 3.29;
  const mean = sorted.reduce((sum, value) => sum + Math.abs(value - centre), 0) / n;
  const spread = Math.max(half, wide, 0.1 * mean, Math.abs(centre) * 1e-9);
  return { centre, spread: spread > 0 ? spread : 1 };
}

/** What repeats but not by the clock, as a heart does, has no mean course to take away. */
const explainedMin = 0.3;

/** A stretch this long tells whether it goes somewhere. */
const slopeRows = 512;
/** So much of its power must be the slope. */
const slopeShare = 0.6;

/** Of values about zero without outliers, the slope taken away; then of what the first period leaves. */
function courseOf(
  values: Float64Array,
  centre: number,
  spread: number,
  periodS: number,
): Omit<ColumnPlan, 'centre' | 'spread'> {
  const flat = bounded(values, centre, spread);
  const all = power(flat);
  const { slope, mean } = straighten(flat);
  const goes = flat.length >= slopeRows && power(flat) < (1 - slopeShare) * all && isStraight(flat);
  const course = goes ? { slope, start: mean - (slope * (flat.length - 1)) / 2 } : { slope: 0, start: 0 };
  const periods: number[] = [];
  let beat = 0;
  for (let k = 0; k < seasonsMax; k++) {
    const period = byCalendar(findPeriod(flat, 0, flat.length), periodS);
    if (period === 0 || periods.includes(period)) break;
    if (k === 0) beat = period;
    const before = power(flat);
    removeSeason(flat, period);
    // What is left after a mean of so many turns would be less by chance alone.
    const byChance = period / flat.length;
    if (1 - power(flat) / before < explainedMin + byChance) break;
    periods.push(period);
  }
  return { ...course, periods, beat };
}

const blocks = 16;
const turnsMin = 5;

/** About a straight line means lie now above, now below; of an arch on one side for long. */
function isStraight(rest: Float64Array): boolean {
  const each = rest.length / blocks;
  let turns = 0;
  let last = 0;
  for (let block = 0; block < blocks; block++) {
    let sum = 0;
    for (let i = Math.floor(block * each); i < Math.floor((block + 1) * each); i++) sum += rest[i]!;
    if (last !== 0 && sum > 0 !== last > 0) turns++;
    last = sum;
  }
  return turns >= turnsMin;
}

/** A minute, an hour, a day and a week: what is nearly one of them is one. */
const calendarS = [60, 3600, 86_400, 604_800];
const nearly = 0.025;

function byCalendar(period: number, periodS: number): number {
  if (!(periodS > 0)) return period;
  for (const seconds of calendarS) {
    const rows = Math.round(seconds / periodS);
    if (Math.abs(seconds / periodS - rows) < 1e-6 * rows && Math.abs(period - rows) <= nearly * rows)
      return rows;
  }
  return period;
}

function power(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function bounded(values: Float64Array, centre: number, spread: number): Float64Array {
  const flat = new Float64Array(values.length);
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const value = (values[i]! - centre) / spread;
    if (!Number.isNaN(value)) last = Math.min(3, Math.max(-3, value));
    flat[i] = last;
  }
  return flat;
}

/** Takes the straight line through it away. */
function straighten(flat: Float64Array): { slope: number; mean: number } {
  const n = flat.length;
  let slope = 0;
  let mean = 0;
  for (let i = 0; i < n; i++) {
    mean += flat[i]! / n;
    slope += flat[i]! * (i - (n - 1) / 2);
  }
  slope /= Math.max(1, (n * (n * n - 1)) / 12);
  for (let i = 0; i < n; i++) flat[i] = flat[i]! - mean - slope * (i - (n - 1) / 2);
  return { slope, mean };
}

function removeSeason(flat: Float64Array, period: number): void {
  const sum = new Float64Array(period);
  const count = new Float64Array(period);
  for (let i = 0; i < flat.length; i++) {
    sum[i % period] = sum[i % period]! + flat[i]!;
    count[i % period] = count[i % period]! + 1;
  }
  for (let i = 0; i < flat.length; i++) flat[i] = flat[i]! - sum[i % period]! / count[i % period]!;
}
