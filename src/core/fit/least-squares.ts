// Bounded nonlinear least squares after Levenberg and Marquardt, with priors as further residuals and, when asked,
// Huber's loss. Deterministic; it never evaluates outside the bounds, and knows no model.
import { boundedStep } from './bounded-step.ts';
import { differentiateBy, typicalOf } from './differences.ts';
import type { FitParameter, FitProgress } from './fit.ts';
import { columnNorm, foldRows, newTriangle, type Triangle } from './linear.ts';

export interface LeastSquaresProblem {
  readonly parameters: readonly FitParameter[];
  readonly length: number;
  /** Rows that count, 1 each; absent: all. What `residuals` writes into others is not read. */
  readonly counts?: Uint8Array;
  /** Predicted − measured (or the other way round, always the same). Not finite: no answer at this `theta`. */
  residuals(theta: Float64Array, out: Float64Array): void;
  /** ∂residual[i]/∂theta[j] at `out[j * length + i]`. Absent: by differences. */
  jacobian?(theta: Float64Array, out: Float64Array): void;
}

export interface LeastSquaresOptions {
  readonly iterationsMax?: number;
  /** Relative decrease of the cost that is not worth another iteration. */
  readonly tolerance?: number;
  readonly start?: Float64Array;
  /** forward: half the evaluations while searching. The Jacobian of the answer is central in any case. */
  readonly differences?: 'central' | 'forward';
  /** Standard deviation of a residual, which weighs priors against data; absent: from the residuals themselves. */
  readonly noise?: number;
  /** Huber's loss: beyond so many standard deviations (1.345 is usual) a residual counts by its size only. */
  readonly huber?: number;
  readonly onProgress?: FitProgress;
}

export interface LeastSquaresResult {
  readonly theta: Float64Array;
  /** Half the sum of squares (with Huber's loss: of losses), priors included; infinite if there was no answer. */
  readonly cost: number;
  /** NaN in rows that do not count. */
  readonly residuals: Float64Array;
  /** Column by column, as `LeastSquaresProblem.jacobian`. */
  readonly jacobian: Float64Array;
  /** 1, less where Huber's loss took influence away, 0 in rows that do not count. */
  readonly weights: Float64Array;
  /** The standard deviation that weighed the priors. */
  readonly noise: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** The data would have it beyond. */
  readonly atBound: boolean[];
}

interface Search {
  readonly problem: LeastSquaresProblem;
  readonly options: LeastSquaresOptions;
  readonly theta: Float64Array;
  readonly residuals: Float64Array;
  readonly trial: Float64Array;
  readonly jacobian: Float64Array;
  readonly weights: Float64Array;
  readonly damping: Float64Array;
  /** Loss turns linear beyond this residual. */
  knee: number;
  noise: number;
  cost: number;
  iterations: number;
}

const roundsMax = 25;

export function leastSquares(
  problem: LeastSquaresProblem,
  options: LeastSquaresOptions = {},
): LeastSquaresResult {
  const { parameters, length } = problem;
  const theta = Float64Array.from(options.start ?? parameters.map((p) => p.start), (value, j) =>
    Math.min(Math.max(value, parameters[j]!.min), parameters[j]!.max),
  );
  const search: Search = {
    problem,
    options,
    theta,
    residuals: new Float64Array(length),
    trial: new Float64Array(length),
    jacobian: new Float64Array(length * parameters.length),
    weights: new Float64Array(length),
    damping: new Float64Array(parameters.length),
    knee: Number.POSITIVE_INFINITY,
    noise: options.noise ?? 1,
    cost: 0,
    iterations: 0,
  };
  problem.residuals(theta, search.residuals);
  const converged = searchInRounds(search);
  return answerOf(search, converged);
}

