// One shape of wear fitted to all runs together: a common life and shape, and for each run its own rate, believed
// to scatter about the common one by as much as the runs themselves say (an empirical Bayes estimate).
import type { FitParameter } from './fit.ts';
import { type LeastSquaresProblem, type LeastSquaresResult, leastSquares } from './least-squares.ts';
import { foldRows, newTriangle, solveTriangle } from './linear.ts';
import { type MultiStartResult, multiStart } from './multi-start.ts';
import { shapeParameters, type WearFamily, wornShare } from './wear-family.ts';
import type { WearPoint } from './wear-points.ts';

export interface WearSetting {
  readonly runs: readonly string[];
  /** Life ends at this wear. */
  readonly level: number;
  /** Wear of what is new; a number that is known, or estimated. */
  readonly fresh: number | 'estimate';
  /** Logarithm of life: where the search starts, and what is believed. */
  readonly startLogLife: number;
  readonly lifePrior: { readonly mean: number; readonly sigma: number } | undefined;
  readonly bounds: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
  readonly seed: number;
}

export interface PooledWear {
  readonly family: WearFamily;
  readonly parameters: readonly FitParameter[];
  readonly result: LeastSquaresResult;
  /** n by n; of log life, logs of the shape, and so on as in `parameters`. */
  readonly covariance: Float64Array;
  /** Degrees of freedom of the noise. */
  readonly freedom: number;
  /** Standard deviation of the logarithm of rates between runs; 0 of a single one. */
  readonly spread: number;
  /** Standard deviation of a point, in units of its scale. */
  readonly noise: number;
  /** −2 × log likelihood, and how many parameters were spent on it. */
  readonly deviance: number;
  readonly spent: number;
  readonly agreed: { readonly tried: number; readonly agreed: number };
  /** In theta: where the rate of each run is; −1 of a single one. */
  readonly rateAt: number;
  wearAt(run: number, use: number): number;
}

/** Few runs say little about their scatter: so many more are imagined, with this deviation. */
const imaginedRuns = 1;
const imaginedSpread = 0.2;
const roundsMax = 30;
const noiseStart = 0.05;

/** `scales` by point: the size of its noise, but for a common factor. `from`: the same with other scales. */
export function poolWear(
  family: WearFamily,
  points: readonly WearPoint[],
  scales: Float64Array,
  setting: WearSetting,
  from?: PooledWear,
): PooledWear {
  const pooled = setting.runs.length > 1;
  let spread = pooled ? imaginedSpread : 0;
  let parameters = parametersFor(family, setting, spread);
  let noise = noiseStart;
  const found = from === undefined ? searchWear(family, points, scales, setting, parameters) : undefined;
  let theta: Float64Array = (found?.best ?? from!.result).theta;
  let result: LeastSquaresResult | undefined;
  let spent = parameters.length;
  let covariance: Float64Array = new Float64Array(0);
  const rateAt = pooled ? parameters.length - setting.runs.length : -1;
  // What runs scatter by and what points scatter by are both needed to fit, and both told by the fit.
  for (let round = 0; round < roundsMax; round++) {
    const before = [noise, spread] as const;
    if (result !== undefined) {
      noise = noiseOf(result, freedomOf(points, spent));
      if (pooled) spread = spreadOf(result, covariance, rateAt, setting.runs.length);
      parameters = parametersFor(family, setting, spread);
    }
    result = leastSquares(problemFor(family, points, scales, setting, parameters), {
      start: theta,
      noise,
      differences: 'forward',
      tolerance: 1e-7,
    });
    theta = result.theta;
    covariance = covarianceOf(result, parameters, noise);
    spent = spentOn(parameters, covariance);
    const still = Math.abs(noise / before[0] - 1) < 0.01 && Math.abs(spread - before[1]) <= 0.01 * spread;
    if (round > 1 && still) break;
  }
  return {
    family,
    parameters,
    result: result!,
    covariance,
    freedom: freedomOf(points, spent),
    spread,
    noise,
    deviance: devianceOf(result!, scales),
    spent,
    agreed: found === undefined ? from!.agreed : { tried: found.tried, agreed: found.agreed },
    rateAt,
    wearAt: (run, use) => wearOf(family, setting, theta, rateAt, run, use),
  };
}

function searchWear(
  family: WearFamily,
  points: readonly WearPoint[],
  scales: Float64Array,
  setting: WearSetting,
  parameters: readonly FitParameter[],
): MultiStartResult {
  return multiStart(problemFor(family, points, scales, setting, parameters), {
    noise: noiseStart,
    seed: setting.seed,
    starts: parameters.length > 1 ? 4 : 1,
    enough: 2,
    differences: 'forward',
    tolerance: 1e-5,
    iterationsMax: 40,
  });
}

function parametersFor(family: WearFamily, setting: WearSetting, spread: number): FitParameter[] {
  return unbound(family, setting, spread).map((parameter) => {
    const asked = setting.bounds[parameter.name];
    if (asked === undefined) return parameter;
    // All but the wear of what is new are sought by their logarithms.
    const of = parameter.name === 'fresh' ? (x: number) => x : (x: number) => Math.log(Math.max(x, 1e-300));
    const [min, max] = [of(asked.min), of(asked.max)];
    return { ...parameter, min, max, start: Math.min(Math.max(parameter.start, min), max) };
  });
}

