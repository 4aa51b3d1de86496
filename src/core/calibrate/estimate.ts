// A mean and a covariance: what is known of some numbers, and what one more measurement makes of it. The arithmetic
// that both learners share; it knows nothing of models. It never leaves a covariance that is not one.
//
//   v = Pφ,  s = φ'v + R,  K = v/s,  m += K·r,  P = (I − Kφ')P(I − Kφ')' + K·R·K'   (Joseph)

export interface Estimate {
  readonly size: number;
  readonly mean: Float64Array;
  /** Row by row. */
  readonly covariance: Float64Array;
  readonly gain: Float64Array;
  readonly product: Float64Array;
}

export function newEstimate(size: number): Estimate {
  const estimate = {
    size,
    mean: new Float64Array(size),
    covariance: new Float64Array(size * size),
    gain: new Float64Array(size),
    product: new Float64Array(size),
  };
  for (let i = 0; i < size; i++) estimate.covariance[i * size + i] = 1;
  return estimate;
}

export function copyEstimate(from: Estimate, to: Estimate): void {
  to.mean.set(from.mean);
  to.covariance.set(from.covariance);
}

export function varianceOf({ covariance, size }: Estimate, i: number): number {
  return covariance[i * size + i]!;
}

/** φ'Pφ; leaves Pφ in `product`. */
export function spread(estimate: Estimate, phi: Float64Array): number {
  const { size, covariance, product } = estimate;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let v = 0;
    for (let j = 0; j < size; j++) v += covariance[i * size + j]! * phi[j]!;
    product[i] = v;
    sum += v * phi[i]!;
  }
  return sum;
}

/**
 * A measurement that differs by `residual` from what the mean says, of variance `variance`. Beyond `sigmasMax` of
 * its own spread it counts for less (Huber): one lie passes, a steady new truth gets through. No number moves by more
 * than `stepMax` at once. Returns its size in those spreads.
 */
export function observe(
  estimate: Estimate,
  phi: Float64Array,
  residual: number,
  variance: number,
  sigmasMax: number,
  stepMax: number,
): number {
  const { size, mean, covariance, gain, product } = estimate;
  const known = spread(estimate, phi);
  const sigmas = Math.abs(residual) / Math.sqrt(known + variance);
  const weighted = sigmas > sigmasMax ? (variance * sigmas) / sigmasMax : variance;
  const s = known + weighted;
  let step = 0;
  for (let i = 0; i < size; i++) step = Math.max(step, Math.abs((product[i]! / s) * residual));
  const share = step > stepMax ? stepMax / step : 1;
  for (let i = 0; i < size; i++) gain[i] = (share * product[i]!) / s;
  for (let i = 0; i < size; i++) {
    mean[i] = mean[i]! + gain[i]! * residual;
    for (let j = 0; j <= i; j++) {
      const value =
        covariance[i * size + j]! - gain[i]! * product[j]! - product[i]! * gain[j]! + gain[i]! * gain[j]! * s;
      covariance[i * size + j] = value;
      covariance[j * size + i] = value;
    }
  }
  return sigmas;
}

/**
 * Forgets along `phi` and nowhere else: what is known of φ'm becomes 1/keep times less certain. What is excited
 * follows a change with a memory of 1/(1 − keep) measurements; what is not keeps what is known of it. A row that
 * would teach nothing even to somebody who knows nothing (variance 1) takes nothing away.
 */
export function forget(estimate: Estimate, phi: Float64Array, variance: number, keep: number): void {
  const { size, covariance, product } = estimate;
  let teaches = 0;
  for (let i = 0; i < size; i++) teaches += phi[i]! * phi[i]!;
  if (!(teaches > variance)) return;
  const known = spread(estimate, phi);
  if (!(known > 0)) return;
  const factor = (1 - keep) / (keep * known);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = covariance[i * size + j]! + factor * product[i]! * product[j]!;
      covariance[i * size + j] = value;
      covariance[j * size + i] = value;
    }
  }
}

/** Moves number `i` to `value`, and the others with it as the covariance says: the projection on a bound. */
export function project(estimate: Estimate, i: number, value: number): void {
  const { size, mean, covariance } = estimate;
  const variance = covariance[i * size + i]!;
  const change = value - mean[i]!;
  if (variance > 0) {
    for (let j = 0; j < size; j++)
      if (j !== i) mean[j] = mean[j]! + (covariance[j * size + i]! / variance) * change;
  }
  mean[i] = value;
}

/** Number `i` is `value` for certain; what is known of the others follows. */
export function condition(estimate: Estimate, i: number, value: number): void {
  const { size, covariance, product } = estimate;
  project(estimate, i, value);
  const variance = covariance[i * size + i]!;
  if (variance <= 0) return;
  for (let j = 0; j < size; j++) product[j] = covariance[j * size + i]!;
  for (let j = 0; j < size; j++) {
    for (let k = 0; k < size; k++) {
      covariance[j * size + k] = covariance[j * size + k]! - (product[j]! * product[k]!) / variance;
    }
  }
  for (let j = 0; j < size; j++) {
    covariance[i * size + j] = 0;
    covariance[j * size + i] = 0;
  }
}

/** Number `i` gets the variance `variance` and nothing in common with the others. */
export function isolate({ size, covariance }: Estimate, i: number, variance: number): void {
  for (let j = 0; j < size; j++) {
    covariance[i * size + j] = 0;
    covariance[j * size + i] = 0;
  }
  covariance[i * size + i] = variance;
}

/** Keeps the variance of number `i` at or below `variance`, its correlations as they are. */
export function bound({ size, covariance }: Estimate, i: number, variance: number): void {
  const now = covariance[i * size + i]!;
  if (now <= variance) return;
  const share = Math.sqrt(variance / now);
  for (let j = 0; j < size; j++) {
    covariance[i * size + j] = covariance[i * size + j]! * share;
    covariance[j * size + i] = covariance[j * size + i]! * share;
  }
}
