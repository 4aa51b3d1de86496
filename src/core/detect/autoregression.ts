// A value by the four before it: least squares over all that were learnt from, by column, as sums of products.
// Well behaved whatever the magnitude: it counts from the mean, in deviations.

export const order = 4;
/** One, the values before, and the value: all products of two of them. */
const width = order + 2;
export const products = (width * (width + 1)) / 2;
/** The pull towards "the same as before", as a share of what has been seen: it only matters where nothing else does. */
const pull = 1e-8;
export const far = 1e100;

export interface Autoregression {
  /** Values are counted from here, in units of that. */
  readonly about: Float64Array;
  readonly unit: Float64Array;
  readonly sums: Float64Array;
  readonly coefficients: Float64Array;
}

export function newAutoregression(columns: number): Autoregression {
  return {
    about: new Float64Array(columns),
    unit: new Float64Array(columns),
    sums: new Float64Array(columns * products),
    coefficients: new Float64Array(columns * (order + 1)),
  };
}

/** `values`: by column the four before, newest first. */
export function predict(
  { about, unit, coefficients }: Autoregression,
  values: Float64Array,
  column: number,
): number {
  const at = column * (order + 1);
  const first = column * order;
  const middle = about[column]!;
  return (
    middle +
    (coefficients[at]! * unit[column]! +
      coefficients[at + 1]! * (values[first]! - middle) +
      coefficients[at + 2]! * (values[first + 1]! - middle) +
      coefficients[at + 3]! * (values[first + 2]! - middle) +
      coefficients[at + 4]! * (values[first + 3]! - middle))
  );
}

/** Before the first of them is learnt from. */
export function anchor(
  { about, unit }: Autoregression,
  values: Float64Array,
  column: number,
  value: number,
): void {
  about[column] = value;
  let most = 0;
  for (let i = 0; i < order; i++) most = Math.max(most, Math.abs(values[column * order + i]! - value));
  unit[column] = most > 1e-200 && most < far ? most : Math.max(1e-200, Math.min(far, Math.abs(value)));
}

const regressors = new Float64Array(width);

export function addProducts(
  { about, unit, sums }: Autoregression,
  values: Float64Array,
  column: number,
  newest: Float64Array,
): void {
  const middle = about[column]!;
  const per = 1 / unit[column]!;
  regressors[0] = 1;
  for (let i = 0; i < order; i++) regressors[i + 1] = clip((values[column * order + i]! - middle) * per);
  regressors[width - 1] = clip((newest[column]! - middle) * per);
  let at = column * products;
  for (let i = 0; i < width; i++) {
    const left = regressors[i]!;
    for (let j = 0; j <= i; j++) {
      sums[at] = sums[at]! + left * regressors[j]!;
      at++;
    }
  }
}

function clip(x: number): number {
  return x > far ? far : x < -far ? -far : x;
}

/** Counted from their mean, in units of their deviation, the sums that come next are well behaved. */
export function recentre({ about, unit, sums, coefficients }: Autoregression, column: number): void {
  const at = column * products;
  const n = sums[at]!;
  const mean = sums[at + 1]! / n;
  const deviation = Math.sqrt(Math.max(0, sums[at + 2]! / n - mean * mean));
  if (!(deviation > 1e-9) || !(deviation < far) || !Number.isFinite(mean)) return;
  const first = column * (order + 1);
  // The same prediction, said about another middle.
  let sum = -1;
  for (let i = 0; i < order; i++) sum += coefficients[first + 1 + i]!;
  const step = deviation * unit[column]!;
  coefficients[first] = (coefficients[first]! + sum * mean) / deviation;
  about[column] = about[column]! + mean * unit[column]!;
  unit[column] = step;
}

const matrix = new Float64Array((order + 1) * (order + 1));
const right = new Float64Array(order + 1);

/** Least squares of how much more the value is than the one before: pulled, it is the same as before. */
export function solve({ sums, coefficients }: Autoregression, column: number): void {
  const size = order + 1;
  const at = column * products;
  const product = (i: number, j: number) => sums[at + (i * (i + 1)) / 2 + j]!;
  const y = width - 1;
  let ridge = 0;
  for (let i = 1; i < size; i++) ridge += product(i, i) / order;
  ridge = pull * ridge + 1e-30;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) matrix[i * size + j] = product(i, j) + (i === j ? ridge : 0);
    right[i] = product(y, i) - (i >= 1 ? product(i, 1) : product(1, 0));
  }
  const solved = solveSymmetric(size);
  const first = column * size;
  for (let i = 0; i < size; i++) coefficients[first + i] = (solved ? right[i]! : 0) + (i === 1 ? 1 : 0);
}

/** By Cholesky, in place, into `right`; false where that cannot be done. */
function solveSymmetric(size: number): boolean {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k]! * matrix[j * size + k]!;
      if (i !== j) matrix[i * size + j] = sum / matrix[j * size + j]!;
      else if (!(sum > 0) || sum > far * far) return false;
      else matrix[i * size + i] = Math.sqrt(sum);
    }
  }
  for (let i = 0; i < size; i++) {
    let sum = right[i]!;
    for (let k = 0; k < i; k++) sum -= matrix[i * size + k]! * right[k]!;
    right[i] = sum / matrix[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = right[i]!;
    for (let k = i + 1; k < size; k++) sum -= matrix[k * size + i]! * right[k]!;
    right[i] = sum / matrix[i * size + i]!;
    if (!Number.isFinite(right[i]!)) return false;
  }
  return true;
}

export function forgetCoefficients({ sums, coefficients }: Autoregression, column: number): void {
  sums.fill(0, column * products, (column + 1) * products);
  coefficients.fill(0, column * (order + 1), (column + 1) * (order + 1));
}
