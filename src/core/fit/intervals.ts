// How sure a fit is of its parameters: deviations from the scatter of its scores, what is known beforehand and what
// a sensor may be wrong by, and 95 % intervals after Student. It never judges whether the model is right.
import type { FitParameter } from './fit.ts';
import { tellApart } from './identifiable.ts';
import type { LeastSquaresResult } from './least-squares.ts';
import { foldRows, newTriangle, solveTriangle } from './linear.ts';
import { type Design, type Spread, slowSpread } from './slow-scores.ts';
import { studentQuantile } from './student.ts';

/** What a sensor may be wrong by all the time: more data do not average it out. */
export interface Systematic {
  /** Standard deviation of the gain, relative: 0.01 for a sensor good to 1 %. */
  readonly relative: number;
  /** Change of each residual for a gain that is higher by 1; minus what was measured, if that is its gain. */
  readonly effect: Float64Array;
}

export interface IntervalOptions {
  /** Residuals are known to be independent of each other: narrower for the same data. */
  readonly white?: boolean;
  readonly systematic?: readonly Systematic[];
}

export interface Intervals {
  readonly sigma: Float64Array;
  readonly low95: Float64Array;
  readonly high95: Float64Array;
  readonly freedom: Float64Array;
  /** n by n, column by column. */
  readonly covariance: Float64Array;
  /** Of the design: how alike two parameters look in the data. */
  readonly correlation: Float64Array;
  readonly condition: number;
  readonly warnings: readonly string[];
}

/** Fewer rows than this do not tell how they are correlated. */
const rowsMin = 30;

export function intervalsOf(
  parameters: readonly FitParameter[],
  result: LeastSquaresResult,
  options: IntervalOptions = {},
): Intervals {
  const n = parameters.length;
  const design = designOf(parameters, result);
  const { inverse, condition } = design;
  const white = options.white === true || design.rows < Math.max(rowsMin, 4 * n);
  const random = white ? whiteSpread(design, result) : slowSpread(design, result);
  const covariance = random.covariance;
  const freedom = random.freedom;
  const told = Float64Array.from({ length: n }, (_, j) => covariance[j * n + j]!);
  if (!white) addPriors(covariance, parameters, result, inverse);
  const before = Float64Array.from({ length: n }, (_, j) => covariance[j * n + j]!);
  for (const systematic of options.systematic ?? []) addSystematic(covariance, design, result, systematic);
  const { lost, correlation, warnings } = tellApart(parameters, design.triangle, inverse);
  const sigma = Float64Array.from({ length: n }, (_, j) =>
    lost[j] === 1 ? Number.POSITIVE_INFINITY : Math.sqrt(covariance[j * n + j]!),
  );
  // What is not estimated from the residuals has no end of degrees of freedom (Welch and Satterthwaite).
  for (let j = 0; j < n; j++) freedom[j] = freedom[j]! * (sigma[j]! ** 2 / told[j]! || 1) ** 2;
  for (let j = 0; j < n; j++)
    if (before[j] === 0 && random.blind[j] === 1) sigma[j] = Number.POSITIVE_INFINITY;
  const reach = sigma.map((s, j) => (s === 0 ? 0 : s * studentQuantile(0.975, Math.max(1, freedom[j]!))));
  return {
    sigma,
    low95: reach.map((r, j) => Math.max(result.theta[j]! - r, parameters[j]!.min)),
    high95: reach.map((r, j) => Math.min(result.theta[j]! + r, parameters[j]!.max)),
    freedom,
    covariance,
    correlation,
    condition,
    warnings,
  };
}

function designOf(parameters: readonly FitParameter[], result: LeastSquaresResult): Design {
  const n = parameters.length;
  const { length } = result.residuals;
  const roots = result.weights.map(Math.sqrt);
  const columns = parameters.map((_, j) => result.jacobian.subarray(j * length, (j + 1) * length));
  const triangle = newTriangle(n);
  foldRows(triangle, columns, new Float64Array(length), roots);
  const { rows } = triangle;
  for (const [j, { prior }] of parameters.entries()) {
    if (prior === undefined) continue;
    const row = parameters.map((_, k) => Float64Array.of(k === j ? result.noise / prior.sigma : 0));
    foldRows(triangle, row, Float64Array.of(0));
  }
  const { inverse, condition } = solveTriangle(triangle);
  return { n, length, columns, triangle, inverse, condition, rows };
}

function whiteSpread({ n, inverse, rows }: Design, { residuals, weights }: LeastSquaresResult): Spread {
  let square = 0;
  for (const [i, r] of residuals.entries()) if (weights[i]! > 0) square += weights[i]! * r * r;
  const freedom = Math.max(1, rows - n);
  const variance = square / freedom;
  // Priors are in the inverse, each as a measurement with the deviation of the residuals.
  return {
    covariance: inverse.map((value) => value * variance),
    freedom: new Float64Array(n).fill(freedom),
    blind: new Uint8Array(n),
  };
}

/** A prior is one more measurement, with a deviation that is known. */
function addPriors(
  covariance: Float64Array,
  parameters: readonly FitParameter[],
  { noise }: LeastSquaresResult,
  inverse: Float64Array,
): void {
  const n = parameters.length;
  for (const [p, { prior }] of parameters.entries()) {
    if (prior === undefined) continue;
    const pull = noise ** 2 / prior.sigma;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const at = j * n + i;
        covariance[at] = covariance[at]! + pull ** 2 * inverse[p * n + i]! * inverse[p * n + j]!;
      }
    }
  }
}

function addSystematic(
  covariance: Float64Array,
  { n, length, columns, inverse }: Design,
  { weights }: LeastSquaresResult,
  { relative, effect }: Systematic,
): void {
  const slope = columns.map((column) => {
    let sum = 0;
    for (let i = 0; i < length; i++) if (weights[i]! > 0) sum += column[i]! * effect[i]! * weights[i]!;
    return sum;
  });
  const shift = Float64Array.from({ length: n }, (_, j) =>
    slope.reduce((sum, s, k) => sum - inverse[k * n + j]! * s * relative, 0),
  );
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) covariance[j * n + i] = covariance[j * n + i]! + shift[i]! * shift[j]!;
  }
}
