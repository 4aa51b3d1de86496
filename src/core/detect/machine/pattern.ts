// What no single signal shows: two that look at all of them together, in a way of their own each. They speak with one voice;
// PCA also alone, when it goes on: signals that no longer fit together stay where each of them always was, and that is no
// rare place for a forest. Over seconds of one mode; what the twin predicts is not asked.
import { newVerdict, type Verdict, type View } from '../detector.ts';
import { forest } from '../forest/forest.ts';
import type { ForestState } from '../forest/state.ts';
import { pca } from '../pca/pca.ts';
import type { PcaState } from '../pca/state.ts';
import { mostOf } from './wanted.ts';

export interface Pattern {
  readonly planes: PcaState;
  /** Undefined where it is not wanted. */
  readonly forest: ForestState | undefined;
  readonly verdict: Verdict;
  /** Of both: seconds since it spoke last. */
  readonly planesS: Float64Array;
  readonly forestS: Float64Array;
  /** Seconds PCA has spoken, less those it was silent in though it judged. */
  readonly aloneS: Float64Array;
  /** How much of what PCA has to learn in this mode it has learnt; of the mode before where it is none. */
  ready: number;
  level: number;
  score: number;
  column: number;
}

/** They need not speak in the same second. */
const togetherS = 5;
/** So long PCA has to speak for itself; below so much it is over. */
const aloneFromS = 10;
const aloneBelowS = 4;
const aloneMostS = 20;

export function newPattern(
  columns: number,
  modes: number,
  periodS: number,
  rows: readonly number[],
  hasForest = true,
): Pattern {
  const watched = new Uint8Array(columns);
  for (const row of rows) watched[row] = 1;
  const setup = { columns, modes, periodS, watched };
  return {
    planes: pca.create(setup, pca.usual),
    forest: hasForest ? forest.create(setup, forest.usual) : undefined,
    verdict: newVerdict(columns),
    planesS: new Float64Array(1).fill(Number.POSITIVE_INFINITY),
    forestS: new Float64Array(1).fill(Number.POSITIVE_INFINITY),
    aloneS: new Float64Array(1),
    ...{ ready: 0, level: 0, score: 0, column: -1 },
  };
}

/** Once a second. */
export function watchPattern(pattern: Pattern, view: View): void {
  const { verdict, planesS, forestS, aloneS } = pattern;
  pca.observe(pattern.planes, view, verdict);
  const says = verdict.levels[0]! > 0;
  planesS[0] = says ? 0 : planesS[0]! + view.dtS;
  if (says) aloneS[0] = Math.min(aloneMostS, aloneS[0]! + view.dtS);
  // Where it does not judge (a mode that it does not know, or has just come) it says nothing, and takes nothing back.
  else if (verdict.score > 0) aloneS[0] = Math.max(0, aloneS[0]! - view.dtS);
  if (view.mode >= 0) pattern.ready = verdict.readiness[0]!;
  let score = verdict.score;
  const row = mostOf(verdict);
  if (pattern.forest !== undefined) {
    forest.observe(pattern.forest, view, verdict);
    forestS[0] = verdict.levels[0]! > 0 ? 0 : forestS[0]! + view.dtS;
    score = Math.min(score, verdict.score);
  }
  const together = planesS[0]! <= togetherS && forestS[0]! <= togetherS;
  const alone = aloneS[0]! >= (pattern.level === 1 ? aloneBelowS : aloneFromS);
  pattern.level = together || alone ? 1 : 0;
  pattern.score = pattern.level === 1 ? Math.max(0.5, score) : Math.min(0.499, score);
  // Between two moments in which it spoke it was about what it was about.
  if (says || pattern.level === 0) pattern.column = row;
}

/** What it does now is as it should be: it is learnt anew. */
export function forgetPattern(pattern: Pattern): void {
  const { setup, watched } = pattern.planes;
  const hasForest = pattern.forest !== undefined;
  Object.assign(pattern, newPattern(setup.columns, setup.modes, setup.periodS, [...watched], hasForest));
}
