// What PCA knows of one mode of a machine: rows of the first time, means and covariances that follow the machine
// slowly, and the model made of them. Numbers only.
import { clearTail, newTail, type Tail, tailBound, tailQuantile } from '../joint/tail.ts';

/** T² within the plane of the components, Q beside it, and H: Q with every direction measured by its own variance. */
export const statistics = 3;
/** Each is followed at two speeds, the quick ones first: what is large is seen at once, what is small when it lasts. */
export const tracks = 2 * statistics;
export const Statistic = { t2: 0, q: 1, h: 2 } as const;

/**
 * Where normal running is and where it ends, by the limits of theory: those are for single moments, and for rows that
 * know nothing of the ones before. What is followed for a while stays below them, what drifts may not. `alike`: so many
 * steps say as much as one, followed quickly and slowly.
 */
export function lookAtTails(normal: PcaNormal, alpha: number, alike: readonly [number, number]): void {
  const { seen, usual, tails, plane, weight } = normal;
  // What the machine itself remembers makes neighbours alike as well.
  const memory = weight / Math.max(1, independentRows(normal, plane));
  for (let s = 0; s < tracks; s++) {
    const form = { ...normalTail, alike: Math.max(alike[s < statistics ? 0 : 1], 2 * memory) };
    seen[s] = Math.max(seenMin, tailBound(tails[s]!, alpha, form));
    usual[s] = Math.min(0.9 * seen[s]!, tailQuantile(tails[s]!, 0.5));
  }
}

/** Nothing is known of other statistics than those before: theory has to do. */
export function beginTails({ seen, usual, tails, smooth }: PcaNormal): void {
  seen.fill(1);
  usual.fill(0);
  smooth.fill(Number.NaN);
  for (const tail of tails) clearTail(tail);
}

const seenMin = 0.2;

/** Of statistics by their limits of theory: nearly all of normal running stays below three of them. */
const normalTail = { shoulder: 0.8, neck: 0.95, crownMax: 3, flatter: 1.3 } as const;

export const Phase = {
  /** Rows are put aside. */
  collecting: 0,
  /** A first model is made of them. */
  fitting: 1,
  /** The model shows on what comes after it whether it holds. */
  proving: 2,
  speaking: 3,
} as const;

/** Of `size` columns that move in this mode; vectors lie row by row, `size` apart. */
export interface PcaModel {
  size: number;
  /** Places among the watched columns. */
  readonly active: Int32Array;
  readonly mean: Float64Array;
  readonly sigma: Float64Array;
  readonly vectors: Float64Array;
  /** Variances along them, the largest first. */
  readonly variances: Float64Array;
  /** So many of them are components. */
  components: number;
  readonly bounds: Float64Array;
  /** The inverse of the covariance. */
  readonly precision: Float64Array;
}

export interface PcaNormal {
  phase: number;
  /** Rows put aside, oldest first, until there is a first model. */
  rows: Float64Array;
  rowCount: number;
  /** Of the first time, so that numbers stay small: fixed then. By watched column. */
  readonly origin: Float64Array;
  readonly measure: Float64Array;
  /** In `measure` from `origin`: followed with a weight that ends at the horizon. */
  weight: number;
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  /** How often a column has been another than a step before; products of neighbours in time; what it was. */
  readonly moves: Float64Array;
  readonly echo: Float64Array;
  readonly before: Float64Array;
  readonly plane: PcaModel;
  hasModel: boolean;
  readonly tails: Tail[];
  readonly smooth: Float64Array;
  /** By track: so many times the bound of theory is where normal running ends. */
  readonly seen: Float64Array;
  /** And where it mostly is. */
  readonly usual: Float64Array;
  /** Steps since the newest model, how many there have to be for the next one, and how often proof was asked for. */
  steps: number;
  stepsToFit: number;
  trials: number;
  /** In this mode: steps seen while proving, and of those how many passed the bound of theory. */
  /** Seconds of findings on end, as far as it was judged. */
  strangeS: number;
  proved: number;
  failed: number;
}

export function newModel(width: number): PcaModel {
  return {
    size: 0,
    active: new Int32Array(width),
    mean: new Float64Array(width),
    sigma: new Float64Array(width),
    vectors: new Float64Array(width * width),
    variances: new Float64Array(width),
    components: 0,
    bounds: new Float64Array(statistics),
    precision: new Float64Array(width * width),
  };
}

