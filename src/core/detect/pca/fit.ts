// Makes a model of what was seen, a bounded piece at a time: places and spreads, covariances without strangers,
// eigenvectors, limits. One model is in the making at a time, whatever the number of modes.
import { hotellingAbove, squaresAbove } from '../joint/chi.ts';
import { beginEigen, type Eigen, newEigen, workEigen } from '../joint/eigen.ts';
import { type Place, placeOf, quantileOf } from '../joint/robust.ts';
import { judgeRow, newSight, type PcaSight } from './judge.ts';
import {
  beginTails,
  copyModel,
  followRow,
  forgetRows,
  independentRows,
  newModel,
  type PcaModel,
  type PcaNormal,
} from './normal.ts';

const Stage = {
  idle: 0,
  places: 1,
  rows: 2,
  matrix: 3,
  turns: 4,
  order: 5,
  inverse: 6,
  distances: 7,
} as const;

export interface PcaJob {
  /** Whose model is made; -1 for none. */
  mode: number;
  stage: number;
  /** How far the stage has come. */
  at: number;
  /** Of a first model: how often it has been made without what the one before took for strange. */
  pass: number;
  first: boolean;
  readonly eigen: Eigen;
  readonly draft: PcaModel;
  readonly order: Int32Array;
  readonly distances: Float64Array;
  readonly ordered: Float64Array;
  readonly spare: Float64Array;
  readonly line: Float64Array;
  readonly sight: PcaSight;
  readonly place: Place;
  cut: number;
}

export interface FitOptions {
  readonly explained: number;
  readonly alpha: number;
}

/** The first, blunted, then so often anew without strangers. */
const passes = 3;
const bluntSigmas = 3;
/** A column that has moved less often than this in all the time is left out. */
const movesMin = 8;
/** Of the spread it had at first, a column's sigma is at least this share: it may stand still for a while. */
const sigmaFloor = 0.05;
const shrinkMin = 1e-4;
/** Of the variance to be explained. */
const slack = 0.07;

export function newJob(width: number, rowsMax: number): PcaJob {
  const rows = () => new Float64Array(rowsMax);
  return {
    ...{ mode: -1, stage: Stage.idle, at: 0, pass: 0, first: false },
    ...{ eigen: newEigen(width), draft: newModel(width), order: new Int32Array(width) },
    ...{ distances: rows(), ordered: rows(), spare: rows(), line: new Float64Array(width) },
    ...{ sight: newSight(width), place: { middle: 0, spread: 0 }, cut: Number.POSITIVE_INFINITY },
  };
}

/** `first`: from the rows put aside; else from what was followed since. */
export function beginFit(job: PcaJob, mode: number, first: boolean): void {
  Object.assign(job, { mode, first, at: 0, pass: 0, cut: Number.POSITIVE_INFINITY });
  job.stage = first ? Stage.places : Stage.matrix;
}

/** Goes on for about `work` multiplications; true when the model is whole and in its place. */
export function workFit(job: PcaJob, normal: PcaNormal, options: FitOptions, work: number): boolean {
  let left = work;
  while (left > 0 && job.stage !== Stage.idle) left = workStage(job, normal, options, left);
  return job.stage === Stage.idle;
}

function workStage(job: PcaJob, normal: PcaNormal, options: FitOptions, left: number): number {
  const width = normal.mean.length;
  const { size } = job.draft;
  switch (job.stage) {
    case Stage.places:
      placeColumn(job, normal, job.at);
      if (++job.at === width) enter(job, Stage.rows);
      return left - normal.rowCount * 24;
    case Stage.rows:
      if (job.at === 0) forgetRows(normal);
      takeRow(job, normal, job.at);
      if (++job.at >= normal.rowCount) enter(job, Stage.matrix);
      return left - width * width;
    case Stage.matrix:
      layOut(job, normal);
      enter(job, Stage.turns);
      return left - width * width;
    case Stage.turns: {
      const rest = workEigen(job.eigen, left);
      if (job.eigen.done) enter(job, Stage.order);
      return Math.min(rest, left - 1);
    }
    case Stage.order:
      putInOrder(job, normal, options);
      enter(job, Stage.inverse);
      return left - 2 * size * size - 20_000;
    case Stage.inverse:
      if (job.at < size) invertRow(job.draft, job.at);
      if (++job.at >= size) finishPass(job, normal);
      return left - size * size;
    default:
      job.distances[job.at] = distanceOf(job, normal, job.at);
      if (++job.at >= normal.rowCount) cutStrangers(job, normal);
      return left - size * size;
  }
}

function enter(job: PcaJob, stage: number): void {
  job.stage = stage;
  job.at = 0;
}

function finishPass(job: PcaJob, normal: PcaNormal): void {
  job.pass++;
  if (job.first && job.pass < passes) {
    enter(job, Stage.distances);
    return;
  }
  const { plane } = normal;
  if (plane.size !== job.draft.size || plane.components !== job.draft.components) beginTails(normal);
  copyModel(job.draft, plane);
  normal.hasModel = true;
  enter(job, Stage.idle);
}

function placeColumn(job: PcaJob, normal: PcaNormal, column: number): void {
  const { rows, rowCount, mean, origin, measure } = normal;
  let count = 0;
  for (let r = 0; r < rowCount; r++) {
    const value = rows[r * mean.length + column]!;
    if (!Number.isNaN(value)) job.ordered[count++] = value;
  }
  placeOf(job.ordered, count, job.spare, job.place);
  origin[column] = job.place.middle;
  // Seen too seldom to say: it may come in later.
  measure[column] = count * 2 >= rowCount ? job.place.spread : 0;
}

