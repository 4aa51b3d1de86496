// Curves through noisy points, fitted, with their intervals: what tests of intervals are made of.
import type { FitParameter } from '../../../src/core/fit/fit.ts';
import { type IntervalOptions, type Intervals, intervalsOf } from '../../../src/core/fit/intervals.ts';
import { type LeastSquaresResult, leastSquares } from '../../../src/core/fit/least-squares.ts';
import { dice } from './dice.ts';

export const free = (name: string, start: number, min = -1e12, max = 1e12): FitParameter => ({
  name,
  unit: '1',
  about: name,
  start,
  min,
  max,
});

export type Curve = (b: ArrayLike<number>, i: number) => number;

export function fitted(
  curve: Curve,
  y: Float64Array,
  parameters: readonly FitParameter[],
  options: IntervalOptions = {},
): Intervals & { result: LeastSquaresResult } {
  const result = leastSquares({
    parameters,
    length: y.length,
    residuals: (theta, out) => {
      for (let i = 0; i < y.length; i++) out[i] = curve(theta, i) - y[i]!;
    },
  });
  return { result, ...intervalsOf(parameters, result, options) };
}

/** Noise of deviation 1 that keeps `colour` of itself from row to row. */
export function noise(rows: number, colour: number, seed: number): Float64Array {
  const { normal } = dice(seed);
  let kept = normal();
  return Float64Array.from({ length: rows }, () => {
    kept = colour * kept + Math.sqrt(1 - colour * colour) * normal();
    return kept;
  });
}
