// What the charts (cusum, ewma, robust-z, change-point) have in common. Each works out by how much of its bound its
// statistic is; here that is measured against how far it came in normal running, becomes a score and a level with
// hysteresis, and what lasts is accepted as the new normal. By column and mode.
import type { DetectorSetup, Verdict, View } from './detector.ts';
import { countSize, enough, forgetSizes, type Histogram, halveSizes, newHistogram } from './histogram.ts';
import { type Learning, type LearningOptions, newLearning } from './learning.ts';
import { scoreOf } from './score.ts';
import { sizePassed } from './tail.ts';

/** Below this share of its bound a finding is over. */
const overAt = 0.7;
/** A pause of so many periods is a gap: what came before says nothing about what comes after. */
const gapPeriods = 5;
/** So long a value that does not come leaves a finding as it is: in seconds, and in periods. */
const heldS = 60;
const heldPeriods = 20;
const ratioMax = 1e6;
const lookFirst = 64;
const lookEvery = 256;

/** What ratios were usual, in one mode. */
export interface Usual {
  readonly ratios: Histogram;
  /** The bound is widened by this, at least 1: it is passed as rarely as it is to be. */
  readonly widened: Float64Array;
  readonly seen: Float64Array;
  readonly nextLook: Float64Array;
}

export interface Chart {
  readonly columns: number;
  readonly periodS: number;
  readonly learning: Learning;
  /** Power of its tail, and how many views in a row tell as one; see tail.ts. */
  readonly power: number;
  readonly alike: number;
  readonly watched: Uint8Array;
  /** By column: 1 once there was a residual; then it is judged, and never the value. */
  readonly twinned: Uint8Array;
  readonly missingS: Float64Array;
  /**
   * Handed on by column, as a number that a function takes or gives is made anew each time: what is judged (NaN: has not
   * come); the statistic over its bound (NaN: not known); and how much of what it needs beside views it has.
   */
  readonly judged: Float64Array;
  readonly ratio: Float64Array;
  readonly prepared: Float64Array;
  readonly level: Uint8Array;
  readonly score: Float64Array;
  readonly strange: Float64Array;
  /** By mode, once it has been seen. */
  readonly usual: (Usual | undefined)[];
  mode: number;
}

export function newChart(
  setup: DetectorSetup,
  options: LearningOptions,
  power: number,
  alike: number,
): Chart {
  const { columns, modes, watched } = setup;
  return {
    columns,
    periodS: setup.periodS > 0 ? setup.periodS : 1,
    learning: newLearning(setup, options),
    ...{ power, alike },
    watched: watched === undefined ? new Uint8Array(columns).fill(1) : Uint8Array.from(watched),
    twinned: new Uint8Array(columns),
    missingS: new Float64Array(columns),
    judged: new Float64Array(columns),
    ratio: new Float64Array(columns),
    prepared: new Float64Array(columns).fill(1),
    level: new Uint8Array(columns),
    score: new Float64Array(columns),
    strange: new Float64Array(columns),
    usual: new Array<Usual | undefined>(Math.max(1, modes)).fill(undefined),
    mode: -1,
  };
}

export function newUsual(columns: number): Usual {
  return {
    ratios: newHistogram(columns),
    widened: new Float64Array(columns).fill(1),
    seen: new Float64Array(columns),
    nextLook: new Float64Array(columns).fill(lookFirst),
  };
}

export function isGap(chart: Chart, dtS: number): boolean {
  return !(dtS <= gapPeriods * chart.periodS);
}

/** What came before this view does not lead to it: another mode, or a gap. */
export function isBreak(chart: Chart, { mode, dtS }: View): boolean {
  return mode !== chart.mode || isGap(chart, dtS);
}

export function isKnownMode({ usual }: Chart, mode: number): boolean {
  return mode >= 0 && mode < usual.length;
}

/** Takes the number to be judged into `judged`; false where there is none. */
export function takeJudged({ twinned, judged }: Chart, view: View, column: number): boolean {
  const value = twinned[column] === 1 ? view.residual[column]! : view.value[column]!;
  judged[column] = value;
  return value - value === 0;
}

/** True for a column that from now on is judged by its residual, so that all it knows is about something else. */
export function turnsTwinned({ twinned }: Chart, view: View, column: number): boolean {
  if (twinned[column] === 1 || Number.isNaN(view.residual[column]!)) return false;
  if (!Number.isFinite(view.residual[column]!)) return false;
  twinned[column] = 1;
  return true;
}

