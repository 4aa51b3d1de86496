// How long it lasts, as quantiles: each shape says so with its own uncertainty, and all are heard by their weight.
import { studentQuantile } from './student.ts';
import type { PooledWear } from './wear-pool.ts';

/** In units of use. */
export interface WearLife {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

export interface WeighedWear {
  readonly pool: PooledWear;
  readonly weight: number;
  /** How many deviations off the middle each slice of it is, on either side. */
  readonly reach: Float64Array;
}

const slices = 200;

export function reachOf({ freedom }: PooledWear): Float64Array {
  return Float64Array.from({ length: slices / 2 }, (_, k) =>
    studentQuantile(1 - (k + 0.5) / slices, freedom),
  );
}

/** Too light to be heard. */
export const weightMin = 1e-3;

/** `run` undefined: of a part not seen yet. `survived`: so much use it has behind it, and still is under the limit. */
export function lifeOf(shapes: readonly WeighedWear[], run: number | undefined, survived: number): WearLife {
  const cuts: { life: number; weight: number }[] = [];
  for (const { pool, weight, reach } of shapes) {
    const { mean, sigma } = logLife(pool, run);
    for (const off of reach) {
      for (const log of [mean - off * sigma, mean + off * sigma]) {
        const life = Math.exp(Math.min(log, 700));
        if (life > survived) cuts.push({ life, weight });
      }
    }
  }
  cuts.sort((a, b) => a.life - b.life);
  const total = cuts.reduce((sum, { weight }) => sum + weight, 0);
  const at = (share: number): number => {
    let sum = 0;
    for (const { life, weight } of cuts) {
      sum += weight;
      if (sum >= share * total) return life;
    }
    return survived;
  };
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
}

function logLife(
  { result, covariance, rateAt, spread }: PooledWear,
  run: number | undefined,
): { mean: number; sigma: number } {
  const { theta } = result;
  const n = theta.length;
  if (rateAt < 0) return { mean: theta[0]!, sigma: Math.sqrt(covariance[0]!) };
  if (run === undefined) return { mean: theta[0]!, sigma: Math.sqrt(covariance[0]! + spread ** 2) };
  const at = rateAt + run;
  const variance = covariance[0]! + covariance[at * n + at]! - 2 * covariance[at * n]!;
  return { mean: theta[0]! - theta[at]!, sigma: Math.sqrt(Math.max(0, variance)) };
}
