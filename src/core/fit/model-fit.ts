// Fits chosen parameters of any model to a recording by output error: the model runs freely over the rows, and what
// its outputs miss is made small. Searches on a coarser copy first where that is asked for, and ends on every row.
import type { FitAnswer } from './fit.ts';
import {
  type LeastSquaresOptions,
  type LeastSquaresProblem,
  type LeastSquaresResult,
  leastSquares,
} from './least-squares.ts';
import { answerOfModel } from './model-answer.ts';
import { coarser, indexOf, openRows, type RunRows, teaching } from './model-rows.ts';
import { type ModelRun, newRun, runModel } from './model-run.ts';
import { gainsOf, givenOf, leaningOf, type Order, ordersOf, sureOf } from './model-sure.ts';
import {
  baseOf,
  type ModelFitOptions,
  spreadOut,
  type Target,
  type Unknowns,
  unknownsOf,
} from './model-unknowns.ts';
import { multiStart } from './multi-start.ts';
import { FitRefusal } from './refusal.ts';

export function fitModel(options: ModelFitOptions): FitAnswer {
  const { model, onProgress } = options;
  const rows = openRows(options.rows);
  const targets = options.outputs.map((name): Target => {
    const index = indexOf(model.outputs, name);
    return { name, index, sigma: options.sigma?.[name] ?? model.outputs[index]!.sigma ?? 1 };
  });
  const mask = teaching(model, rows, options.when ?? []);
  const base = baseOf(options);
  const unknowns = unknownsOf(options, rows, targets);
  const every = options.every ?? 1;
  const fine = coarser(model, rows, mask, every);
  const ending = problemOf(options, targets, unknowns, base, fine);
  refuseThin(ending, unknowns, targets.length);
  const loss = options.huber === undefined ? {} : { huber: options.huber };
  const search = { ...loss, differences: 'forward', tolerance: 1e-7, iterationsMax: 50 } as const;
  let first: LeastSquaresResult | undefined;
  let starts = { tried: 1, agreed: 1 };
  const searchEvery = Math.max(every, options.searchEvery ?? 1);
  if (searchEvery > every || (options.starts ?? 1) > 1) {
    const coarse = coarser(model, rows, mask, searchEvery);
    const rough = problemOf(options, targets, unknowns, base, coarse);
    const found = multiStart(rough, {
      ...search,
      starts: options.starts ?? 1,
      seed: options.seed ?? 1,
      ...(onProgress === undefined ? {} : { onProgress: (share) => onProgress(0.5 * share) }),
    });
    first = weighed(found.best, rough, search, (result) => ordersOf(options, coarse.rows, targets, result));
    starts = { tried: found.tried, agreed: found.agreed };
  }
  const result =
    first === undefined
      ? weighed(leastSquares(ending, search), ending, search, (found) =>
          ordersOf(options, fine.rows, targets, found),
        )
      : leastSquares(ending, { ...search, start: first.theta, ...weightOf(first, unknowns, ending) });
  const sure = sureOf(unknowns.parameters, result, ordersOf(options, fine.rows, targets, result), [
    ...gainsOf(options, fine.rows, targets),
    ...givenOf(
      options,
      base,
      (other, out) => problemOf(options, targets, unknowns, other, fine).residuals(result.theta, out),
      result.residuals,
    ),
  ]);
  onProgress?.(1);
  return { ...answerOfModel(options, rows, targets, unknowns, base, mask, result, sure, every), starts };
}

/** What was known beforehand weighs against every row as it did against the fewer. */
function weightOf(first: LeastSquaresResult, { parameters }: Unknowns, { counts }: LeastSquaresProblem) {
  if (!parameters.some(({ prior }) => prior !== undefined)) return {};
  const before = first.weights.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0);
  const now = counts!.reduce((sum, one) => sum + one, 0);
  return { noise: first.noise * Math.sqrt(now / Math.max(1, before)) };
}