export function newNormal(width: number, rowsMax: number): PcaNormal {
  return {
    phase: Phase.collecting,
    rows: new Float64Array(width * rowsMax),
    rowCount: 0,
    origin: new Float64Array(width),
    measure: new Float64Array(width),
    weight: 0,
    mean: new Float64Array(width),
    covariance: new Float64Array(width * width),
    moves: new Float64Array(width),
    echo: new Float64Array(width),
    before: new Float64Array(width).fill(Number.NaN),
    plane: newModel(width),
    hasModel: false,
    tails: Array.from({ length: tracks }, newTail),
    smooth: new Float64Array(tracks).fill(Number.NaN),
    seen: new Float64Array(tracks).fill(1),
    usual: new Float64Array(tracks),
    ...{ steps: 0, stepsToFit: 0, trials: 0, strangeS: 0, proved: 0, failed: 0 },
  };
}

export function copyModel(source: PcaModel, target: PcaModel): void {
  target.size = source.size;
  target.components = source.components;
  target.active.set(source.active);
  target.mean.set(source.mean);
  target.sigma.set(source.sigma);
  target.vectors.set(source.vectors);
  target.variances.set(source.variances);
  target.bounds.set(source.bounds);
  target.precision.set(source.precision);
}

/**
 * Takes a row in with a weight of up to 1; what is missing leaves what it touches as it was. Of `horizon` steps the
 * older ones fade.
 */
export function followRow(normal: PcaNormal, row: Float64Array, share: number, horizon: number): void {
  const { mean, covariance, origin, measure, moves, echo, before } = normal;
  const width = mean.length;
  normal.weight = Math.min(horizon, normal.weight + share);
  const rate = Math.min(1, share / Math.max(1, normal.weight));
  for (let i = 0; i < width; i++) {
    const value = row[i]!;
    if (Number.isNaN(value)) continue;
    const was = before[i]!;
    before[i] = value;
    if (!(measure[i]! > 0)) wake(normal, i, value);
    if (!(measure[i]! > 0)) continue;
    if (value !== was && !Number.isNaN(was)) moves[i] = moves[i]! + 1;
    const apart = (value - origin[i]!) / measure[i]! - mean[i]!;
    const last = Number.isNaN(was) ? 0 : (was - origin[i]!) / measure[i]! - mean[i]!;
    echo[i] = echo[i]! + rate * (apart * last - echo[i]!);
    mean[i] = mean[i]! + rate * apart;
    for (let j = 0; j <= i; j++) {
      const other = row[j]!;
      if (Number.isNaN(other) || !(measure[j]! > 0)) continue;
      // The mean of a column before this one has moved already, by its rate.
      const there = (other - origin[j]!) / measure[j]! - mean[j]!;
      const product = j < i ? apart * there : apart * apart * (1 - rate);
      const at = i * width + j;
      covariance[at] = covariance[at]! + rate * (product - covariance[at]!);
    }
  }
}

/** A column that had stood still so far: its first step is its measure, for want of another. */
function wake({ origin, measure }: PcaNormal, column: number, value: number): void {
  if (Number.isFinite(origin[column]!)) measure[column] = Math.abs(value - origin[column]!);
  else origin[column] = value;
}

/** Forgets what was followed, not where it lay: to begin anew from the rows that were put aside. */
export function forgetRows(normal: PcaNormal): void {
  normal.weight = 0;
  normal.mean.fill(0);
  normal.covariance.fill(0);
  normal.moves.fill(0);
  normal.echo.fill(0);
  normal.before.fill(Number.NaN);
}

/** How many rows that know nothing of one another say as much: neighbours in time are much alike. */
export function independentRows({ weight, echo, covariance, mean }: PcaNormal, model: PcaModel): number {
  const width = mean.length;
  let sum = 0;
  for (let i = 0; i < model.size; i++) {
    const column = model.active[i]!;
    const variance = covariance[column * width + column]!;
    const alike = Math.max(0, Math.min(0.999, echo[column]! / variance));
    sum += Math.log((1 - alike) / (1 + alike));
  }
  // Between what the fastest and what the slowest of the columns lets expect.
  return model.size === 0 ? weight : weight * Math.exp(sum / model.size);
}
