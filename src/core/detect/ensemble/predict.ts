// What the next value will be, by a few before it: recursive least squares that an outlier does not move, and that
// forgets slowly.

export interface Predictor {
  readonly size: number;
  readonly weight: Float64Array;
  /** Row by row. */
  readonly covariance: Float64Array;
  readonly gain: Float64Array;
  /** What is looked at; filled by who asks. */
  readonly input: Float64Array;
  /** Mean size of the error, as of a bell curve. */
  sigma: number;
  seen: number;
}

const firstVariance = 10;
/** Where nothing moves nothing is learnt, and what was learnt is not to become uncertain without bound. */
const varianceMax = 100;

export function newPredictor(size: number): Predictor {
  const covariance = new Float64Array(size * size);
  for (let i = 0; i < size; i++) covariance[i * size + i] = firstVariance;
  return {
    size,
    weight: new Float64Array(size),
    covariance,
    gain: new Float64Array(size),
    input: new Float64Array(size),
    sigma: 1,
    seen: 0,
  };
}

export function predict({ weight, input, size }: Predictor): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += weight[i]! * input[i]!;
  return sum;
}

/** `memory`: in rows. `share`: 0 learns nothing, 1 all. An error beyond four sigmas teaches as one of four does. */
export function learnError(predictor: Predictor, error: number, memory: number, share: number): void {
  const { size, weight, covariance, gain, input } = predictor;
  const limit = 4 * predictor.sigma;
  const taken = error > limit ? limit : error < -limit ? -limit : error;
  const lambda = 1 - share / Math.min(memory, predictor.seen + 20);
  let power = lambda / Math.max(share, 1e-3);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += covariance[i * size + j]! * input[j]!;
    gain[i] = sum;
    power += sum * input[i]!;
  }
  let trace = 0;
  for (let i = 0; i < size; i++) {
    const step = gain[i]! / power;
    weight[i] = weight[i]! + step * taken;
    for (let j = 0; j <= i; j++) {
      const value = covariance[i * size + j]! - step * gain[j]!;
      covariance[i * size + j] = value;
      covariance[j * size + i] = value;
    }
    trace += covariance[i * size + i]!;
  }
  if (trace < varianceMax) for (let k = 0; k < size * size; k++) covariance[k] = covariance[k]! / lambda;
  predictor.seen += share;
  // The first errors are of one who knew nothing: the newer count for more.
  const rate = share * Math.min(1, Math.max(1 / 400, 2.5 / (predictor.seen + 2.5)));
  predictor.sigma += rate * (1.2533 * Math.abs(taken) - predictor.sigma);
}
