// Derivatives of what was sampled, without a shift of phase: low-pass forwards and backwards, then central
// differences of high order, on a grid; a local polynomial where there is no grid or too few samples. It never
// looks across the edge of a piece.
import { filterInPlace, lowPassAt, padded } from './butterworth.ts';
import { foretold, localFit, localNoise, localShapes } from './local-polynomial.ts';
import { gather, isRegular, onGrid, type Piece, toRows } from './pieces.ts';

export interface Derivatives {
  /** The value without its noise, and its first and second derivative: rows of the record, NaN beyond pieces. */
  readonly value: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** How derivatives are taken, and why so. */
export interface DifferentiationPlan {
  readonly way: 'low-pass' | 'local';
  /** Of the low-pass; of a local polynomial the frequency up to which it follows, roughly. */
  readonly cutoffHz: number;
  /** Rows and degree of a local polynomial. */
  readonly window: number;
  readonly degree: number;
  /** Standard deviations that noise of the column leaves in its first and second derivative. */
  readonly firstNoise: number;
  readonly secondNoise: number;
  /** Share by which the wanted derivative differs with the polynomial it is taken by; 0 of a low-pass. */
  readonly doubt: number;
  /** One sentence for people. */
  readonly why: string;
}

/** Central differences over seven points: within 1 % up to a fifth of the sampling rate. */
const firstWeights = [45 / 60, -9 / 60, 1 / 60];
const secondWeights = [270 / 180, -27 / 180, 2 / 180];
const secondMiddle = -490 / 180;
const arm = 3;
/** Beyond this share of the sampling rate differences are no derivatives any more. */
const shareMax = 0.2;

export function differentiate(
  pieces: readonly Piece[],
  column: Float64Array,
  plan: Pick<DifferentiationPlan, 'way' | 'cutoffHz' | 'window' | 'degree'>,
): Derivatives {
  const make = (): Float64Array => new Float64Array(column.length).fill(Number.NaN);
  const out = { value: make(), first: make(), second: make() };
  for (const piece of pieces) {
    if (plan.way === 'local') {
      const local = localFit(piece.timeS, gather(column, piece.rows), plan.window, plan.degree);
      for (const [k, row] of piece.rows.entries()) {
        out.value[row] = local.value[k]!;
        out.first[row] = local.slope[k]!;
        out.second[row] = local.curvature[k]!;
      }
    } else if (piece.length >= 2 * arm + 1) {
      const grid = differentiateGrid(onGrid(piece, column), piece.stepS, plan.cutoffHz);
      toRows(piece, grid.value, out.value);
      toRows(piece, grid.first, out.first);
      toRows(piece, grid.second, out.second);
    }
  }
  return out;
}

/** Differences are taken before the padding is cut off, so that edges are of the same order as the middle. */
function differentiateGrid(values: Float64Array, stepS: number, cutoffHz: number): Derivatives {
  const { length } = values;
  const lowPass = lowPassAt(cutoffHz * stepS);
  const { padding } = lowPass;
  const work = padded(values, padding);
  filterInPlace(lowPass, work);
  const first = new Float64Array(length);
  const second = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const middle = padding + i;
    let slope = 0;
    let bend = secondMiddle * work[middle]!;
    for (let k = 1; k <= arm; k++) {
      const right = work[middle + k]!;
      const left = work[middle - k]!;
      slope += firstWeights[k - 1]! * (right - left);
      bend += secondWeights[k - 1]! * (right + left);
    }
    first[i] = slope / stepS;
    second[i] = bend / (stepS * stepS);
  }
  return { value: work.slice(padding, padding + length), first, second };
}

export interface PlanOptions {
  readonly cutoffHz?: number;
  /** The derivative that is wanted of the column: 2 of a position for its acceleration, 1 of a velocity. */
  readonly order: 1 | 2;
  /** What the column is, for the explanation. */
  readonly name: string;
}

