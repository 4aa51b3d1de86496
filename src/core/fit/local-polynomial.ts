// Value, slope and curvature from a polynomial through a few neighbours at their actual times, as Savitzky and Golay do
// on a grid: for slow or irregular samples. The window is centred, so nothing is shifted; at edges it is not.
import { backSubstitute, foldRows, newTriangle } from './linear.ts';

export interface LocalFit {
  readonly value: Float64Array;
  readonly slope: Float64Array;
  readonly curvature: Float64Array;
}

/** Over rows in ascending time; with fewer than 3 rows slopes are NaN. */
export function localFit(
  timeS: Float64Array,
  values: Float64Array,
  window: number,
  degree: number,
): LocalFit {
  const { length } = values;
  const value = Float64Array.from(values);
  const slope = new Float64Array(length).fill(Number.NaN);
  const curvature = new Float64Array(length).fill(Number.NaN);
  const width = Math.min(window, length);
  if (width < 3) return { value, slope, curvature };
  for (let i = 0; i < length; i++) {
    const from = Math.min(Math.max(0, i - (width >> 1)), length - width);
    const c = coefficients(timeS, values, from, width, degree, i);
    value[i] = c[0]!;
    slope[i] = c[1]!;
    curvature[i] = 2 * c[2]!;
  }
  return { value, slope, curvature };
}

/** Of a polynomial in time since row `at`; `without` that row, it is a forecast of it. */
function coefficients(
  timeS: Float64Array,
  values: Float64Array,
  from: number,
  width: number,
  degreeMax: number,
  at: number,
  without = false,
): Float64Array {
  const degree = Math.min(degreeMax, width - 1 - (without ? 1 : 0));
  const reach = Math.max(timeS[from + width - 1]! - timeS[at]!, timeS[at]! - timeS[from]!) || 1;
  const times = Float64Array.from({ length: width }, (_, k) => (timeS[from + k]! - timeS[at]!) / reach);
  const columns = Array.from({ length: degree + 1 }, (_, power) => times.map((t) => t ** power));
  const weights = times.map((_, k) => (without && from + k === at ? 0 : 1));
  const triangle = newTriangle(degree + 1);
  foldRows(triangle, columns, values.subarray(from, from + width), weights);
  const solution = backSubstitute(triangle);
  return Float64Array.from({ length: 4 }, (_, power) => (solution[power] ?? 0) / reach ** power);
}

export interface LocalShape {
  readonly window: number;
  readonly degree: number;
}

/** From what follows a motion closest to what averages most. */
export const localShapes: readonly LocalShape[] = [
  { window: 7, degree: 5 },
  { window: 5, degree: 3 },
  { window: 9, degree: 5 },
  { window: 7, degree: 3 },
  { window: 9, degree: 3 },
  { window: 13, degree: 3 },
  { window: 19, degree: 3 },
  { window: 27, degree: 3 },
];

/** Standard deviations of slope and curvature on a grid of step 1, for noise of deviation 1. */
export function localNoise({ window, degree }: LocalShape): { slope: number; curvature: number } {
  const timeS = Float64Array.from({ length: window }, (_, k) => k);
  let slope = 0;
  let curvature = 0;
  for (let k = 0; k < window; k++) {
    const one = new Float64Array(window);
    one[k] = 1;
    const c = coefficients(timeS, one, 0, window, degree, window >> 1);
    slope += c[1]! ** 2;
    curvature += (2 * c[2]!) ** 2;
  }
  return { slope: Math.sqrt(slope), curvature: Math.sqrt(curvature) };
}

const looksMax = 400;

/** The sum of squares by which rows differ from what their neighbours in a window say of them, and their number. */
export function foretold(
  timeS: Float64Array,
  values: Float64Array,
  { window, degree }: LocalShape,
): { square: number; rows: number } {
  const { length } = values;
  if (length < window) return { square: 0, rows: 0 };
  const stride = Math.max(1, Math.floor(length / looksMax));
  let square = 0;
  let rows = 0;
  for (let i = window >> 1; i < length - (window >> 1); i += stride) {
    const c = coefficients(timeS, values, i - (window >> 1), window, degree, i, true);
    square += (values[i]! - c[0]!) ** 2;
    rows++;
  }
  return { square, rows };
}
