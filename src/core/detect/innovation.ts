// What is new in a value: the error of predicting it from the four before, in robust sigmas. What repeats, swings or
// drifts as it always has is not new; whatever correlation there is in time is taken out. By column, in one mode.
//
// The coefficients are least squares over what was taken for normal. What the prediction works from is cleaned: of a
// value that is absurd only a part is believed, so that one spike does not echo; of a level that stays, ever more.
import {
  type Autoregression,
  addProducts,
  anchor,
  far,
  forgetCoefficients,
  newAutoregression,
  order,
  predict,
  products,
  recentre,
  solve,
} from './autoregression.ts';
import {
  countSize,
  enough,
  forgetSizes,
  type Histogram,
  halveSizes,
  newHistogram,
  raiseSunken,
  sizeAbove,
} from './histogram.ts';

/** First coefficients after so many; what they were made from counts no longer after the second number. */
const firstFit = 48;
const secondFit = 128;
/** Later they are looked at when the number has grown by so many. */
const fitEvery = 256;
/** Further out, in sigmas, nothing is learnt from it, and no more of it is believed at once. */
const absurd = 6;
/** So many missing values in a row are bridged. */
const bridged = 3;
/** Smaller, as a share of the value, it is rounding. */
const rounding = 1e-12;

/** The values before the one that comes, newest first; of all modes. */
export interface Past {
  readonly values: Float64Array;
  readonly depth: Uint8Array;
  /** How many in a row were absurd. */
  readonly absurds: Uint8Array;
  /** How many in a row did not come. */
  readonly missed: Uint8Array;
  /** What was new in the newest, in sigmas; NaN where that cannot be said. */
  readonly sigmas: Float64Array;
}

export interface Innovations extends Autoregression {
  readonly seen: Float64Array;
  readonly nextFit: Float64Array;
  readonly sizes: Histogram;
  /** One sigma of what is new; 0 while that is not known, or nothing ever was. */
  readonly sigma: Float64Array;
}

export function newPast(columns: number): Past {
  return {
    values: new Float64Array(columns * order),
    depth: new Uint8Array(columns),
    absurds: new Uint8Array(columns),
    missed: new Uint8Array(columns),
    sigmas: new Float64Array(columns).fill(Number.NaN),
  };
}

export function newInnovations(columns: number): Innovations {
  return {
    ...newAutoregression(columns),
    seen: new Float64Array(columns),
    nextFit: new Float64Array(columns).fill(firstFit),
    sizes: newHistogram(columns),
    sigma: new Float64Array(columns),
  };
}

/** Into `past.sigmas`. With `learn` it is learnt from as well, unless it is absurd. `values`: by column, the newest. */
export function findInnovation(
  innovations: Innovations,
  past: Past,
  column: number,
  values: Float64Array,
  learn: boolean,
  memory: number,
): void {
  const { seen, sigma } = innovations;
  const value = values[column]!;
  past.sigmas[column] = Number.NaN;
  past.missed[column] = 0;
  if (past.depth[column]! < order) {
    push(past, column, value);
    past.depth[column] = past.depth[column]! + 1;
    return;
  }
  if (seen[column]! < firstFit) {
    if (seen[column] === 0) anchor(innovations, past.values, column, value);
    addProducts(innovations, past.values, column, values);
    seen[column] = seen[column]! + 1;
    push(past, column, value);
    if (seen[column] === firstFit) refit(innovations, column, memory);
    return;
  }
  const predicted = predict(innovations, past.values, column);
  let error = value - predicted;
  if (!Number.isFinite(error)) {
    // Beyond what numbers are for.
    past.depth[column] = 0;
    return;
  }
  if (Math.abs(error) <= rounding * (Math.abs(value) + Math.abs(predicted))) error = 0;
  const one = sigma[column]!;
  if (learn) {
    const turn = seen[column]!;
    seen[column] = turn + 1;
    // Not of all columns the same.
    if (innovations.sums[column * products]! < enough || ((turn + column) & 3) === 0) {
      countSize(innovations.sizes, column, Math.min(far, Math.abs(error)));
      if (!(one > 0) || Math.abs(error) <= absurd * one)
        addProducts(innovations, past.values, column, values);
    }
    if (seen[column]! >= innovations.nextFit[column]!) refit(innovations, column, memory);
  }
  push(past, column, believed(past, column, value, predicted, error, one));
  if (one > 0) past.sigmas[column] = error / one;
  else if (error === 0) past.sigmas[column] = 0;
}

