// Says when a value changes faster than it may: beyond configured bounds, or, where there are none, faster than it ever
// does in this mode. The change is taken over a while, so that noise is none.
import {
  type Chart,
  closeVerdict,
  endFinding,
  isBreak,
  isGap,
  isKnownMode,
  judgeColumn,
  newChart,
  newUsual,
  skipColumn,
  waitFor,
} from './chart.ts';
import { middleParts, recallChart, rememberChart } from './chart-memory.ts';
import type { Detector, Verdict, View } from './detector.ts';
import { type LearningOptions, learningS, usualLearning } from './learning.ts';
import { openMode } from './memory.ts';
import { forgetMiddle, learnMiddle, type Middle, newMiddle, settled, straying } from './middle.ts';
import { scoreOf } from './score.ts';
import { normalPower, sigmasBeyond } from './tail.ts';

export interface RateBound {
  readonly column: number;
  /** Of what is called too fast: a rise, a fall, or (absent) both. */
  readonly side?: 'rise' | 'fall' | undefined;
  /** In units a second, both positive. */
  readonly warning: number;
  readonly trip: number;
}

export interface RateOptions extends LearningOptions {
  /** A column has one at most; the last one counts. It needs nothing to learn. */
  readonly bounds: readonly RateBound[];
  /** False: only configured bounds are judged. */
  readonly learns: boolean;
  /** The change is taken over so long, or from one view to the next where that is longer. */
  readonly overS: number;
}

const reachMax = 64;
const swingsMin = 30;
/** Below this share of a configured bound it is over. */
const overAt = 0.9;

export interface RateState {
  readonly chart: Chart;
  readonly learns: boolean;
  /** Change is taken from so many views ago. */
  readonly reach: number;
  readonly limit: number;
  /** By column; NaN without one. `sides`: 1 rise, -1 fall, 0 both. */
  readonly warning: Float64Array;
  readonly trip: Float64Array;
  readonly sides: Int8Array;
  readonly byMode: (Middle | undefined)[];
  /** By view: its time; by view and column: its value. */
  readonly timeMs: Float64Array;
  readonly values: Float64Array;
  next: number;
  /** Views since the last gap, and since the last change of mode or gap. */
  unbroken: number;
  inMode: number;
}

export const rate: Detector<RateState, RateOptions> = {
  kind: 'rate',
  joint: false,
  about: 'a value that changes faster than it may or ever does',
  usual: { ...usualLearning, bounds: [], learns: true, overS: 1 },
  needsS: (setup, options) => (options.learns ? learningS(setup, options) : 0),
  create(setup, options) {
    const { columns, modes, periodS } = setup;
    const reach = Math.min(reachMax, Math.max(1, Math.round(options.overS / (periodS > 0 ? periodS : 1))));
    const chart = newChart(setup, options, normalPower, reach);
    const state: RateState = {
      ...{ chart, learns: options.learns, reach },
      limit: sigmasBeyond(1 / (2 * chart.learning.falseEvery)),
      warning: new Float64Array(columns).fill(Number.NaN),
      trip: new Float64Array(columns).fill(Number.NaN),
      sides: new Int8Array(columns),
      byMode: new Array<Middle | undefined>(Math.max(1, modes)).fill(undefined),
      timeMs: new Float64Array(reach),
      values: new Float64Array(reach * columns),
      ...{ next: 0, unbroken: 0, inMode: 0 },
    };
    for (const { column, side, warning, trip } of options.bounds) {
      if (!(column >= 0 && column < columns)) continue;
      state.warning[column] = Math.abs(warning);
      state.trip[column] = Math.abs(trip);
      state.sides[column] = side === 'rise' ? 1 : side === 'fall' ? -1 : 0;
    }
    return state;
  },
  observe(state, view, verdict) {
    openView(state, view);
    const { chart, reach, next, values } = state;
    const spanS = (view.timeMs - state.timeMs[next]!) / 1000;
    for (let c = 0; c < chart.columns; c++) {
      const at = next * chart.columns + c;
      const value = view.value[c]!;
      const change = state.unbroken >= reach && spanS > 0 ? (value - values[at]!) / spanS : Number.NaN;
      values[at] = value;
      const bounded = !Number.isNaN(state.warning[c]!);
      if (chart.watched[c] === 0 || !(bounded || state.learns)) skipColumn(verdict, c);
      else if (!Number.isFinite(change) || (!bounded && !isKnownMode(chart, view.mode)))
        waitFor(chart, view, verdict, c);
      else {
        chart.judged[c] = change;
        if (bounded) judgeBounded(state, verdict, c);
        else judgeLearnt(state, verdict, c);
      }
    }
    state.timeMs[next] = view.timeMs;
    state.next = (next + 1) % reach;
    state.unbroken++;
    state.inMode++;
    closeVerdict(verdict, chart.columns);
  },
  remember: ({ chart, byMode }) =>
    rememberChart(chart, (mode) => {
      const known = byMode[mode];
      return known && middleParts(known);
    }),
  recall({ chart, byMode }, memory) {
    recallChart(chart, memory, (mode) => middleParts(openMode(byMode, mode, () => newMiddle(chart.columns))));
  },
};

