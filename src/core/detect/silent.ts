// Says when a signal no longer comes: its newest sample is far older than it ever gets while the machine is in this
// mode. Learns the interval of its samples, jitter included; of a signal that is only told when it changes it says
// nothing, as its silence means nothing.
import type { Detector, DetectorSetup, Verdict, View } from './detector.ts';
import { countSize, forgetSizes, type Histogram, halveSizes, newHistogram } from './histogram.ts';
import { type Learning, type LearningOptions, learningS, newLearning, usualLearning } from './learning.ts';
import { keyOf, listOf, openMode, type Part, takeList } from './memory.ts';
import { scoreOf } from './score.ts';
import { normalPower, sizePassed } from './tail.ts';

export interface SilentOptions extends LearningOptions {
  /** Nothing shorter is a silence. */
  readonly leastS: number;
  /** Intervals that have to be seen. */
  readonly intervalsMin: number;
}

/** Nothing shorter than so many mean intervals is a silence, and twice the longest that was ever usual is none too soon. */
const meansMin = 5;
const longestTimes = 2;
/** Deviation over mean: chance arrivals have 1, bursts more. Such a signal is told when it changes. */
const irregularMin = 2;
/** A single pause counts for no more than so many means. */
const pauseMax = 50;
const lookEvery = 128;
/** A pause of all views: nobody watched. */
const gapPeriods = 5;

/** What is usual in one mode, by column. */
export interface Intervals {
  readonly lengths: Histogram;
  /** Of the intervals, in seconds: how many, their sum, and that of their squares. */
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly square: Float64Array;
  readonly longestS: Float64Array;
  /** Views in which it was watched. */
  readonly seen: Float64Array;
  readonly nextLook: Float64Array;
  /** It may be so old; Infinity for one of which silence means nothing. */
  readonly boundS: Float64Array;
}

export interface SilentState {
  readonly columns: number;
  readonly learning: Learning;
  readonly periodS: number;
  readonly leastS: number;
  readonly intervalsMin: number;
  readonly watched: Uint8Array;
  /** The last one for when nobody knows the mode. */
  readonly byMode: (Intervals | undefined)[];
  /** By column: the time of the newest sample, NaN before the first; whether it came in this mode. */
  readonly newestMs: Float64Array;
  readonly inMode: Uint8Array;
  readonly level: Uint8Array;
  readonly strange: Float64Array;
  mode: number;
  modeSinceMs: number;
}

export const silent: Detector<SilentState, SilentOptions> = {
  kind: 'silent',
  joint: false,
  about: 'a signal that no longer comes',
  usual: { ...usualLearning, leastS: 2, intervalsMin: 30 },
  needsS: learningS,
  create: newState,
  observe(state, view, verdict) {
    const { byMode, columns, watched } = state;
    const slot = view.mode >= 0 && view.mode < byMode.length - 1 ? view.mode : byMode.length - 1;
    const gap = !(view.dtS <= gapPeriods * state.periodS);
    if (slot !== state.mode || gap) {
      state.mode = slot;
      state.modeSinceMs = view.timeMs;
      state.inMode.fill(0);
    }
    byMode[slot] ??= newIntervals(columns);
    const intervals = byMode[slot];
    verdict.score = 0;
    for (let c = 0; c < columns; c++) {
      if (watched[c] !== 0) {
        take(state, intervals, view, c);
        tell(state, intervals, view, verdict, c);
      } else skip(verdict, c);
    }
  },
  remember({ byMode, columns, learning, intervalsMin }) {
    const memory: Record<string, number[]> = {};
    byMode.forEach((known, mode) => {
      if (known === undefined) return;
      const parts = partsOf(known);
      for (let c = 0; c < columns; c++) {
        if (readinessOf(learning, intervalsMin, known, c) < 1) continue;
        const list = listOf(parts, c);
        if (list !== undefined) memory[keyOf(mode, c)] = list;
      }
    });
    return memory;
  },
  recall(state, memory) {
    const { byMode, columns } = state;
    byMode.forEach((_, mode) => {
      for (let c = 0; c < columns; c++) {
        const list = memory[keyOf(mode, c)];
        if (list === undefined) continue;
        const known = openMode(byMode, mode, () => newIntervals(columns));
        if (takeList(partsOf(known), c, list)) look(state, known, c);
      }
    });
  },
};

function newState(setup: DetectorSetup, options: SilentOptions): SilentState {
  const { columns, modes, watched, periodS } = setup;
  return {
    columns,
    learning: newLearning(setup, options),
    periodS: periodS > 0 ? periodS : 1,
    leastS: options.leastS,
    intervalsMin: options.intervalsMin,
    watched: watched === undefined ? new Uint8Array(columns).fill(1) : Uint8Array.from(watched),
    byMode: new Array<Intervals | undefined>(Math.max(1, modes) + 1).fill(undefined),
    newestMs: new Float64Array(columns).fill(Number.NaN),
    inMode: new Uint8Array(columns),
    level: new Uint8Array(columns),
    strange: new Float64Array(columns),
    mode: -1,
    modeSinceMs: 0,
  };
}

