// What no single signal shows: two that look at all of them together, in a way of their own each, and speak only with one
// voice. Over seconds of one mode; what the twin predicts is not asked.
import { newVerdict, type Verdict, type View } from './detector.ts';
import { forest } from './forest.ts';
import type { ForestState } from './forest-state.ts';
import { pca } from './pca.ts';
import type { PcaState } from './pca-state.ts';

export interface Pattern {
  readonly planes: PcaState;
  readonly forest: ForestState;
  readonly verdict: Verdict;
  /** Of both: seconds since it spoke last. */
  readonly planesS: Float64Array;
  readonly forestS: Float64Array;
  level: number;
  score: number;
  column: number;
}

/** They need not speak in the same second. */
const togetherS = 5;

export function newPattern(
  columns: number,
  modes: number,
  periodS: number,
  rows: readonly number[],
): Pattern {
  const watched = new Uint8Array(columns);
  for (const row of rows) watched[row] = 1;
  const setup = { columns, modes, periodS, watched };
  return {
    planes: pca.create(setup, pca.usual),
    forest: forest.create(setup, forest.usual),
    verdict: newVerdict(columns),
    planesS: new Float64Array(1).fill(Number.POSITIVE_INFINITY),
    forestS: new Float64Array(1).fill(Number.POSITIVE_INFINITY),
    ...{ level: 0, score: 0, column: -1 },
  };
}

/** Once a second. */
export function watchPattern(pattern: Pattern, view: View): void {
  const { verdict, planesS, forestS } = pattern;
  pca.observe(pattern.planes, view, verdict);
  planesS[0] = verdict.levels[0]! > 0 ? 0 : planesS[0]! + view.dtS;
  let score = verdict.score;
  let row = -1;
  let most = 0;
  for (let column = 0; column < verdict.scores.length; column++) {
    if (verdict.scores[column]! <= most) continue;
    most = verdict.scores[column]!;
    row = column;
  }
  forest.observe(pattern.forest, view, verdict);
  forestS[0] = verdict.levels[0]! > 0 ? 0 : forestS[0]! + view.dtS;
  score = Math.min(score, verdict.score);
  pattern.level = planesS[0]! <= togetherS && forestS[0]! <= togetherS ? 1 : 0;
  pattern.score = pattern.level === 1 ? Math.max(0.5, score) : score;
  pattern.column = row;
}