/** Priors and Huber's loss need the size of the noise, which the fit itself tells: again, until it stays. */
function searchInRounds(search: Search): boolean {
  const { parameters } = search.problem;
  const priors = search.options.noise === undefined && parameters.some((p) => p.prior !== undefined);
  const rounds = priors || search.options.huber !== undefined ? roundsMax : 1;
  let converged = false;
  for (let round = 0; round < rounds; round++) {
    const before = search.noise;
    const knee = search.knee;
    if (rounds > 1) setScale(search, priors);
    const settled =
      Math.abs(search.noise - before) <= 1e-3 * before &&
      (knee === search.knee || Math.abs(search.knee - knee) <= 1e-3 * knee);
    if (round > 0 && settled) return converged;
    search.cost = costOf(search, search.theta, search.residuals);
    if (search.cost === Number.POSITIVE_INFINITY) return false;
    converged = descend(search);
    if (!converged) return false;
  }
  return converged && rounds === 1;
}

function setScale(search: Search, priors: boolean): void {
  const { huber } = search.options;
  const sizes: number[] = [];
  let square = 0;
  for (const [i, r] of search.residuals.entries()) {
    if (search.problem.counts?.[i] === 0 || !Number.isFinite(r)) continue;
    sizes.push(Math.abs(r));
    square += r * r;
  }
  const freedom = Math.max(1, sizes.length - search.problem.parameters.length);
  let noise = Math.sqrt(square / freedom);
  if (huber !== undefined) {
    const robust = 1.4826 * (Float64Array.from(sizes).sort()[sizes.length >> 1] ?? 0);
    if (robust > 0) noise = robust;
    search.knee = noise > 0 ? huber * noise : Number.POSITIVE_INFINITY;
  }
  if (priors) search.noise = noise > 0 ? noise : Number.MIN_VALUE ** 0.25;
}

/** Infinite where there is no answer. */
function costOf(search: Search, theta: Float64Array, residuals: Float64Array): number {
  const { counts, parameters, length } = search.problem;
  const { knee, noise } = search;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    if (counts !== undefined && counts[i] === 0) continue;
    const size = Math.abs(residuals[i]!);
    sum += size <= knee ? size * size : knee * (2 * size - knee);
  }
  for (const [j, { prior }] of parameters.entries()) {
    if (prior !== undefined) sum += ((theta[j]! - prior.mean) * (noise / prior.sigma)) ** 2;
  }
  return Number.isFinite(sum) ? sum / 2 : Number.POSITIVE_INFINITY;
}

/** Levenberg and Marquardt with Nielsen's damping, until nothing is gained. */
function descend(search: Search): boolean {
  const { problem, options, theta } = search;
  const { parameters } = problem;
  const iterationsMax = options.iterationsMax ?? 100;
  const tolerance = options.tolerance ?? 1e-10;
  const state = { lambda: 1e-3, growth: 2 };
  for (let iteration = 0; iteration < iterationsMax; iteration++) {
    options.onProgress?.(iteration / iterationsMax);
    search.iterations++;
    linearise(search, options.differences ?? 'central');
    const triangle = triangleOf(search);
    for (const j of parameters.keys()) {
      const norm = columnNorm(triangle.r, triangle.n, j);
      search.damping[j] = Math.max(search.damping[j]!, norm);
    }
    const held = heldOf(theta, parameters, triangle);
    if (isStationary(triangle, held, search.cost)) return true;
    const before = search.cost;
    const promised = tryDown(search, triangle, held, state);
    if (promised === undefined) return true;
    if (before - search.cost <= tolerance * before && promised <= tolerance * before) return true;
  }
  return false;
}