/** A value is missing: the prediction takes its place, a few times in a row. */
export function bridge(innovations: Innovations | undefined, past: Past, column: number): void {
  if (past.depth[column]! < order) return;
  const known = innovations !== undefined && innovations.seen[column]! >= firstFit;
  if (known && past.missed[column]! < bridged) {
    past.missed[column] = past.missed[column]! + 1;
    push(past, column, predict(innovations, past.values, column));
  } else past.depth[column] = 0;
}

function believed(
  past: Past,
  column: number,
  value: number,
  predicted: number,
  error: number,
  one: number,
): number {
  const { absurds } = past;
  if (!(one > 0) || Math.abs(error) <= absurd * one) {
    absurds[column] = 0;
    return value;
  }
  const most = absurd * one * 2 ** absurds[column]!;
  absurds[column] = Math.min(60, absurds[column]! + 1);
  return Math.abs(error) <= most ? value : predicted + Math.sign(error) * most;
}

function push({ values }: Past, column: number, value: number): void {
  const at = column * order;
  values[at + 3] = values[at + 2]!;
  values[at + 2] = values[at + 1]!;
  values[at + 1] = values[at]!;
  values[at] = value;
}

function refit(innovations: Innovations, column: number, memory: number): void {
  const { sums, seen, nextFit, sizes, sigma } = innovations;
  const at = column * products;
  // Taken up again after a restart, better coefficients are there than few values give.
  if (sums[at]! >= Math.min(fitEvery, seen[column]! / 2)) solve(innovations, column);
  if (seen[column] === secondFit) {
    recentre(innovations, column);
    sums.fill(0, at, at + products);
  }
  raiseSunken(sizes, column);
  sigma[column] = sigmaOf(sizes, column);
  if (sums[at]! > memory / 4) for (let i = at; i < at + products; i++) sums[i] = sums[i]! / 2;
  if (sizes.total[column]! > memory / 4) halveSizes(sizes, column);
  // First ever less often, then evenly; `seen` need not grow for ever.
  if (seen[column] === firstFit) nextFit[column] = secondFit;
  else {
    if (seen[column]! > 4 * fitEvery) seen[column] = 3 * fitEvery;
    // Not all columns at the same view.
    const often = sums[at]! < enough ? fitEvery : 4 * fitEvery;
    const every = often + (column & (secondFit / 2 - 1));
    nextFit[column] = seen[column]! + (seen[column]! < fitEvery ? secondFit / 2 : every);
  }
}

/** By the median; of what is mostly nothing (steps of a converter) by the first quantile that says something. */
export function sigmaOf(sizes: Histogram, column: number): number {
  const half = sizeAbove(sizes, column, 0.5) / 0.6745;
  const fifth = sizeAbove(sizes, column, 0.2) / 1.2816;
  if (half > 0 || fifth > 0) return Math.max(half, fifth);
  return Math.max(sizeAbove(sizes, column, 0.01) / 2.576, sizeAbove(sizes, column, 0.001) / 3.29);
}

export function forgetInnovations(innovations: Innovations, column: number): void {
  const { seen, nextFit, sizes, sigma } = innovations;
  forgetCoefficients(innovations, column);
  seen[column] = 0;
  nextFit[column] = firstFit;
  sigma[column] = 0;
  forgetSizes(sizes, column);
}