export function skipColumn(verdict: Verdict, column: number): void {
  verdict.scores[column] = 0;
  verdict.levels[column] = 0;
  verdict.values[column] = Number.NaN;
  verdict.bounds[column] = Number.NaN;
  verdict.readiness[column] = 0;
}

/** Nothing has come: the finding stays as it is for a while, and then nobody knows. */
export function waitFor(
  chart: Chart,
  view: Pick<View, 'dtS' | 'mode'>,
  verdict: Verdict,
  column: number,
): void {
  const waitedS = chart.missingS[column]! + view.dtS;
  chart.missingS[column] = waitedS;
  if (waitedS > Math.max(heldS, heldPeriods * chart.periodS)) endFinding(chart, column);
  verdict.scores[column] = chart.score[column]!;
  verdict.levels[column] = chart.level[column]!;
  verdict.values[column] = Number.NaN;
  verdict.bounds[column] = Number.NaN;
  const usual = isKnownMode(chart, view.mode) ? chart.usual[view.mode] : undefined;
  verdict.readiness[column] = usual === undefined ? 0 : readiness(chart, usual, column);
}

export function endFinding(chart: Chart, column: number): void {
  chart.level[column] = 0;
  chart.score[column] = 0;
}

function readiness({ learning }: Chart, { seen }: Usual, column: number): number {
  return seen[column]! >= learning.needViews ? 1 : seen[column]! / learning.needViews;
}

/**
 * From `ratio` and `prepared`: fills the column's part of the verdict but for `values`. True when what has lasted is
 * accepted: the detector then forgets the column in this mode.
 */
export function judgeColumn(chart: Chart, verdict: Verdict, column: number): boolean {
  const ratio = chart.ratio[column]!;
  const prepared = chart.prepared[column]!;
  const usual = chart.usual[chart.mode]!;
  chart.missingS[column] = 0;
  const watched = readiness(chart, usual, column);
  const ready = watched < prepared ? watched : prepared;
  const widened = usual.widened[column]!;
  const part = Number.isNaN(ratio) ? 0 : ratio / widened;
  let level = 0;
  let score = 0;
  if (ready >= 1) {
    score = scoreOf(part);
    if (part >= 1 || (part >= overAt && chart.level[column]! > 0)) level = 1;
    if (level === 1 && score < 0.5) score = 0.5;
  }
  chart.level[column] = level;
  chart.score[column] = score;
  verdict.scores[column] = score;
  verdict.levels[column] = level;
  verdict.bounds[column] = widened;
  verdict.readiness[column] = ready;
  const strange = chart.strange[column]!;
  if (level === 0) {
    if (!Number.isNaN(ratio)) learnUsual(chart, usual, column);
    if (strange > 0) chart.strange[column] = strange - 1;
    return false;
  }
  chart.strange[column] = strange + 1;
  if (strange + 1 < chart.learning.acceptViews) return false;
  forgetUsual(usual, column);
  chart.strange[column] = 0;
  return true;
}

function learnUsual(chart: Chart, usual: Usual, column: number): void {
  const { ratios, widened, seen, nextLook } = usual;
  const { learning, power, alike } = chart;
  const turn = seen[column]! + 1;
  seen[column] = turn;
  if (ratios.total[column]! < enough || ((turn + column) & 3) === 0) {
    const ratio = chart.ratio[column]!;
    countSize(ratios, column, ratio < ratioMax ? ratio : ratioMax);
  }
  if (turn < nextLook[column]! && turn !== learning.needViews) return;
  const p = Math.min(0.5, alike / learning.falseEvery);
  widened[column] = Math.max(1, sizePassed(ratios, column, p, power, alike));
  if (turn > learning.memoryViews) {
    halveSizes(ratios, column);
    seen[column] = Math.max(learning.needViews, Math.floor(turn / 2));
  }
  nextLook[column] = seen[column]! + Math.min(lookEvery + (column & 63), seen[column]!);
}

export function forgetUsual({ ratios, widened, seen, nextLook }: Usual, column: number): void {
  forgetSizes(ratios, column);
  widened[column] = 1;
  seen[column] = 0;
  nextLook[column] = lookFirst;
}

/** The verdict as a whole, when all columns have been judged. */
export function closeVerdict(verdict: Verdict, columns: number): void {
  let most = 0;
  for (let c = 0; c < columns; c++) if (verdict.scores[c]! > most) most = verdict.scores[c]!;
  verdict.score = most;
}