function openView(state: RateState, view: View): void {
  const { chart, byMode } = state;
  const { mode } = view;
  if (isBreak(chart, view)) state.inMode = 0;
  if (isGap(chart, view.dtS)) state.unbroken = 0;
  chart.mode = mode;
  if (!state.learns || !isKnownMode(chart, mode)) return;
  chart.usual[mode] ??= newUsual(chart.columns);
  byMode[mode] ??= newMiddle(chart.columns);
}

function judgeBounded(state: RateState, verdict: Verdict, c: number): void {
  const { chart, sides, warning, trip } = state;
  const change = chart.judged[c]!;
  const size = sides[c] === 0 ? Math.abs(change) : Math.max(0, change * sides[c]!);
  const was = chart.level[c]!;
  const isTrip = size >= trip[c]! || (was === 2 && size >= overAt * trip[c]!);
  const level = isTrip ? 2 : size >= warning[c]! || (was >= 1 && size >= overAt * warning[c]!) ? 1 : 0;
  const part = warning[c]! > 0 ? size / warning[c]! : size > 0 ? 1e6 : 0;
  const score = scoreOf(part);
  chart.missingS[c] = 0;
  chart.level[c] = level;
  chart.score[c] = level > 0 ? Math.max(0.5, score) : score;
  verdict.scores[c] = chart.score[c]!;
  verdict.levels[c] = level;
  verdict.values[c] = change;
  verdict.bounds[c] = (level === 2 ? trip[c]! : warning[c]!) * (change < 0 ? -1 : 1);
  verdict.readiness[c] = 1;
}

function judgeLearnt(state: RateState, verdict: Verdict, c: number): void {
  const { chart, reach, limit } = state;
  const change = chart.judged[c]!;
  if (state.inMode < reach) {
    // What has changed since is partly the change of the mode.
    endFinding(chart, c);
    waitFor(chart, { dtS: 0, mode: chart.mode }, verdict, c);
    return;
  }
  const middle = state.byMode[chart.mode]!;
  const ready = settled(middle, c, swingsMin);
  const away = ready < 1 ? Number.NaN : straying(middle, c, change);
  chart.ratio[c] = Math.abs(away) / limit;
  chart.prepared[c] = ready;
  const accepted = judgeColumn(chart, verdict, c);
  verdict.values[c] = change;
  verdict.bounds[c] = middle.sigma[c]! * limit * verdict.bounds[c]! * (away < 0 ? -1 : 1) + middle.median[c]!;
  if (accepted) forgetMiddle(middle, c);
  else if (chart.level[c] === 0) learnMiddle(middle, c, chart.judged, chart.learning);
}
