// Says when a signal that usually changes does not: the samples that come all have the same value for far longer than
// they do while the machine works in this mode. Sooner where the twin's prediction has moved and the samples have not.
// A value that is held because nothing comes is not stuck: that is silent.ts.
import type { Detector, DetectorSetup, Verdict, View } from './detector.ts';
import { countSize, forgetSizes, type Histogram, halveSizes, newHistogram } from './histogram.ts';
import { type Learning, type LearningOptions, learningS, newLearning, usualLearning } from './learning.ts';
import { keyOf, listOf, openMode, type Part, takeList } from './memory.ts';
import { scoreOf } from './score.ts';
import { normalPower, sizePassed } from './tail.ts';

export interface StuckOptions extends LearningOptions {
  /** It takes so many equal samples, whatever was learnt. */
  readonly samplesMin: number;
  /** The prediction has moved when the residual has, by at least so many sigmas. */
  readonly driftSigmas: number;
}

/** How often a value has to change until it is known how long it stays. */
const runsMin = 20;
/** And where the prediction moves away, so many equal samples suffice. */
const driftedSamplesMin = 5;
/** Twice as long as the longest time ever is never too soon. */
const longestTimes = 2;

/** What is usual in one mode, by column. */
export interface Runs {
  /** How long, in seconds, the stretches of equal values were in which the samples lay; and how far the residual went. */
  readonly lengths: Histogram;
  readonly drifts: Histogram;
  readonly longestS: Float64Array;
  readonly samples: Float64Array;
  readonly changes: Float64Array;
  readonly nextLook: Float64Array;
  /** For so long a value may stay, and so far a residual may go meanwhile. */
  readonly boundS: Float64Array;
  readonly driftBound: Float64Array;
}

export interface StuckState {
  readonly columns: number;
  readonly learning: Learning;
  readonly samplesMin: number;
  readonly driftSigmas: number;
  readonly watched: Uint8Array;
  readonly byMode: (Runs | undefined)[];
  /** By column: the stretch of equal samples that is under way. */
  readonly same: Float64Array;
  readonly count: Float64Array;
  readonly sinceMs: Float64Array;
  readonly lengthS: Float64Array;
  readonly residual: Float64Array;
  readonly drift: Float64Array;
  readonly strange: Float64Array;
  readonly level: Uint8Array;
  readonly score: Float64Array;
  mode: number;
}

export const stuck: Detector<StuckState, StuckOptions> = {
  kind: 'stuck',
  joint: false,
  about: 'samples that come and never change, though they used to',
  usual: { ...usualLearning, samplesMin: 20, driftSigmas: 6 },
  needsS: learningS,
  create: newState,
  observe(state, view, verdict) {
    const { byMode, columns, watched } = state;
    const { mode } = view;
    if (mode !== state.mode) {
      // How long it stayed in another mode says nothing of this one.
      state.count.fill(0);
      state.level.fill(0);
      state.score.fill(0);
      state.mode = mode;
    }
    const known = mode >= 0 && mode < byMode.length;
    if (known) byMode[mode] ??= newRuns(columns, state.driftSigmas);
    verdict.score = 0;
    for (let c = 0; c < columns; c++) {
      const runs = known && watched[c] !== 0 ? byMode[mode] : undefined;
      if (runs !== undefined && !Number.isNaN(view.last[c]!)) take(state, runs, view, c);
      tell(state, runs, verdict, c);
    }
  },
  remember({ byMode, columns, learning }) {
    const memory: Record<string, number[]> = {};
    byMode.forEach((runs, mode) => {
      if (runs === undefined) return;
      const parts = partsOf(runs);
      for (let c = 0; c < columns; c++) {
        const list = readinessOf(learning, runs, c) < 1 ? undefined : listOf(parts, c);
        if (list !== undefined) memory[keyOf(mode, c)] = list;
      }
    });
    return memory;
  },
  recall({ byMode, columns, driftSigmas }, memory) {
    byMode.forEach((_, mode) => {
      for (let c = 0; c < columns; c++) {
        const list = memory[keyOf(mode, c)];
        if (list === undefined) continue;
        takeList(partsOf(openMode(byMode, mode, () => newRuns(columns, driftSigmas))), c, list);
      }
    });
  },
};

function newState(setup: DetectorSetup, options: StuckOptions): StuckState {
  const { columns, modes, watched } = setup;
  const of = () => new Float64Array(columns);
  return {
    columns,
    learning: newLearning(setup, options),
    samplesMin: options.samplesMin,
    driftSigmas: options.driftSigmas,
    watched: watched === undefined ? new Uint8Array(columns).fill(1) : Uint8Array.from(watched),
    byMode: new Array<Runs | undefined>(Math.max(1, modes)).fill(undefined),
    ...{ same: of(), count: of(), sinceMs: of(), lengthS: of() },
    ...{ residual: of().fill(Number.NaN), drift: of(), strange: of() },
    level: new Uint8Array(columns),
    score: of(),
    mode: -1,
  };
}

function newRuns(columns: number, driftSigmas: number): Runs {
  const of = () => new Float64Array(columns);
  return {
    ...{ lengths: newHistogram(columns), drifts: newHistogram(columns) },
    ...{ longestS: of(), samples: of(), changes: of(), nextLook: of().fill(2 * runsMin) },
    ...{ boundS: of(), driftBound: of().fill(driftSigmas) },
  };
}

