// Everything that can be said of a row against the rows before it, as one score from 0 to 1 with the columns it is about.
// Needs to be told nothing of what the columns are; looks at one row after another, never ahead.
import { type ColumnWatch, columnSides, newColumnWatch, watchColumn } from './column.ts';
import { planEnsemble } from './plan.ts';
import { newRelation, type Relation, relationSides, watchRelation } from './relation.ts';
import { learnTogether, newTogether, type Together, togetherSides } from './together.ts';

export interface EnsembleSetup {
  readonly columns: number;
  /** Usual time from row to row. */
  readonly periodS: number;
}

/** Of one row. Reused: it belongs to the caller. */
export interface Judgement {
  /** 0 is as ever; from 0.5 it would speak. 0 until it knows. */
  score: number;
  /** In orders of magnitude, what the score is made of. */
  surprise: number;
  /** By column, how much of it is its doing; together 1, or all 0. */
  readonly shares: Float64Array;
  /** By column: its own surprise. */
  readonly own: Float64Array;
  /** What was seen: an index into `ensembleSides`; -1: nothing. */
  side: number;
}

export const ensembleSides = [...columnSides, ...relationSides, ...togetherSides] as const;
export type EnsembleSide = (typeof ensembleSides)[number];

export interface Ensemble {
  readonly columns: number;
  readonly periodS: number;
  /** The newest rows, row after row. */
  readonly ring: Float64Array;
  readonly ringAt: Float64Array;
  readonly ringRows: number;
  rows: number;
  nextPlan: number;
  /** Rows by the clock since the first. */
  at: number;
  watches: ColumnWatch[];
  relations: Relation[];
  together: Together;
  readonly scaled: Float64Array;
  readonly trust: Float64Array;
}

/** From so many rows on it begins to speak. */
export const rowsNeeded = 64;
const ringValuesMax = 1_500_000;
const ringRowsMax = 8192;
const gapSteps = 6;
/** In orders of magnitude, where the score is 0.5. */
export const surpriseSpoken = 3.3;
/** Of a row that looks abnormal little is learnt: a new normal has to last about half as long as the old one did. */
const doubtfulSurprise = 2.2;
const shareMin = 0.03;

export function newJudgement(columns: number): Judgement {
  return {
    score: 0,
    surprise: 0,
    shares: new Float64Array(columns),
    own: new Float64Array(columns),
    side: -1,
  };
}

export function newEnsemble({ columns, periodS }: EnsembleSetup): Ensemble {
  const most = Math.floor(ringValuesMax / Math.max(1, columns));
  const ringRows = Math.max(256, 2 ** Math.floor(Math.log2(Math.min(ringRowsMax, Math.max(1, most)))));
  return {
    ...{ columns, periodS, ringRows, rows: 0, nextPlan: rowsNeeded, at: 0, watches: [], relations: [] },
    ring: new Float64Array(ringRows * columns),
    ringAt: new Float64Array(ringRows),
    together: newTogether(),
    scaled: new Float64Array(columns),
    trust: new Float64Array(columns).fill(1),
  };
}

/** `values`: by column, NaN where there is none. `dtS`: since the row before. */
export function judgeRow(ensemble: Ensemble, values: Float64Array, dtS: number, judgement: Judgement): void {
  const { periodS } = ensemble;
  const steps = ensemble.rows === 0 ? 0 : periodS > 0 && dtS > 0 ? Math.max(1, Math.round(dtS / periodS)) : 1;
  ensemble.at += steps;
  keep(ensemble, values);
  ensemble.rows++;
  if (ensemble.watches.length === 0) {
    judgement.score = 0;
    judgement.surprise = 0;
    judgement.side = -1;
    judgement.shares.fill(0);
    judgement.own.fill(0);
  } else {
    watchRow(ensemble, values, ensemble.at, steps > gapSteps);
    combine(ensemble, judgement);
    trustAgain(ensemble, judgement);
  }
  if (ensemble.rows >= ensemble.nextPlan) learnAnew(ensemble);
}

function trustAgain({ trust }: Ensemble, { own }: Judgement): void {
  for (let c = 0; c < trust.length; c++) {
    const doubt = (own[c]! / doubtfulSurprise) ** 4;
    trust[c] = Math.max(shareMin, 1 / (1 + doubt));
  }
}

function keep({ ring, ringAt, ringRows, columns, rows, at }: Ensemble, values: Float64Array): void {
  const place = rows % ringRows;
  ring.set(values, place * columns);
  ringAt[place] = at;
}

