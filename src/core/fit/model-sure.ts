// How sure a fit of a model is. Residuals lean together in time, and where the model is not the machine they lean the
// same way whenever the machine does the same: so they are looked at in the order of time and in the order of what
// was asked of the machine, and the widest interval counts. Sensors have a gain that nobody told.
import type { FitParameter } from './fit.ts';
import { type Intervals, intervalsOf, type Systematic } from './intervals.ts';
import type { LeastSquaresResult } from './least-squares.ts';
import { indexOf, type RunRows } from './model-rows.ts';
import type { ModelFitOptions, Target } from './model-unknowns.ts';

/** Places among the residuals, one after the other. */
export type Order = Uint32Array;

/** What a sensor is good to, where nobody says. */
const usualGainSigma = 0.01;
/** So many values of an input, at least, make an order. */
const valuesMin = 4;

/** Of each sensor: what was measured is wrong by a share, in all rows. */
export function gainsOf(
  { gainSigma = usualGainSigma }: ModelFitOptions,
  rows: RunRows,
  targets: readonly Target[],
): Systematic[] {
  if (gainSigma === 0) return [];
  const width = targets.length;
  return targets.map(({ index, sigma }, o) => {
    const effect = new Float64Array(rows.dtS.length * width);
    const measured = rows.outputs[index];
    for (let row = 0; row < rows.dtS.length; row++) {
      const value = measured?.[row] ?? Number.NaN;
      effect[row * width + o] = Number.isNaN(value) ? 0 : -value / sigma;
    }
    return { relative: gainSigma, effect };
  });
}

/** Of each value that is given: how the residuals would change with it. */
export function givenOf(
  { model, givenSigma = {}, parameters }: ModelFitOptions,
  base: Float64Array,
  residualsAt: (base: Float64Array, out: Float64Array) => void,
  residuals: Float64Array,
): Systematic[] {
  return Object.entries(givenSigma).flatMap(([name, sigma]) => {
    if (parameters.includes(name) || !(sigma > 0)) return [];
    const at = indexOf(model.parameters, name);
    const { min, max } = model.parameters[at]!;
    const other = base.slice();
    const by = Math.min(0.1 * sigma, max - min);
    other[at] = other[at]! + (other[at]! + by <= max ? by : -by);
    const effect = new Float64Array(residuals.length);
    residualsAt(other, effect);
    let changes = false;
    for (const [i, r] of effect.entries()) {
      effect[i] = Number.isNaN(residuals[i]!) ? 0 : (r - residuals[i]!) / (other[at]! - base[at]!);
      changes ||= effect[i] !== 0;
    }
    return changes ? [{ relative: sigma, effect }] : [];
  });
}

/** By each input that a group asks something of, and by each output as it is predicted. */
export function ordersOf(
  { model, when = [] }: ModelFitOptions,
  rows: RunRows,
  targets: readonly Target[],
  { residuals, weights }: LeastSquaresResult,
): Order[] {
  const width = targets.length;
  const taught: number[] = [];
  for (const [at, weight] of weights.entries()) if (weight > 0) taught.push(at);
  const orders: Order[] = [];
  const add = (key: (at: number) => number): void => {
    const keys = Float64Array.from({ length: residuals.length }, (_, at) => key(at));
    if (new Set(taught.map((at) => keys[at]!)).size < valuesMin) return;
    orders.push(Uint32Array.from(taught).sort((a, b) => keys[a]! - keys[b]! || a - b));
  };
  for (const name of new Set(when.map(({ input }) => input))) {
    const held = heldOf(rows.inputs[indexOf(model.inputs, name)]!);
    add((at) => held[Math.floor(at / width)]!);
  }
  for (const [o, { index, sigma }] of targets.entries()) {
    const measured = rows.outputs[index];
    add((at) => {
      const predicted = residuals[at]! * sigma + (measured?.[Math.floor(at / width)] ?? 0);
      return at % width === o ? predicted : Number.NEGATIVE_INFINITY;
    });
  }
  return orders;
}

/** An input that is not told stays as it was. */
function heldOf(column: Float64Array): Float64Array {
  let last = 0;
  return column.map((value) => {
    if (!Number.isNaN(value)) last = value;
    return last;
  });
}

export function sureOf(
  parameters: readonly FitParameter[],
  result: LeastSquaresResult,
  orders: readonly Order[],
  systematic: readonly Systematic[],
): Intervals {
  const inTime = intervalsOf(parameters, result, { systematic });
  const widest = {
    ...inTime,
    sigma: inTime.sigma.slice(),
    low95: inTime.low95.slice(),
    high95: inTime.high95.slice(),
  };
  for (const order of orders) {
    const other = intervalsOf(parameters, inOrder(result, order, parameters.length), {
      systematic: systematic.map(({ relative, effect }) => ({ relative, effect: picked(effect, order) })),
    });
    for (const j of parameters.keys()) {
      if (!(other.high95[j]! - other.low95[j]! > widest.high95[j]! - widest.low95[j]!)) continue;
      widest.sigma[j] = other.sigma[j]!;
      widest.low95[j] = other.low95[j]!;
      widest.high95[j] = other.high95[j]!;
    }
  }
  return widest;
}

function picked(values: Float64Array, order: Order): Float64Array {
  return Float64Array.from(order, (at) => values[at]!);
}

function inOrder(result: LeastSquaresResult, order: Order, n: number): LeastSquaresResult {
  const { length } = result.residuals;
  const jacobian = new Float64Array(n * order.length);
  for (let j = 0; j < n; j++) {
    for (const [k, at] of order.entries()) jacobian[j * order.length + k] = result.jacobian[j * length + at]!;
  }
  return {
    ...result,
    jacobian,
    residuals: picked(result.residuals, order),
    weights: picked(result.weights, order),
  };
}

/**
 * As how many independent rows less the rows count: the variance of what is told of a parameter, over what it would
 * be of white residuals. The middle one of the parameters.
 */
export function leaningOf(
  parameters: readonly FitParameter[],
  result: LeastSquaresResult,
  orders: readonly Order[],
): number {
  const free = parameters.map(({ name, unit, about, start, min, max }) => ({
    name,
    unit,
    about,
    start,
    min,
    max,
  }));
  const white = intervalsOf(free, result, { white: true });
  const slow = [
    intervalsOf(free, result),
    ...orders.map((order) => intervalsOf(free, inOrder(result, order, free.length))),
  ];
  const ratios = free.flatMap((_, j) => {
    const most = Math.max(...slow.map(({ covariance }) => covariance[j * free.length + j]!));
    const ratio = most / white.covariance[j * free.length + j]!;
    return Number.isFinite(ratio) ? [ratio] : [];
  });
  return Math.max(1, ratios.sort((a, b) => a - b)[ratios.length >> 1] ?? 1);
}
