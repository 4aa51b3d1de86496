// Smooths a value about its middle and says when the smoothed one is out: EWMA control chart, with limits as wide as the
// correlation of neighbouring values makes them. Silent of what swings too slowly for its middle to be known.
import {
  type Chart,
  closeVerdict,
  forgetUsual,
  isBreak,
  isKnownMode,
  judgeColumn,
  newChart,
  newUsual,
  skipColumn,
  takeJudged,
  turnsTwinned,
  waitFor,
} from './chart.ts';
import { middleParts, recallChart, rememberChart } from './chart-memory.ts';
import type { Detector, Verdict } from './detector.ts';
import { type LearningOptions, learningS, usualLearning } from './learning.ts';
import { openMode, type Part } from './memory.ts';
import { forgetMiddle, learnMiddle, type Middle, newMiddle, settled, straying } from './middle.ts';
import { normalPower, sigmasBeyond } from './tail.ts';

export interface EwmaOptions extends LearningOptions {
  /** How much of the newest value is taken: 0.03 smooths over some seventy views. */
  readonly share: number;
}

/** One absurd value moves it by no more than this many sigmas. */
const sigmasMax = 8;
const swingsMin = 30;
/** The correlation is known from so many pairs, and not moved by pairs that are out. */
const pairsMax = 4096;
const pairsEvery = 64;
const pairSigmas = 4;
const correlationMax = 0.9995;

/** In one mode. */
export interface Smoothing {
  readonly middle: Middle;
  /** Mean of the square, and of the product of neighbours, in square sigmas; of so many. */
  readonly square: Float64Array;
  readonly product: Float64Array;
  readonly pairs: Float64Array;
  /** One sigma of the smoothed value, in sigmas of the value. */
  readonly wide: Float64Array;
}

export interface EwmaState {
  readonly chart: Chart;
  readonly share: number;
  /** In sigmas of white numbers. */
  readonly limit: number;
  readonly byMode: (Smoothing | undefined)[];
  readonly smooth: Float64Array;
  readonly before: Float64Array;
}

function newSmoothing(columns: number, share: number): Smoothing {
  const of = () => new Float64Array(columns);
  const wide = of().fill(whiteSigma(share));
  return { middle: newMiddle(columns), square: of(), product: of(), pairs: of(), wide };
}

export const ewma: Detector<EwmaState, EwmaOptions> = {
  kind: 'ewma',
  joint: false,
  about: 'a level that is no longer where it usually is',
  usual: { ...usualLearning, share: 0.03 },
  needsS: learningS,
  create(setup, options) {
    const share = Math.min(1, Math.max(1e-4, options.share));
    const chart = newChart(setup, options, normalPower, 2 / share);
    return {
      ...{ chart, share, limit: sigmasBeyond(1 / (2 * chart.learning.falseEvery)) },
      byMode: new Array<Smoothing | undefined>(Math.max(1, setup.modes)).fill(undefined),
      smooth: new Float64Array(setup.columns),
      before: new Float64Array(setup.columns).fill(Number.NaN),
    };
  },
  observe(state, view, verdict) {
    const { chart, byMode, share } = state;
    const { mode } = view;
    if (isBreak(chart, view)) {
      state.smooth.fill(0);
      state.before.fill(Number.NaN);
    }
    chart.mode = mode;
    const known = isKnownMode(chart, mode);
    if (known) {
      chart.usual[mode] ??= newUsual(chart.columns);
      byMode[mode] ??= newSmoothing(chart.columns, share);
    }
    for (let c = 0; c < chart.columns; c++) {
      if (chart.watched[c] === 0) {
        skipColumn(verdict, c);
        continue;
      }
      if (turnsTwinned(chart, view, c)) forgetAll(state, c);
      if (known && takeJudged(chart, view, c)) judge(state, verdict, c);
      else waitFor(chart, view, verdict, c);
    }
    closeVerdict(verdict, chart.columns);
  },
  remember: ({ chart, byMode }) =>
    rememberChart(chart, (mode) => {
      const known = byMode[mode];
      return known && partsOf(known);
    }),
  recall({ chart, byMode, share }, memory) {
    recallChart(chart, memory, (mode) =>
      partsOf(openMode(byMode, mode, () => newSmoothing(chart.columns, share))),
    );
  },
};

const partsOf = ({ middle, square, product, pairs, wide }: Smoothing): Part[] => [
  ...middleParts(middle),
  ...[square, product, pairs, wide].map((numbers) => ({ numbers, each: 1 })),
];

function judge(state: EwmaState, verdict: Verdict, c: number): void {
  const { chart, share, limit, smooth, before } = state;
  const known = state.byMode[chart.mode]!;
  const away = straying(known.middle, c, chart.judged[c]!);
  const isOut = Number.isNaN(away);
  if (!isOut) {
    const step = away > sigmasMax ? sigmasMax : away < -sigmasMax ? -sigmasMax : away;
    smooth[c] = smooth[c]! + share * (step - smooth[c]!);
  }
  const wide = limit * known.wide[c]!;
  const ready = settled(known.middle, c, swingsMin);
  // Before the middle is known what strays from it is not learnt as usual either.
  chart.ratio[c] = isOut || ready < 1 ? Number.NaN : Math.abs(smooth[c]!) / wide;
  chart.prepared[c] = ready;
  const accepted = judgeColumn(chart, verdict, c);
  verdict.values[c] = smooth[c]!;
  verdict.bounds[c] = verdict.bounds[c]! * wide;
  if (chart.level[c] === 0) {
    learnMiddle(known.middle, c, chart.judged, chart.learning);
    if (ready > 0) learnPair(known, c, away, before[c]!, share);
  }
  before[c] = away;
  if (accepted) forget(known, c, share);
}

function learnPair(known: Smoothing, c: number, now: number, before: number, share: number): void {
  const { square, product, pairs } = known;
  if (!(Math.abs(now) <= pairSigmas) || !(Math.abs(before) <= pairSigmas)) return;
  const count = pairs[c]! + 1;
  pairs[c] = count === 2 * pairsMax ? pairsMax : count;
  const n = Math.min(pairsMax, count);
  square[c] = square[c]! + ((now * now + before * before) / 2 - square[c]!) / n;
  product[c] = product[c]! + (now * before - product[c]!) / n;
  if ((count & (pairsEvery - 1)) === 0)
    known.wide[c] = whiteSigma(share) * Math.sqrt(correlated(known, c, share));
}

/** Of the smoothed value, were neighbours not correlated. */
function whiteSigma(share: number): number {
  return Math.sqrt(share / (2 - share));
}

/** Schmid: by how much the variance of the smoothed value is larger for the correlation of neighbours. */
function correlated({ square, product, pairs }: Smoothing, c: number, share: number): number {
  if (pairs[c]! < 2 || !(square[c]! > 0)) return 1;
  const phi = Math.min(correlationMax, Math.max(0, product[c]! / square[c]!)) * (1 - share);
  return ((1 + phi) / (1 - phi)) * Math.max(1, square[c]!);
}

function forget({ middle, square, product, pairs, wide }: Smoothing, c: number, share: number): void {
  forgetMiddle(middle, c);
  for (const each of [square, product, pairs]) each[c] = 0;
  wide[c] = whiteSigma(share);
}

function forgetAll({ chart, byMode, share, smooth, before }: EwmaState, c: number): void {
  for (const known of byMode) if (known) forget(known, c, share);
  for (const usual of chart.usual) if (usual) forgetUsual(usual, c);
  smooth[c] = 0;
  before[c] = Number.NaN;
}