function unbound(family: WearFamily, setting: WearSetting, spread: number): FitParameter[] {
  const { startLogLife: start, lifePrior, level, fresh, runs } = setting;
  const life = {
    name: 'life',
    unit: '',
    about: 'Use until the limit',
    start,
    min: start - 7,
    max: start + 7,
  };
  const rows: FitParameter[] = [lifePrior === undefined ? life : { ...life, prior: lifePrior }];
  rows.push(...shapeParameters(family));
  if (fresh === 'estimate') {
    const bounds = { start: 0, min: -0.5 * level, max: 0.9 * level };
    rows.push({ name: 'fresh', unit: '', about: 'Wear of what is new', ...bounds });
  }
  if (runs.length === 1) return rows;
  for (const run of runs) {
    const about = `Rate of run ${run}, by the common one`;
    const belief = { start: 0, min: -3, max: 3, prior: { mean: 0, sigma: spread } };
    rows.push({ name: `run.${run}.rate`, unit: 'ratio', about, ...belief });
  }
  return rows;
}

/** Theta: log life, logs of the shape, the wear of what is new when estimated, logs of rates by run. */
function wearOf(
  family: WearFamily,
  { level, fresh, runs }: WearSetting,
  theta: ArrayLike<number>,
  rateAt: number,
  run: number,
  use: number,
): number {
  const life = theta[0]! - (rateAt < 0 ? 0 : theta[rateAt + run]!);
  const after = rateAt < 0 ? theta.length : theta.length - runs.length;
  const begin = fresh === 'estimate' ? theta[after - 1]! : fresh;
  return begin + (level - begin) * wornShare(family, theta, 1, use * Math.exp(-life));
}

function problemFor(
  family: WearFamily,
  points: readonly WearPoint[],
  scales: Float64Array,
  setting: WearSetting,
  parameters: readonly FitParameter[],
): LeastSquaresProblem {
  const rateAt = setting.runs.length > 1 ? parameters.length - setting.runs.length : -1;
  return {
    parameters,
    length: points.length,
    residuals(theta, out) {
      for (const [i, { run, use, wear }] of points.entries()) {
        out[i] = (wearOf(family, setting, theta, rateAt, run, use) - wear) / scales[i]!;
      }
    },
  };
}

function squareOf({ residuals }: LeastSquaresResult): number {
  return residuals.reduce((sum, r) => sum + r * r, 0);
}

/** Two or three points may agree by chance: one more is imagined, that misses as measurements of wear usually do. */
const imaginedNoise = 0.03;

function noiseOf(result: LeastSquaresResult, freedom: number): number {
  return Math.sqrt((squareOf(result) + imaginedNoise ** 2) / freedom);
}

/**
 * Of the points and the imagined one, less what was spent on parameters (the noise itself is counted in `spent`,
 * and is not one).
 */
function freedomOf(points: readonly WearPoint[], spent: number): number {
  return Math.max(1, points.length - spent + 1) + 1;
}

/** With beliefs as measurements of their own, for this noise of the points. */
function covarianceOf(
  { jacobian, residuals }: LeastSquaresResult,
  parameters: readonly FitParameter[],
  noise: number,
): Float64Array {
  const { length } = residuals;
  const columns = parameters.map((_, j) => jacobian.subarray(j * length, (j + 1) * length));
  const triangle = newTriangle(parameters.length);
  foldRows(triangle, columns, residuals);
  for (const [j, { prior }] of parameters.entries()) {
    if (prior === undefined) continue;
    const row = parameters.map((_, k) => Float64Array.of(k === j ? noise / prior.sigma : 0));
    foldRows(triangle, row, Float64Array.of(0));
  }
  return solveTriangle(triangle).inverse.map((value) => value * noise ** 2);
}

function spreadOf(
  { theta }: LeastSquaresResult,
  covariance: Float64Array,
  rateAt: number,
  runs: number,
): number {
  const n = theta.length;
  let square = imaginedRuns * imaginedSpread ** 2;
  for (let j = rateAt; j < n; j++) square += theta[j]! ** 2 + covariance[j * n + j]!;
  return Math.sqrt(square / (runs + imaginedRuns));
}

function devianceOf(result: LeastSquaresResult, scales: Float64Array): number {
  const square = squareOf(result);
  const sizes = scales.reduce((sum, scale) => sum + 2 * Math.log(scale), 0);
  const { length } = scales;
  return length * Math.log(Math.max(square, 1e-18) / length) + sizes;
}

/** A parameter that a belief holds fast is not spent; one that the data decide is. The noise is one more. */
function spentOn(parameters: readonly FitParameter[], covariance: Float64Array): number {
  const n = parameters.length;
  return parameters.reduce((sum, { prior }, j) => {
    if (prior === undefined) return sum + 1;
    return sum + Math.max(0, 1 - covariance[j * n + j]! / prior.sigma ** 2);
  }, 1);
}
