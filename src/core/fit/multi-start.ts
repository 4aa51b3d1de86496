// Least squares from several starts, for costs with more than one valley. The starts fill the space between the
// bounds evenly and are the same for the same seed.
import type { FitParameter } from './fit.ts';
import {
  type LeastSquaresOptions,
  type LeastSquaresProblem,
  type LeastSquaresResult,
  leastSquares,
} from './least-squares.ts';
import { uniformFrom } from './random.ts';

export interface MultiStartOptions extends LeastSquaresOptions {
  /** Searches at most, the one from the parameters' own start included. */
  readonly starts?: number;
  /** It is enough when so many ended at the same optimum. */
  readonly enough?: number;
  readonly seed?: number;
}

export interface MultiStartResult {
  readonly best: LeastSquaresResult;
  readonly tried: number;
  /** Ended at the cost of the best. */
  readonly agreed: number;
}

/** Places looked at for each search. */
const looksPerStart = 4;

export function multiStart(problem: LeastSquaresProblem, options: MultiStartOptions = {}): MultiStartResult {
  const { starts = 8, enough = 3, seed = 1, onProgress, start, ...rest } = options;
  const own = start ?? Float64Array.from(problem.parameters, (p) => p.start);
  const places = [own, ...promising(problem, starts - 1, seed)];
  const results: LeastSquaresResult[] = [];
  for (const [k, place] of places.entries()) {
    const told = (share: number): void => onProgress?.((k + share) / places.length);
    results.push(leastSquares(problem, { ...rest, start: place, onProgress: told }));
    const best = bestOf(results);
    if (best.converged && agreedWith(best, results) >= enough) break;
  }
  const best = bestOf(results);
  onProgress?.(1);
  return { best, tried: results.length, agreed: agreedWith(best, results) };
}

function bestOf(results: readonly LeastSquaresResult[]): LeastSquaresResult {
  return results.reduce((best, result) => (result.cost < best.cost ? result : best));
}

/** By the cost: along a valley that the data leave open, the same optimum has many places. */
function agreedWith(best: LeastSquaresResult, results: readonly LeastSquaresResult[]): number {
  const worst = Math.max(...results.map((r) => (Number.isFinite(r.cost) ? r.cost : 0)));
  const near = best.cost * (1 + 1e-4) + worst * 1e-12;
  return results.filter((result) => result.cost <= near).length;
}

/** By turns the cheapest place that is left and the next as they come: the cheapest often lie in one valley. */
function promising(problem: LeastSquaresProblem, count: number, seed: number): Float64Array[] {
  const out = new Float64Array(problem.length);
  const places = spread(problem.parameters, count * looksPerStart, seed).map((theta) => {
    problem.residuals(theta, out);
    let cost = 0;
    for (const [i, r] of out.entries()) if (problem.counts?.[i] !== 0) cost += r * r;
    return { theta, cost };
  });
  const asTheyCome = places.filter(({ cost }) => Number.isFinite(cost));
  const cheapest = asTheyCome.toSorted((a, b) => a.cost - b.cost);
  const order = asTheyCome.flatMap((_, k) => [cheapest[k]!, asTheyCome[k]!]);
  return [...new Set(order)].slice(0, Math.max(0, count)).map(({ theta }) => theta);
}

/**
 * Points of an additive recurrence with the powers of the generalised golden ratio: any number of them lies
 * evenly in any number of dimensions.
 */
export function spread(parameters: readonly FitParameter[], count: number, seed: number): Float64Array[] {
  const dimensions = parameters.length;
  let ratio = 1.5;
  for (let k = 0; k < 60; k++) ratio = (1 + ratio) ** (1 / (dimensions + 1));
  const uniform = uniformFrom(seed);
  const shift = parameters.map(() => uniform());
  return Array.from({ length: Math.max(0, count) }, (_, k) =>
    Float64Array.from(parameters, (parameter, j) =>
      placeIn(parameter, (shift[j]! + (k + 1) * ratio ** -(j + 1)) % 1),
    ),
  );
}

const decadesMax = 1e6;

/** A share from 0 to 1 of where the parameter may be: by ratio if it is positive and spans decades. */
function placeIn({ start, min, max, prior }: FitParameter, share: number): number {
  let low = min;
  let high = max;
  if (prior !== undefined) {
    low = Math.max(low, prior.mean - 2 * prior.sigma);
    high = Math.min(high, prior.mean + 2 * prior.sigma);
    if (low > high) return Math.min(Math.max(prior.mean, min), max);
  }
  if (low >= 0 && (start > 0 || low > 0) && high >= 100 * low) {
    const middle = start > 0 ? start : low;
    if (low === 0 || high / low > decadesMax) {
      low = Math.max(low, middle / Math.sqrt(decadesMax));
      high = Math.min(high, middle * Math.sqrt(decadesMax));
    }
    return Math.min(Math.max(low * (high / low) ** share, min), max);
  }
  // Bounds that only say "any number" are not searched from end to end.
  const reach = 100 * (Math.abs(start) || 1);
  low = Math.max(low, start - reach);
  high = Math.min(high, start + reach);
  return low + share * (high - low);
}