/** Samples a second below which a filter has nothing to work with. */
const slowHz = 20;

/** From the pieces that are fitted only. */
export function planDifferentiation(
  pieces: readonly Piece[],
  column: Float64Array,
  stepS: number,
  options: PlanOptions,
): DifferentiationPlan {
  const fitted = pieces.filter((piece) => piece.use === 'fit');
  const rateHz = 1 / stepS;
  if (options.cutoffHz === undefined && (rateHz < slowHz || !isRegular(fitted))) {
    return planLocal(fitted, column, rateHz, options);
  }
  const noise = noiseOf(fitted, column);
  const most = shareMax * rateHz;
  if (options.cutoffHz !== undefined) {
    const cutoffHz = Math.min(options.cutoffHz, 0.45 * rateHz);
    return {
      ...withNoise(cutoffHz, noise, rateHz),
      why: `low-pass at ${show(cutoffHz)} Hz for all, as asked`,
    };
  }
  return planLowPass(fitted, column, rateHz, most, noise, options);
}

/** A share of the derivative's power that may be noise: as much is missing from what multiplies it, at most. */
const noiseShareMax = 1e-4;

/**
 * The highest cutoff at which what the column's noise leaves in the derivative is a small share of its power:
 * noise in a regressor makes its parameter too small by that share.
 */
function planLowPass(
  pieces: readonly Piece[],
  column: Float64Array,
  rateHz: number,
  most: number,
  noise: number,
  { order, name }: PlanOptions,
): DifferentiationPlan {
  const longest = pieces.reduce((max, { length, stepS }) => Math.max(max, length * stepS), 0);
  const least = Math.min(most, Math.max(3 / longest, rateHz / 2000));
  const grids = sampleOf(pieces, column);
  let chosen = least;
  let kept = false;
  for (let cutoffHz = most; cutoffHz >= least; cutoffHz /= 1.25) {
    const { firstNoise, secondNoise } = withNoise(cutoffHz, noise, rateHz);
    const power = powerOf(grids, cutoffHz, order);
    if ((order === 2 ? secondNoise : firstNoise) ** 2 > noiseShareMax * power) continue;
    chosen = cutoffHz;
    kept = true;
    break;
  }
  const derivative = order === 2 ? 'second derivative' : 'derivative';
  const why = !kept
    ? `low-pass at ${show(chosen)} Hz: the noise of the ${name} drowns its ${derivative} at any cutoff`
    : chosen === most
      ? `low-pass at ${show(chosen)} Hz, a fifth of the sampling rate: the ${name} is hardly noisy`
      : `low-pass at ${show(chosen)} Hz: above it, noise of the ${name} would be more than 0.01 % of the power of its ${derivative}`;
  return { ...withNoise(chosen, noise, rateHz), why };
}

const sampleRowsMax = 100_000;

/** Enough of the record to judge its spectrum by. */
function sampleOf(pieces: readonly Piece[], column: Float64Array): { values: Float64Array; stepS: number }[] {
  const grids: { values: Float64Array; stepS: number }[] = [];
  let room = sampleRowsMax;
  for (const piece of pieces) {
    if (piece.length <= 20 || room <= 20) continue;
    const values = onGrid(piece, column).subarray(0, room);
    grids.push({ values, stepS: piece.stepS });
    room -= values.length;
  }
  return grids;
}

function withNoise(cutoffHz: number, noise: number, rateHz: number): Omit<DifferentiationPlan, 'why'> {
  // White noise has 2·noise²/rate of power in each Hz; a derivative multiplies it by (2πf)² each.
  const density = (2 * noise * noise) / rateHz;
  return {
    way: 'low-pass',
    cutoffHz,
    window: 0,
    degree: 0,
    doubt: 0,
    firstNoise: 2 * Math.PI * Math.sqrt((density * cutoffHz ** 3) / 3),
    secondNoise: (2 * Math.PI) ** 2 * Math.sqrt((density * cutoffHz ** 5) / 5),
  };
}

