// How far a prediction is from what was measured, in the figures people ask for. Rows without both are skipped.
import type { FitSegment, Goodness } from './fit.ts';

/** Over the rows of `segments`. With no row to compare every figure is NaN; so is one that divides by zero. */
export function goodnessOf(
  measured: Float64Array,
  predicted: Float64Array,
  segments: readonly Pick<FitSegment, 'from' | 'to'>[],
): Goodness {
  let samples = 0;
  let mean = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let error = 0;
  let errorSquare = 0;
  let square = 0;
  let spread = 0;
  let worst = 0;
  for (const { from, to } of segments) {
    for (let i = from; i < to; i++) {
      const value = measured[i]!;
      const off = predicted[i]! - value;
      if (!Number.isFinite(off)) continue;
      samples++;
      const before = value - mean;
      mean += before / samples;
      spread += before * (value - mean);
      low = Math.min(low, value);
      high = Math.max(high, value);
      square += value * value;
      error += off;
      errorSquare += off * off;
      worst = Math.max(worst, Math.abs(off));
    }
  }
  const rmse = Math.sqrt(errorSquare / samples);
  return {
    samples,
    rmse,
    nrmseRange: ratio(rmse, high - low),
    nrmseStd: ratio(rmse, Math.sqrt(spread / samples)),
    r2: 1 - ratio(errorSquare, spread),
    relativeError: ratio(Math.sqrt(errorSquare), Math.sqrt(square)),
    bias: error / samples,
    worst: samples === 0 ? Number.NaN : worst,
  };
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.NaN;
}