const partsOf = (runs: Runs): Part[] => [
  { sizes: runs.lengths },
  { sizes: runs.drifts },
  ...[runs.longestS, runs.samples, runs.changes, runs.nextLook, runs.boundS, runs.driftBound].map(
    (numbers) => ({
      numbers,
      each: 1,
    }),
  ),
];

function readinessOf({ needViews }: Learning, { samples, changes }: Runs, c: number): number {
  return Math.min(1, samples[c]! / needViews, changes[c]! / runsMin);
}

/** A sample has come. */
function take(state: StuckState, runs: Runs, view: View, c: number): void {
  const { same, count, sinceMs, lengthS, residual, drift } = state;
  const value = view.last[c]!;
  if (count[c] === 0 || value !== same[c]) {
    if (count[c]! > 0) endRun(state, runs, c);
    same[c] = value;
    count[c] = 1;
    sinceMs[c] = view.timeMs;
    lengthS[c] = 0;
    residual[c] = view.residual[c]!;
    drift[c] = 0;
    return;
  }
  count[c] = count[c]! + 1;
  lengthS[c] = (view.timeMs - sinceMs[c]!) / 1000;
  const gone = Math.abs(view.residual[c]! - residual[c]!);
  if (Number.isNaN(residual[c]!)) residual[c] = view.residual[c]!;
  else if (gone > drift[c]!) drift[c] = gone;
}

/** Only a stretch that has ended is learnt from: one that does not end must not move its own bound. */
function endRun(state: StuckState, runs: Runs, c: number): void {
  const { count, lengthS, drift, level, learning } = state;
  // What was stuck and moves again: it was no usual stretch.
  if (level[c] !== 0) return;
  const { lengths, drifts, longestS, samples, changes, nextLook } = runs;
  countSize(lengths, c, lengthS[c]!, count[c]!);
  countSize(drifts, c, drift[c]!, count[c]!);
  longestS[c] = Math.max(longestS[c]!, lengthS[c]!);
  samples[c] = samples[c]! + count[c]!;
  changes[c] = changes[c]! + 1;
  if (changes[c]! < nextLook[c]! && readinessOf(learning, runs, c) >= 1 && runs.boundS[c]! > 0) return;
  look(state, runs, c);
}

function look({ learning, driftSigmas }: StuckState, runs: Runs, c: number): void {
  const { lengths, drifts, longestS, samples, changes, nextLook, boundS, driftBound } = runs;
  if (changes[c]! < runsMin) return;
  // The samples of one stretch tell as one.
  const alike = Math.max(1, lengths.total[c]! / changes[c]!);
  const p = Math.min(0.5, alike / learning.falseEvery);
  const least = longestTimes * longestS[c]!;
  boundS[c] = Math.max(Number.MIN_VALUE, least, sizePassed(lengths, c, p, normalPower, alike));
  driftBound[c] = Math.max(driftSigmas, sizePassed(drifts, c, p, normalPower, alike));
  if (samples[c]! > learning.memoryViews) {
    halveSizes(lengths, c);
    halveSizes(drifts, c);
    samples[c] = Math.max(learning.needViews, samples[c]! / 2);
    changes[c] = Math.max(runsMin, changes[c]! / 2);
    longestS[c] = longestS[c]! * 0.9;
  }
  nextLook[c] = changes[c]! + Math.min(256 + (c & 63), Math.max(runsMin, changes[c]! / 2));
}

function tell(state: StuckState, runs: Runs | undefined, verdict: Verdict, c: number): void {
  const { count, lengthS, drift, level, score, strange, learning, samplesMin } = state;
  const ready = runs === undefined ? 0 : readinessOf(learning, runs, c);
  if (runs === undefined || ready < 1) {
    level[c] = 0;
    score[c] = 0;
  } else {
    const stays = Math.min(count[c]! / samplesMin, lengthS[c]! / runs.boundS[c]!);
    const moved = Math.min(count[c]! / driftedSamplesMin, drift[c]! / runs.driftBound[c]!);
    const part = count[c]! > 1 ? Math.max(stays, moved) : 0;
    level[c] = part >= 1 ? 1 : 0;
    score[c] = scoreOf(part);
    strange[c] = level[c] === 1 ? strange[c]! + 1 : 0;
    if (strange[c]! >= learning.acceptViews) forget(state, runs, c);
  }
  verdict.readiness[c] = ready;
  verdict.levels[c] = level[c]!;
  verdict.scores[c] = score[c]!;
  verdict.values[c] = ready < 1 ? Number.NaN : lengthS[c]!;
  verdict.bounds[c] = ready < 1 ? Number.NaN : runs!.boundS[c]!;
  if (score[c]! > verdict.score) verdict.score = score[c]!;
}

function forget({ strange, count, level, score, driftSigmas }: StuckState, runs: Runs, c: number): void {
  forgetSizes(runs.lengths, c);
  forgetSizes(runs.drifts, c);
  for (const each of [runs.longestS, runs.samples, runs.changes, runs.boundS]) each[c] = 0;
  runs.nextLook[c] = 2 * runsMin;
  runs.driftBound[c] = driftSigmas;
  for (const each of [strange, count, level, score]) each[c] = 0;
}