/** The first time values far out are blunted; then whole rows that are far out are left out. */
function takeRow(job: PcaJob, normal: PcaNormal, index: number): void {
  const { rows, rowCount, mean, origin, measure } = normal;
  const { line } = job;
  const width = mean.length;
  if (job.pass > 0 && job.distances[index]! > job.cut) return;
  for (let i = 0; i < width; i++) {
    const value = rows[index * width + i]!;
    const most = bluntSigmas * measure[i]!;
    const blunt = job.pass === 0 && most > 0;
    line[i] = blunt ? Math.max(origin[i]! - most, Math.min(origin[i]! + most, value)) : value;
  }
  followRow(normal, line, 1, rowCount);
}

/** The correlations of the columns that move, drawn a little towards none: by as much as few rows can say. */
function layOut({ draft, eigen }: PcaJob, normal: PcaNormal): void {
  const { mean, covariance, origin, measure, moves } = normal;
  const width = mean.length;
  let size = 0;
  for (let i = 0; i < width; i++) {
    const variance = covariance[i * width + i]!;
    if (!(measure[i]! > 0) || !(variance > 1e-12) || moves[i]! < movesMin) continue;
    draft.active[size] = i;
    draft.mean[size] = origin[i]! + mean[i]! * measure[i]!;
    draft.sigma[size] = measure[i]! * Math.max(sigmaFloor, Math.sqrt(variance));
    size++;
  }
  draft.size = size;
  const rows = independentRows(normal, draft);
  const shrink = Math.max(shrinkMin, (0.5 * size) / (rows + size));
  for (let a = 0; a < size; a++) {
    const i = draft.active[a]!;
    for (let b = 0; b < a; b++) {
      const j = draft.active[b]!;
      const scale = (draft.sigma[a]! / measure[i]!) * (draft.sigma[b]! / measure[j]!);
      const alike = (covariance[i * width + j]! / scale) * (1 - shrink);
      eigen.matrix[a * size + b] = alike;
      eigen.matrix[b * size + a] = alike;
    }
    eigen.matrix[a * size + a] = 1;
  }
  beginEigen(eigen, size);
}

/** Largest first; how many are components; what the statistics stay below. */
function putInOrder({ draft, eigen, order }: PcaJob, normal: PcaNormal, options: FitOptions): void {
  const { size } = draft;
  for (let i = 0; i < size; i++) {
    let at = i;
    const value = eigen.matrix[i * size + i]!;
    while (at > 0 && eigen.matrix[order[at - 1]! * size + order[at - 1]!]! < value) {
      order[at] = order[at - 1]!;
      at--;
    }
    order[at] = i;
  }
  for (let k = 0; k < size; k++) {
    const from = order[k]!;
    draft.variances[k] = Math.max(shrinkMin, eigen.matrix[from * size + from]!);
    for (let i = 0; i < size; i++) draft.vectors[k * size + i] = eigen.vectors[from * size + i]!;
  }
  draft.components = componentsOf(draft, normal, options.explained);
  limit(draft, independentRows(normal, draft), options.alpha);
}

/** Enough to explain so much; as many as before where that nearly fits: each change makes other statistics. */
function componentsOf({ size, variances }: PcaModel, { plane, hasModel }: PcaNormal, wanted: number): number {
  let explained = 0;
  let enough = 0;
  for (let k = 0; k < size; k++) {
    const before = explained / size;
    explained += variances[k]!;
    const isAsBefore = hasModel && plane.size === size && plane.components === k + 1;
    if (isAsBefore && before < wanted + slack && explained / size > wanted - slack) return k + 1;
    if (before < wanted) enough = k + 1;
  }
  return size > 1 ? Math.min(size - 1, enough) : enough;
}

function limit({ bounds, components, size, variances }: PcaModel, rows: number, alpha: number): void {
  let sum = 0;
  let squares = 0;
  for (let k = components; k < size; k++) {
    sum += variances[k]!;
    squares += variances[k]! ** 2;
  }
  const besides = size - components;
  bounds[0] = components > 0 ? hotellingAbove(alpha, components, rows) : Number.POSITIVE_INFINITY;
  bounds[1] = besides > 0 ? squaresAbove(alpha, sum, squares) : Number.POSITIVE_INFINITY;
  bounds[2] = besides > 0 ? hotellingAbove(alpha, besides, rows) : Number.POSITIVE_INFINITY;
}

function invertRow({ size, vectors, variances, precision }: PcaModel, i: number): void {
  for (let j = 0; j < size; j++) {
    let sum = 0;
    for (let k = 0; k < size; k++) {
      sum += (vectors[k * size + i]! * vectors[k * size + j]!) / variances[k]!;
    }
    precision[i * size + j] = sum;
  }
}

function distanceOf({ draft, sight, line }: PcaJob, { rows, mean }: PcaNormal, index: number): number {
  for (let i = 0; i < mean.length; i++) line[i] = rows[index * mean.length + i]!;
  if (!judgeRow(draft, line, sight)) return Number.POSITIVE_INFINITY;
  return sight.sums[0]! + sight.sums[2]!;
}

/** Rows much farther out than the half of them that lies nearest would let expect. */
function cutStrangers(job: PcaJob, { rowCount }: PcaNormal): void {
  const { draft, distances, ordered } = job;
  ordered.set(distances);
  ordered.subarray(0, rowCount).sort();
  const middle = quantileOf(ordered, rowCount, 0.5);
  // Of a sum of `size` squares: the one in two hundred by the one in two.
  const usual = Math.max(1, draft.size) * (1 - 2 / (9 * Math.max(1, draft.size))) ** 3;
  const far = squaresAbove(0.005, Math.max(1, draft.size), Math.max(1, draft.size));
  job.cut = Number.isFinite(middle) ? (middle * far) / usual : Number.POSITIVE_INFINITY;
  enter(job, Stage.rows);
}
