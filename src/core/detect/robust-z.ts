// Says when a value is too many robust sigmas out: in what is new in it at once or twice or three times in a row, and,
// where it has a middle that is known, from that. Three sigmas suffice if they last; a single value takes about six.
import { type Chart, closeVerdict, judgeColumn, newChart, skipColumn, waitFor } from './chart.ts';
import { innovationParts, middleParts, recallChart, rememberChart } from './chart-memory.ts';
import type { Detector, Verdict } from './detector.ts';
import { newInnovations } from './innovation.ts';
import { type LearningOptions, learningS, usualLearning } from './learning.ts';
import { openMode } from './memory.ts';
import { forgetMiddle, learnMiddle, type Middle, newMiddle, settled, stayOf, straying } from './middle.ts';
import { findNovelty, forgetNovelty, type Novelty, newNovelty, openView, takeValue } from './novelty.ts';
import { normalPower, sigmasBeyond } from './tail.ts';

export type RobustZOptions = LearningOptions;

/** So many in a row on the same side, and three sigmas suffice at ten views a second. */
const rowMax = 3;
/** A middle is known once the value has gone from side to side so often. */
const swingsMin = 30;

export interface RobustZState {
  readonly chart: Chart;
  readonly novelty: Novelty;
  /** By mode, once it has been seen. */
  readonly middles: (Middle | undefined)[];
  /** By how many in a row, one first: how far out each of them has to be. */
  readonly bounds: Float64Array;
  /** By column: the two before, newest first. */
  readonly before: Float64Array;
  /** By column: since when, in views, it has been beyond the last of the bounds on one side of its middle; signed. */
  readonly out: Float64Array;
}

export const robustZ: Detector<RobustZState, RobustZOptions> = {
  kind: 'robust-z',
  joint: false,
  about: 'a value far from what was to be expected: a spike, a jump, or three sigmas that last',
  usual: usualLearning,
  needsS: learningS,
  create(setup, options) {
    const chart = newChart(setup, options, normalPower, 1);
    return {
      ...{ chart, novelty: newNovelty(setup) },
      middles: new Array<Middle | undefined>(Math.max(1, setup.modes)).fill(undefined),
      bounds: Float64Array.from({ length: rowMax }, (_, i) => boundOf(i + 1, chart.learning.falseEvery)),
      before: new Float64Array(2 * setup.columns),
      out: new Float64Array(setup.columns),
    };
  },
  observe(state, view, verdict) {
    const { chart, novelty, middles } = state;
    const known = openView(chart, novelty, view);
    if (known) middles[view.mode] ??= newMiddle(chart.columns);
    for (let c = 0; c < chart.columns; c++) {
      if (chart.watched[c] === 0) {
        skipColumn(verdict, c);
        continue;
      }
      const wasTwinned = chart.twinned[c];
      const came = known && takeValue(chart, novelty, view, c);
      if (chart.twinned[c] !== wasTwinned) for (const middle of middles) if (middle) forgetMiddle(middle, c);
      if (came) {
        findNovelty(chart, novelty, c);
        judge(state, verdict, c);
      } else waitFor(chart, view, verdict, c);
    }
    closeVerdict(verdict, chart.columns);
  },
  remember: ({ chart, novelty, middles }) =>
    rememberChart(chart, (mode) => {
      const known = novelty.byMode[mode];
      const middle = middles[mode];
      return known && middle && [...innovationParts(known), ...middleParts(middle)];
    }),
  recall({ chart, novelty, middles }, memory) {
    recallChart(chart, memory, (mode) => [
      ...innovationParts(openMode(novelty.byMode, mode, () => newInnovations(chart.columns))),
      ...middleParts(openMode(middles, mode, () => newMiddle(chart.columns))),
    ]);
  },
};

/** Of white normal numbers so many in a row pass it on the same side once in `falseEvery`. */
function boundOf(row: number, falseEvery: number): number {
  return sigmasBeyond((1 / (2 * falseEvery)) ** (1 / row));
}

function judge(state: RobustZState, verdict: Verdict, c: number): void {
  const { chart, novelty, before, bounds } = state;
  const middle = state.middles[chart.mode]!;
  const sigmas = novelty.past.sigmas[c]!;
  const away = straying(middle, c, chart.judged[c]!);
  const fresh = Number.isNaN(sigmas) ? Number.NaN : inRow(state, c, sigmas);
  const far = farOut(state, middle, c, away);
  chart.ratio[c] = Number.isNaN(fresh) ? far : Number.isNaN(far) ? fresh : Math.max(fresh, far);
  before[2 * c + 1] = before[2 * c]!;
  before[2 * c] = Number.isNaN(sigmas) ? 0 : sigmas;
  const accepted = judgeColumn(chart, verdict, c);
  verdict.values[c] = fresh >= far || Number.isNaN(far) ? sigmas : away;
  verdict.bounds[c] = verdict.bounds[c]! * bounds[0]!;
  if (chart.level[c] === 0) learnMiddle(middle, c, chart.judged, chart.learning);
  if (!accepted) return;
  forgetNovelty(chart, novelty, c);
  forgetMiddle(middle, c);
}

/** The most that one, two or three in a row are out, over the bound of so many. */
function inRow({ before, bounds }: RobustZState, c: number, sigmas: number): number {
  const side = Math.sign(sigmas);
  let least = Math.abs(sigmas);
  let most = least / bounds[0]!;
  for (let i = 1; i < rowMax; i++) {
    least = Math.min(least, side * before[2 * c + i - 1]!);
    if (least <= 0) break;
    most = Math.max(most, least / bounds[i]!);
  }
  return most;
}

/**
 * From its middle: at once what lies beyond all reach; or what has been three sigmas out for much longer than it
 * usually is on one side. NaN while the middle is not known.
 */
function farOut({ bounds, out }: RobustZState, middle: Middle, c: number, away: number): number {
  if (Number.isNaN(away) || settled(middle, c, swingsMin) < 1) return Number.NaN;
  const size = Math.abs(away);
  const one = middle.sigma[c]!;
  if (!(one > 0)) return Number.NaN;
  const lasting = Math.max(bounds[rowMax - 1]!, middle.reachInRow[c]! / one);
  if (size < lasting) out[c] = 0;
  else if (Math.sign(out[c]!) === Math.sign(away)) out[c] = out[c]! + Math.sign(away);
  else out[c] = Math.sign(away);
  const atOnce = size / Math.max(bounds[0]!, middle.reach[c]! / one);
  if (out[c] === 0) return atOnce;
  const stay = stayOf(middle, c);
  const lasts = (Math.abs(out[c]!) / stay) * (size / lasting);
  // What is under way does not speak before its time is over.
  return Math.max(atOnce, Math.abs(out[c]!) < stay ? Math.min(0.99, lasts) : size / lasting);
}