/** Rounds until the weight of what is known beforehand stays, and the change of it that is none. */
const weighingsMax = 4;
const weighingShare = 0.1;

/** Rows that lean together say less than their number: against priors they count as the fewer that they are. */
function weighed(
  found: LeastSquaresResult,
  problem: LeastSquaresProblem,
  search: LeastSquaresOptions,
  orders: (found: LeastSquaresResult) => readonly Order[],
): LeastSquaresResult {
  if (!problem.parameters.some(({ prior }) => prior !== undefined)) return found;
  let result = found;
  for (let round = 0; round < weighingsMax; round++) {
    const noise = sizeOf(result) * Math.sqrt(leaningOf(problem.parameters, result, orders(result)));
    if (Math.abs(noise / result.noise - 1) < weighingShare) break;
    result = leastSquares(problem, { ...search, noise, start: result.theta });
  }
  return result;
}

/** Standard deviation of the residuals, each as far as it counts. */
function sizeOf({ residuals, weights, theta }: LeastSquaresResult): number {
  let square = 0;
  let count = 0;
  for (const [at, weight] of weights.entries()) {
    if (weight === 0) continue;
    square += weight * residuals[at]! ** 2;
    count++;
  }
  return Math.sqrt(square / Math.max(1, count - theta.length));
}

function problemOf(
  options: ModelFitOptions,
  targets: readonly Target[],
  unknowns: Unknowns,
  base: Float64Array,
  { rows, mask }: { rows: RunRows; mask: Uint8Array },
): LeastSquaresProblem {
  const run = newRun(options.model, rows, options.initial);
  const width = targets.length;
  const length = rows.dtS.length * width;
  const measured = new Float64Array(length).fill(Number.NaN);
  const fitRun = fitOnly(run);
  for (const { from: start, to, use } of fitRun.rows.segments) {
    for (let row = start; row < to; row++) {
      if (mask[row] === 0 || use !== 'fit') continue;
      for (const [o, { index }] of targets.entries()) {
        measured[row * width + o] = rows.outputs[index]?.[row] ?? Number.NaN;
      }
    }
  }
  const counts = Uint8Array.from(measured, (value) => (Number.isNaN(value) ? 0 : 1));
  const over = targets.map(({ sigma }) => 1 / sigma);
  const indices = targets.map(({ index }) => index);
  return {
    parameters: unknowns.parameters,
    length,
    counts,
    residuals(theta, out) {
      const { parameters, starts, offsets } = spreadOut(unknowns, base, fitRun, width, theta);
      runModel(fitRun, parameters, starts, (row, y) => {
        for (let o = 0; o < width; o++) {
          const at = row * width + o;
          out[at] = counts[at] === 0 ? 0 : (y[indices[o]!]! + offsets[o]! - measured[at]!) * over[o]!;
        }
      });
    },
  };
}

/** Without what comes after the last row that teaches; validation in between is run through, not compared. */
function fitOnly(run: ModelRun): ModelRun {
  const { segments } = run.rows;
  const last = segments.findLastIndex(({ use }) => use === 'fit');
  return { ...run, rows: { ...run.rows, segments: segments.slice(0, last + 1) } };
}

function refuseThin(
  { counts, length }: LeastSquaresProblem,
  { parameters }: Unknowns,
  outputs: number,
): void {
  if (parameters.length === 0) throw new FitRefusal('nothing is to be estimated');
  let values = 0;
  let rows = 0;
  for (let at = 0; at < length; at += outputs) {
    const here = counts!.subarray(at, at + outputs).reduce((sum, one) => sum + one, 0);
    values += here;
    rows += here > 0 ? 1 : 0;
  }
  const least = 3 * parameters.length;
  if (values >= least) return;
  throw new FitRefusal(
    `${rows} of ${length / outputs} rows teach (measured, and in the ranges asked for), with ${values} values for ` +
      `${parameters.length} unknowns: at least ${least} are needed`,
  );
}