/** Steps down by as much as it can; says what the linear model had promised, or nothing when no way leads down. */
function tryDown(
  search: Search,
  triangle: Triangle,
  held: Uint8Array,
  state: { lambda: number; growth: number },
): number | undefined {
  const { problem, theta } = search;
  const { parameters } = problem;
  const low = Float64Array.from(parameters, (p, j) => p.min - theta[j]!);
  const high = Float64Array.from(parameters, (p, j) => p.max - theta[j]!);
  const damping = search.damping.map((d, j) => (d > 0 ? d : 1 / typicalOf(parameters[j]!)));
  const to = new Float64Array(parameters.length);
  for (;;) {
    const { step, promised } = boundedStep(triangle, damping, state.lambda, { low, high, held });
    // Too small to change the residuals, or the parameters.
    const least = 1e-12 * Math.sqrt(2 * search.cost);
    const small = step.every(
      (s, j) => Math.abs(s) * damping[j]! <= least || Math.abs(s) <= 1e-15 * Math.abs(theta[j]!),
    );
    if (small || !(promised > 0)) return undefined;
    for (const [j, p] of parameters.entries()) to[j] = Math.min(Math.max(theta[j]! + step[j]!, p.min), p.max);
    problem.residuals(to, search.trial);
    const cost = costOf(search, to, search.trial);
    const gain = (search.cost - cost) / promised;
    if (gain > 1e-4) {
      state.lambda = Math.max(state.lambda * Math.max(1 / 3, 1 - (2 * gain - 1) ** 3), 1e-12);
      state.growth = 2;
      theta.set(to);
      search.residuals.set(search.trial);
      search.cost = cost;
      return promised;
    }
    state.lambda *= state.growth;
    state.growth *= 2;
  }
}

function linearise(search: Search, way: 'central' | 'forward'): void {
  const { problem, theta, residuals, jacobian, weights, knee } = search;
  if (problem.jacobian === undefined) differentiateBy(problem, theta, residuals, way, jacobian);
  else problem.jacobian(theta, jacobian);
  for (let i = 0; i < problem.length; i++) {
    const counts = problem.counts === undefined || problem.counts[i] === 1;
    const size = Math.abs(residuals[i]!);
    weights[i] = counts ? (size <= knee ? 1 : knee / size) : 0;
  }
}

/** Of the Jacobian and the residuals, with each prior a row. */
function triangleOf(search: Search): Triangle {
  const { problem, theta, jacobian, weights, noise } = search;
  const { parameters, length } = problem;
  const n = parameters.length;
  const triangle = newTriangle(n);
  const columns = parameters.map((_, j) => jacobian.subarray(j * length, (j + 1) * length));
  foldRows(triangle, columns, search.residuals, weights.map(Math.sqrt));
  for (const [j, { prior }] of parameters.entries()) {
    if (prior === undefined) continue;
    const row = parameters.map((_, k) => Float64Array.of(k === j ? noise / prior.sigma : 0));
    foldRows(triangle, row, Float64Array.of((theta[j]! - prior.mean) * (noise / prior.sigma)));
  }
  return triangle;
}

/** At a bound, and down is beyond it. */
function heldOf(theta: Float64Array, parameters: readonly FitParameter[], { n, r, z }: Triangle): Uint8Array {
  return Uint8Array.from(parameters, ({ min, max }, j) => {
    let slope = 0;
    for (let i = 0; i <= j; i++) slope += r[j * n + i]! * z[i]!;
    return min === max || (theta[j]! <= min && slope >= 0) || (theta[j]! >= max && slope <= 0) ? 1 : 0;
  });
}

/** No free parameter changes what is left, to the last digits. */
function isStationary({ n, r, z }: Triangle, held: Uint8Array, cost: number): boolean {
  if (cost === 0) return true;
  for (let j = 0; j < n; j++) {
    const norm = columnNorm(r, n, j);
    if (held[j] === 1 || norm === 0) continue;
    let slope = 0;
    for (let i = 0; i <= j; i++) slope += r[j * n + i]! * z[i]!;
    if (Math.abs(slope) > 1e-12 * norm * Math.sqrt(2 * cost)) return false;
  }
  return true;
}

function answerOf(search: Search, converged: boolean): LeastSquaresResult {
  const { problem, theta, cost } = search;
  const known = Number.isFinite(cost);
  if (known) linearise(search, 'central');
  const held = known ? heldOf(theta, problem.parameters, triangleOf(search)) : undefined;
  const residuals = search.residuals.map((r, i) => (problem.counts?.[i] === 0 ? Number.NaN : r));
  return {
    theta,
    cost,
    residuals,
    jacobian: search.jacobian,
    weights: search.weights,
    noise: search.noise,
    iterations: search.iterations,
    converged,
    atBound: problem.parameters.map((p, j) => held?.[j] === 1 && p.min < p.max),
  };
}
