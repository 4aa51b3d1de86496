// Sums up what is new until a small shift that lasts is beyond doubt: two-sided CUSUM of the innovations of the
// residual, or of the value where there is no twin. Never of the raw number: what is correlated in time is whitened.
import { type Chart, judgeColumn, newChart } from './chart.ts';
import type { Detector, Verdict } from './detector.ts';
import { type LearningOptions, learningS, usualLearning } from './learning.ts';
import { forgetNovelty, type Novelty, newNovelty } from './novelty.ts';
import { noveltyMemory, observeNovelty } from './novelty-chart.ts';

export interface CusumOptions extends LearningOptions {
  /** The shift, in sigmas of what is new, that it is to see soonest; half of it is the slack. */
  readonly shiftSigmas: number;
}

export interface CusumState {
  readonly chart: Chart;
  readonly novelty: Novelty;
  readonly slack: number;
  readonly decision: number;
  readonly up: Float64Array;
  readonly down: Float64Array;
}

/** A single value, however absurd, is no shift. */
const sigmasMax = 4;
/** Beyond so many decisions nothing is added, so that it comes back in time. */
const fullAt = 2;
/** A sum that has come near its decision has been under way for so many views. */
const alike = 20;
/** The tail of a sum with a slack is exponential. */
const power = 1;

export const cusum: Detector<CusumState, CusumOptions> = {
  kind: 'cusum',
  joint: false,
  about: 'a small shift or a drift that lasts',
  usual: { ...usualLearning, shiftSigmas: 1 },
  needsS: learningS,
  create(setup, options) {
    const chart = newChart(setup, options, power, alike);
    const slack = options.shiftSigmas / 2;
    const decision = decisionOf(slack, chart.learning.falseEvery);
    const of = () => new Float64Array(setup.columns);
    return { chart, novelty: newNovelty(setup), slack, decision, up: of(), down: of() };
  },
  observe: (state, view, verdict) => observeNovelty(state, view, verdict, judge),
  ...noveltyMemory,
};

function judge(state: CusumState, verdict: Verdict, c: number): void {
  const sigmas = state.novelty.past.sigmas[c]!;
  const { chart, slack, decision, up, down } = state;
  let above = up[c]!;
  let below = down[c]!;
  if (!Number.isNaN(sigmas)) {
    const full = fullAt * decision * chart.usual[chart.mode]!.widened[c]!;
    const step = sigmas > sigmasMax ? sigmasMax : sigmas < -sigmasMax ? -sigmasMax : sigmas;
    above = within(above + step - slack, full);
    below = within(below - step - slack, full);
    up[c] = above;
    down[c] = below;
  }
  const was = chart.level[c];
  const part = (above > below ? above : below) / decision;
  chart.ratio[c] = Number.isNaN(sigmas) ? Number.NaN : part;
  const accepted = judgeColumn(chart, verdict, c);
  verdict.values[c] = above >= below ? part : -part;
  if (accepted) forgetNovelty(chart, state.novelty, c);
  // A finding has ended: what is left of its sum is no part of the next.
  if (accepted || (was === 1 && chart.level[c] === 0)) {
    up[c] = 0;
    down[c] = 0;
  }
}

function within(sum: number, full: number): number {
  return sum < 0 ? 0 : sum > full ? full : sum;
}

/**
 * Siegmund's approximation: two-sided, with slack k and decision h in sigmas, white normal numbers pass h once in
 * (exp(2kb) - 2kb - 1) / 4k², b = h + 1.166.
 */
function decisionOf(slack: number, falseEvery: number): number {
  let low = 0;
  let high = 1e4;
  for (let i = 0; i < 60; i++) {
    const h = (low + high) / 2;
    const kb = 2 * slack * (h + 1.166);
    if ((Math.exp(kb) - kb - 1) / (4 * slack * slack) < falseEvery) low = h;
    else high = h;
  }
  return high;
}