function powerOf(
  grids: readonly { values: Float64Array; stepS: number }[],
  cutoffHz: number,
  order: 1 | 2,
): number {
  let square = 0;
  let rows = 0;
  for (const { values, stepS } of grids) {
    const { first, second } = differentiateGrid(values, stepS, cutoffHz);
    for (const value of order === 2 ? second : first) square += value * value;
    rows += values.length;
  }
  return rows > 0 ? square / rows : 0;
}

/** Standard deviation of white noise on the column, from sixth differences, which leave nothing of a motion. */
function noiseOf(pieces: readonly Piece[], column: Float64Array): number {
  const binomial = [1, -6, 15, -20, 15, -6, 1];
  let square = 0;
  let rows = 0;
  for (const piece of pieces) {
    if (piece.length < 16) continue;
    const values = piece.even ? onGrid(piece, column) : gather(column, piece.rows);
    for (let i = 0; i + 6 < values.length; i++) {
      // Rows are missing among them: differences would take the motion for noise.
      if (!piece.even && piece.timeS[i + 6]! - piece.timeS[i]! > 6.5 * piece.stepS) continue;
      // An encoder at rest says the same again and again: that is no proof of little noise.
      if (values[i] === values[i + 6] && values[i] === values[i + 3]) continue;
      let sum = 0;
      for (let k = 0; k < 7; k++) sum += binomial[k]! * values[i + k]!;
      square += sum * sum;
      rows++;
    }
  }
  return rows > 0 ? Math.sqrt(square / rows / 924) : 0;
}

function planLocal(
  pieces: readonly Piece[],
  column: Float64Array,
  rateHz: number,
  { order, name }: PlanOptions,
): DifferentiationPlan {
  const parts = pieces.map((piece) => ({
    timeS: piece.timeS,
    values: gather(column, piece.rows),
  }));
  const errors = localShapes.map((shape) => {
    let square = 0;
    let rows = 0;
    for (const { timeS, values } of parts) {
      const found = foretold(timeS, values, shape);
      square += found.square;
      rows += found.rows;
    }
    return rows > 0 ? Math.sqrt(square / rows) : Number.POSITIVE_INFINITY;
  });
  const best = errors.indexOf(Math.min(...errors));
  const shape = localShapes[best]!;
  const noise = Number.isFinite(errors[best]!) ? errors[best]! : 0;
  const { slope, curvature } = localNoise(shape);
  // Where wide windows are no better than narrow ones, it is the motion that is sharp, not the noise.
  const doubt = best < sharpShapes ? doubtOf(parts, order) : 0;
  const kind = rateHz < slowHz ? `slow samples (${show(rateHz)} a second)` : 'irregular samples';
  return {
    way: 'local',
    cutoffHz: (0.45 * rateHz * shape.degree) / shape.window,
    ...shape,
    firstNoise: noise * slope * rateHz,
    secondNoise: noise * curvature * rateHz ** 2,
    doubt,
    why: `${kind}: a polynomial of degree ${shape.degree} through ${shape.window} neighbours, which foretells the ${name} best`,
  };
}

/** Shapes that follow a motion closest. */
const sharpShapes = 3;

/** Two polynomials that both follow sharply agree on a motion that has enough samples. */
function doubtOf(parts: readonly { timeS: Float64Array; values: Float64Array }[], order: 1 | 2): number {
  let apart = 0;
  let whole = 0;
  for (const { timeS, values } of parts) {
    const [one, other] = [7, 9].map((window) => {
      const { slope, curvature } = localFit(timeS, values, window, 5);
      return order === 2 ? curvature : slope;
    });
    for (const [k, value] of one!.entries()) {
      if (!Number.isFinite(value)) continue;
      apart += (value - other![k]!) ** 2;
      whole += value ** 2;
    }
  }
  return whole > 0 ? Math.sqrt(apart / whole) : 0;
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}
