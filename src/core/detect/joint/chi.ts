// How far numbers go that are sums of squares: quantiles of the normal, chi-square and F distributions, and the limit
// of a sum of squares with different variances.
import { incompleteBeta } from '../../fit/student.ts';

/** The value a standard normal number passes with probability `alpha`, for 0 < alpha <= 0.5 (Acklam, to 1e-9). */
export function normalAbove(alpha: number): number {
  if (alpha > 0.02425) {
    const q = 0.5 - alpha;
    const r = q * q;
    const top =
      ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
        30.66479806614716) *
        r +
      2.506628277459239;
    const bottom =
      ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
        13.28068155288572) *
        r +
      1;
    return (top * q) / bottom;
  }
  const q = Math.sqrt(-2 * Math.log(alpha));
  const top =
    ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) *
      q +
      4.374664141464968) *
      q +
    2.938163982698783;
  const bottom =
    (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q +
    1;
  return -top / bottom;
}

/** What a chi-square number passes with probability `alpha` (Wilson and Hilferty; a few percent too much below 2). */
export function chiSquareAbove(alpha: number, freedom: number): number {
  const step = 2 / (9 * freedom);
  return freedom * Math.max(0, 1 - step + normalAbove(alpha) * Math.sqrt(step)) ** 3;
}

/** What an F-distributed number passes with probability `alpha`. */
export function fAbove(alpha: number, over: number, under: number): number {
  let low = 0;
  let high = 2;
  const passes = (f: number) => incompleteBeta(under / 2, over / 2, under / (under + over * f));
  while (passes(high) > alpha && high < 1e12) high *= 2;
  for (let k = 0; k < 100 && high - low > 1e-9 * high; k++) {
    const middle = (low + high) / 2;
    if (passes(middle) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Hotelling's T² of `dimensions` under a covariance learnt from `rows` independent rows. */
export function hotellingAbove(alpha: number, dimensions: number, rows: number): number {
  const n = Math.max(rows, dimensions + 3);
  if (n > 1e5) return chiSquareAbove(alpha, dimensions);
  const factor = (dimensions * (n * n - 1)) / (n * (n - dimensions));
  return factor * fAbove(alpha, dimensions, n - dimensions);
}

/** A sum of squares with variances of which these are the sum and the sum of squares (Box: g·chi² with h degrees). */
export function squaresAbove(alpha: number, sum: number, sumOfSquares: number): number {
  if (!(sum > 0) || !(sumOfSquares > 0)) return 0;
  return (sumOfSquares / sum) * chiSquareAbove(alpha, (sum * sum) / sumOfSquares);
}
