// What the other columns say of one: those that go with it foretell it, and where they no longer do, something has come
// apart, though each by itself looks as ever.
import { learnError, newPredictor, type Predictor, predict } from './predict.ts';
import { learnSize, newTail, surpriseOf, type Tail } from './tail.ts';

export const relationSides = ['apart', 'apart for a while', 'loose'] as const;
export type RelationSide = (typeof relationSides)[number];

const whileRows = 16;
const looseRows = 40;
const memoryRows = 3000;
const slowRows = 2000;

export interface Relation {
  readonly column: number;
  readonly partners: readonly number[];
  readonly predictor: Predictor;
  mean: number;
  slow: number;
  loose: number;
  usual: number;
  seen: number;
  readonly tails: readonly Tail[];
  readonly surprise: Float64Array;
}

export function newRelation(column: number, partners: readonly number[]): Relation {
  return {
    column,
    partners,
    predictor: newPredictor(partners.length + 1),
    ...{ mean: 0, slow: 0, loose: 0, usual: 0, seen: 0 },
    tails: relationSides.map(newTail),
    surprise: new Float64Array(relationSides.length),
  };
}

/** `values`: by column, in spreads; NaN where there is none: then nothing is said. */
export function watchRelation(relation: Relation, values: Float64Array, share: number): void {
  const { partners, predictor, surprise } = relation;
  surprise.fill(0);
  const value = values[relation.column]!;
  let known = !Number.isNaN(value);
  for (let k = 0; k < partners.length; k++) {
    const other = values[partners[k]!]!;
    predictor.input[k] = other;
    if (Number.isNaN(other)) known = false;
  }
  if (!known) return;
  predictor.input[partners.length] = 1;
  const error = value - predict(predictor);
  const sigma = Math.max(predictor.sigma, 1e-6);
  const size = error / sigma;
  const bounded = size > 6 ? 6 : size < -6 ? -6 : size;
  const rate = share / Math.min(slowRows, relation.seen + 4);
  relation.mean += (bounded - relation.mean) / Math.min(whileRows, relation.seen + 1);
  relation.loose += (Math.abs(bounded) - relation.loose) / Math.min(looseRows, relation.seen + 1);
  if (relation.seen >= 3 * looseRows) {
    look(relation, 0, Math.abs(size), share);
    look(relation, 1, Math.abs(relation.mean - relation.slow), share);
    const ratio = Math.log((relation.loose + 1e-3) / (relation.usual + 1e-3));
    look(relation, 2, Math.abs(ratio), share);
    if (ratio < 0) surprise[2] = 0;
  }
  relation.slow += rate * (bounded - relation.slow);
  relation.usual += rate * (Math.abs(bounded) - relation.usual);
  learnError(predictor, error, memoryRows, share);
  relation.seen += share;
}

function look({ tails, surprise }: Relation, side: number, size: number, share: number): void {
  const tail = tails[side]!;
  const found = surpriseOf(tail, size);
  surprise[side] = found;
  learnSize(tail, size, found, share);
}

const partnersMax = 5;
const likenessMin = 0.4;

/** By column: which others go with it, the closest first. `rows`: row after row, in spreads, NaN where nothing is. */
export function findPartners(rows: Float64Array, columns: number): number[][] {
  const count = rows.length / columns;
  const stride = Math.max(1, Math.floor(count / 2000));
  const found: { other: number; likeness: number }[][] = Array.from({ length: columns }, () => []);
  for (let a = 0; a < columns; a++) {
    for (let b = a + 1; b < columns; b++) {
      const likeness = likenessOf(rows, columns, a, b, stride);
      if (likeness < likenessMin) continue;
      found[a]!.push({ other: b, likeness });
      found[b]!.push({ other: a, likeness });
    }
  }
  return found.map((others) =>
    others
      .sort((x, y) => y.likeness - x.likeness || x.other - y.other)
      .slice(0, partnersMax)
      .map(({ other }) => other),
  );
}

function likenessOf(rows: Float64Array, columns: number, a: number, b: number, stride: number): number {
  let [n, sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < rows.length; at += stride * columns) {
    const x = bounded(rows[at + a]!);
    const y = bounded(rows[at + b]!);
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n++;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  const [varA, varB] = [sumAA - (sumA * sumA) / n, sumBB - (sumB * sumB) / n];
  if (n < 20 || !(varA > 1e-9) || !(varB > 1e-9)) return 0;
  return Math.abs(sumAB - (sumA * sumB) / n) / Math.sqrt(varA * varB);
}

function bounded(value: number): number {
  return value > 4 ? 4 : value < -4 ? -4 : value;
}
