// What a statistic needs to know of a stretch of samples, such that two stretches side by side can be joined.
// Nothing is ever subtracted, so nothing drifts, however long it runs.
import { Grade } from './series.ts';

export const statistics = ['mean', 'rms', 'std', 'min', 'max', 'rate'] as const;
export type Statistic = (typeof statistics)[number];

/** How many samples count, how many of them are Uncertain, and how much time they account for. */
export const At = { count: 0, doubtful: 1, coveredMs: 2, own: 3 } as const;

const ownWidth: Readonly<Record<Statistic, number>> = { mean: 1, rms: 1, std: 2, min: 1, max: 1, rate: 4 };

export function widthOf(statistic: Statistic): number {
  return At.own + ownWidth[statistic];
}

/** Writes the aggregate of one sample to `out` at `at`. `timeMs` counts from a moment near the samples. */
export function writeSingle(
  statistic: Statistic,
  out: Float64Array,
  at: number,
  timeMs: number,
  value: number,
  grade: number,
  coveredMs: number,
): void {
  const counts = grade !== Grade.bad;
  out[at] = counts ? 1 : 0;
  out[at + At.doubtful] = grade === Grade.doubtful ? 1 : 0;
  out[at + At.coveredMs] = coveredMs;
  const own = at + At.own;
  switch (statistic) {
    case 'mean':
      out[own] = counts ? value : 0;
      break;
    case 'rms':
      out[own] = counts ? value * value : 0;
      break;
    case 'min':
      out[own] = counts ? value : Number.POSITIVE_INFINITY;
      break;
    case 'max':
      out[own] = counts ? value : Number.NEGATIVE_INFINITY;
      break;
    case 'std':
      out[own] = counts ? value : 0;
      out[own + 1] = 0;
      break;
    case 'rate':
      out[own] = counts ? timeMs : 0;
      out[own + 1] = counts ? value : 0;
      out[own + 2] = 0;
      out[own + 3] = 0;
      break;
  }
}

/** Joins the aggregate of an earlier stretch with that of the later one beside it. `out` may be one of them. */
export function join(
  statistic: Statistic,
  early: Float64Array,
  e: number,
  late: Float64Array,
  l: number,
  out: Float64Array,
  at: number,
): void {
  const eCount = early[e]!;
  const lCount = late[l]!;
  const own = At.own;
  switch (statistic) {
    case 'mean':
    case 'rms':
      out[at + own] = early[e + own]! + late[l + own]!;
      break;
    case 'min':
      out[at + own] = Math.min(early[e + own]!, late[l + own]!);
      break;
    case 'max':
      out[at + own] = Math.max(early[e + own]!, late[l + own]!);
      break;
    case 'std':
      joinMoments(eCount, early, e + own, lCount, late, l + own, out, at + own);
      break;
    case 'rate':
      joinLines(eCount, early, e + own, lCount, late, l + own, out, at + own);
      break;
  }
  out[at] = eCount + lCount;
  out[at + At.doubtful] = early[e + At.doubtful]! + late[l + At.doubtful]!;
  out[at + At.coveredMs] = early[e + At.coveredMs]! + late[l + At.coveredMs]!;
}

/** Mean and sum of squares about it (Chan, Golub and LeVeque). */
function joinMoments(
  eCount: number,
  early: Float64Array,
  e: number,
  lCount: number,
  late: Float64Array,
  l: number,
  out: Float64Array,
  at: number,
): void {
  const count = eCount + lCount;
  const apart = late[l]! - early[e]!;
  const share = count === 0 ? 0 : lCount / count;
  const squares = early[e + 1]! + late[l + 1]! + apart * apart * eCount * share;
  out[at] = eCount === 0 ? late[l]! : early[e]! + apart * share;
  out[at + 1] = squares;
}

/** The same for a line through (time, value): both means, the squares of time, and time times value. */
function joinLines(
  eCount: number,
  early: Float64Array,
  e: number,
  lCount: number,
  late: Float64Array,
  l: number,
  out: Float64Array,
  at: number,
): void {
  const count = eCount + lCount;
  const share = count === 0 ? 0 : lCount / count;
  const weight = eCount * share;
  const timeApart = late[l]! - early[e]!;
  const valueApart = late[l + 1]! - early[e + 1]!;
  const timeSquares = early[e + 2]! + late[l + 2]! + timeApart * timeApart * weight;
  const products = early[e + 3]! + late[l + 3]! + timeApart * valueApart * weight;
  out[at] = eCount === 0 ? late[l]! : early[e]! + timeApart * share;
  out[at + 1] = eCount === 0 ? late[l + 1]! : early[e + 1]! + valueApart * share;
  out[at + 2] = timeSquares;
  out[at + 3] = products;
}

/** The statistic of a stretch; NaN when it has too few samples to say. A rate is per second. */
export function resultOf(statistic: Statistic, of: Float64Array): number {
  const count = of[At.count]!;
  if (count === 0) return Number.NaN;
  const own = of[At.own]!;
  switch (statistic) {
    case 'mean':
      return own / count;
    case 'rms':
      return Math.sqrt(own / count);
    case 'min':
    case 'max':
      return own;
    case 'std':
      return Math.sqrt(of[At.own + 1]! / count);
    case 'rate':
      return of[At.own + 2]! > 0 ? (1000 * of[At.own + 3]!) / of[At.own + 2]! : Number.NaN;
  }
}