function newIntervals(columns: number): Intervals {
  const of = () => new Float64Array(columns);
  return {
    ...{ lengths: newHistogram(columns), count: of(), sum: of(), square: of(), longestS: of(), seen: of() },
    nextLook: of().fill(lookEvery),
    boundS: of().fill(Number.POSITIVE_INFINITY),
  };
}

/** Without the bound, which follows from the others and may be infinite. */
const partsOf = (known: Intervals): Part[] => [
  { sizes: known.lengths },
  ...[known.count, known.sum, known.square, known.longestS, known.seen, known.nextLook].map((numbers) => ({
    numbers,
    each: 1,
  })),
];

function readinessOf(
  { needViews }: Learning,
  intervalsMin: number,
  { seen, count }: Intervals,
  c: number,
): number {
  return Math.min(1, seen[c]! / needViews, count[c]! / intervalsMin);
}

/** Whether a sample has come, and after how long. */
function take(state: SilentState, known: Intervals, { timeMs, ageS }: View, c: number): void {
  const { newestMs, inMode, level, learning } = state;
  const { seen, nextLook } = known;
  const age = ageS[c]!;
  if (Number.isFinite(age)) {
    const newest = timeMs - age * 1000;
    const before = newestMs[c]!;
    // Ages are worked out anew each time, and rounded.
    if (!(newest - before < 0.5)) {
      if (inMode[c] === 1 && level[c] === 0) learn(known, (newest - before) / 1000, c);
      newestMs[c] = newest;
      inMode[c] = 1;
    }
  }
  if (level[c] !== 0) return;
  seen[c] = seen[c]! + 1;
  if (seen[c]! >= nextLook[c]! || seen[c] === learning.needViews) look(state, known, c);
}

function learn({ lengths, count, sum, square, longestS }: Intervals, intervalS: number, c: number): void {
  const n = count[c]!;
  const most = n < 10 ? intervalS : (pauseMax * sum[c]!) / n;
  const counted = Math.min(intervalS, most);
  countSize(lengths, c, intervalS);
  count[c] = n + 1;
  sum[c] = sum[c]! + counted;
  square[c] = square[c]! + counted * counted;
  if (counted > longestS[c]!) longestS[c] = counted;
}

function look({ learning, leastS, periodS }: SilentState, known: Intervals, c: number): void {
  const { lengths, count, sum, square, longestS, seen, nextLook, boundS } = known;
  nextLook[c] = seen[c]! + lookEvery + (c & 31);
  const n = count[c]!;
  if (n < 2) return;
  const mean = sum[c]! / n;
  const deviation = Math.sqrt(Math.max(0, square[c]! / n - mean * mean));
  // As often as a view, for the judgement is made at each.
  const p = Math.min(0.5, mean / periodS / learning.falseEvery);
  const usual = sizePassed(lengths, c, p, normalPower);
  boundS[c] =
    deviation > irregularMin * mean
      ? Number.POSITIVE_INFINITY
      : Math.max(leastS, meansMin * mean, 3 * periodS, longestTimes * longestS[c]!, usual);
  if (seen[c]! < learning.memoryViews) return;
  halveSizes(lengths, c);
  for (const each of [seen, count, sum, square]) each[c] = each[c]! / 2;
  seen[c] = Math.max(learning.needViews, seen[c]!);
  longestS[c] = longestS[c]! * 0.9;
  nextLook[c] = seen[c]! + lookEvery;
}

function tell(state: SilentState, known: Intervals, view: View, verdict: Verdict, c: number): void {
  const { level, strange, learning, intervalsMin } = state;
  const ready = readinessOf(learning, intervalsMin, known, c);
  // What went by in another mode, or while nobody watched, does not count.
  const age = Math.min(view.ageS[c]!, (view.timeMs - state.modeSinceMs) / 1000);
  const bound = known.boundS[c]!;
  const part = ready >= 1 && bound < Number.POSITIVE_INFINITY ? age / bound : 0;
  level[c] = part >= 1 ? 1 : 0;
  strange[c] = level[c] === 1 ? strange[c]! + 1 : 0;
  if (strange[c]! >= learning.acceptViews) forget(state, known, c);
  const score = scoreOf(part);
  verdict.readiness[c] = ready;
  verdict.levels[c] = level[c]!;
  verdict.scores[c] = score;
  verdict.values[c] = part > 0 ? age : Number.NaN;
  verdict.bounds[c] = part > 0 ? bound : Number.NaN;
  if (score > verdict.score) verdict.score = score;
}

function skip(verdict: Verdict, c: number): void {
  verdict.scores[c] = 0;
  verdict.levels[c] = 0;
  verdict.values[c] = Number.NaN;
  verdict.bounds[c] = Number.NaN;
  verdict.readiness[c] = 0;
}

function forget({ strange, level }: SilentState, known: Intervals, c: number): void {
  forgetSizes(known.lengths, c);
  for (const each of [known.count, known.sum, known.square, known.longestS, known.seen]) each[c] = 0;
  known.nextLook[c] = lookEvery;
  known.boundS[c] = Number.POSITIVE_INFINITY;
  strange[c] = 0;
  level[c] = 0;
}