/** With what the rows so far say of periods and partners, from the oldest row that is kept on. */
function learnAnew(ensemble: Ensemble): void {
  const { columns, ringRows, rows, ring, ringAt } = ensemble;
  ensemble.nextPlan = rows < ringRows ? rows * 2 : Number.POSITIVE_INFINITY;
  const count = Math.min(rows, ringRows);
  const first = rows - count;
  const ordered = new Float64Array(count * columns);
  for (let k = 0; k < count; k++) {
    const place = (first + k) % ringRows;
    ordered.set(ring.subarray(place * columns, (place + 1) * columns), k * columns);
  }
  const plan = planEnsemble(ordered, columns, ensemble.periodS);
  ensemble.watches = plan.columns.map(newColumnWatch);
  ensemble.relations = plan.partners.flatMap((partners, column) =>
    partners.length > 0 ? [newRelation(column, partners)] : [],
  );
  ensemble.together = newTogether();
  ensemble.trust.fill(1);
  const judgement = newJudgement(columns);
  let before = ringAt[first % ringRows]!;
  for (let k = 0; k < count; k++) {
    const at = ringAt[(first + k) % ringRows]!;
    watchRow(ensemble, ordered.subarray(k * columns, (k + 1) * columns), at, at - before > gapSteps);
    combine(ensemble, judgement);
    trustAgain(ensemble, judgement);
    before = at;
  }
}

function watchRow(ensemble: Ensemble, values: Float64Array, at: number, gap: boolean): void {
  const { watches, relations, scaled, trust } = ensemble;
  for (let c = 0; c < watches.length; c++) {
    const watch = watches[c]!;
    watchColumn(watch, values[c]!, at, gap, trust[c]!);
    scaled[c] = watch.rest;
  }
  for (const relation of relations) watchRelation(relation, scaled, trust[relation.column]!);
}

function combine(ensemble: Ensemble, judgement: Judgement): void {
  const { watches, relations, together, columns } = ensemble;
  const { own, shares } = judgement;
  let best = 0;
  judgement.side = -1;
  for (let c = 0; c < columns; c++) {
    const { surprise } = watches[c]!;
    own[c] = 0;
    for (let side = 0; side < surprise.length; side++) {
      if (surprise[side]! > own[c]!) own[c] = surprise[side]!;
      if (surprise[side]! > best) {
        best = surprise[side]!;
        judgement.side = side;
      }
    }
  }
  for (const { column, surprise } of relations) {
    for (let side = 0; side < surprise.length; side++) {
      if (surprise[side]! > own[column]!) own[column] = surprise[side]!;
      if (surprise[side]! > best) {
        best = surprise[side]!;
        judgement.side = columnSides.length + side;
      }
    }
  }
  learnTogether(together, own);
  for (let side = 0; side < together.surprise.length; side++) {
    if (together.surprise[side]! <= best) continue;
    best = together.surprise[side]!;
    judgement.side = columnSides.length + relationSides.length + side;
  }
  const looks = Math.log10(1 + (columns - 1) * 0.7);
  const surprise = Math.max(0, best - looks);
  judgement.surprise = surprise;
  judgement.score = 1 - 2 ** (-surprise / surpriseSpoken);
  blame(ensemble, shares);
}

/** Less than this is everyday. */
const everyday = 1;

/** Who is behind it: what a column does by itself, and of what no longer goes together, who is in the most of it. */
function blame({ watches, relations, columns }: Ensemble, shares: Float64Array): void {
  for (let c = 0; c < columns; c++) {
    const { surprise } = watches[c]!;
    let own = 0;
    for (const one of surprise) if (one > own) own = one;
    shares[c] = Math.max(0, own - everyday);
  }
  for (const relation of relations) blameRelation(relation, shares);
  let sum = 0;
  for (let c = 0; c < columns; c++) {
    shares[c] = shares[c]! ** 2;
    sum += shares[c]!;
  }
  for (let c = 0; c < columns; c++) shares[c] = sum > 0 ? shares[c]! / sum : 0;
}

/** Half of it is for who was foretold, half for those who foretold it, by how much they had to say. */
function blameRelation({ column, partners, predictor, surprise }: Relation, shares: Float64Array): void {
  let most = 0;
  for (const one of surprise) if (one > most) most = one;
  const votes = (most - everyday) / 2;
  if (!(votes > 0)) return;
  shares[column] = shares[column]! + votes;
  let weights = 0;
  for (let k = 0; k < partners.length; k++) weights += Math.abs(predictor.weight[k]!);
  if (!(weights > 0)) return;
  for (let k = 0; k < partners.length; k++) {
    const partner = partners[k]!;
    shares[partner] = shares[partner]! + (votes * Math.abs(predictor.weight[k]!)) / weights;
  }
}
