// Says when what is new in a value comes from another distribution than it used to: generalised likelihood ratio of
// mean and variance together, over the last 16, 32, 64 and 128 views against normal running. Sees noise that grows, and
// noise that dies, as well as shifts. A lasting change is a new normal soon: it is the change that it tells.
import { type Chart, judgeColumn, newChart } from './chart.ts';
import type { Detector, Verdict } from './detector.ts';
import { type LearningOptions, learningS, usualLearning } from './learning.ts';
import { forgetNovelty, type Novelty, newNovelty } from './novelty.ts';
import { noveltyMemory, observeNovelty } from './novelty-chart.ts';

export type ChangePointOptions = LearningOptions;

const windows = [16, 32, 64, 128] as const;
const longest = 128;
/** One spike is no change: no value counts for more than so many sigmas. */
const sigmasMax = 4;
/** Below this no variance is told from none at all. */
const varianceMin = 1e-3;
/** A window that has seen something goes on seeing it: so many views tell as one. */
const alike = 32;
/** Root of a likelihood whose tail is exponential. */
const power = 0.5;

export interface ChangePointState {
  readonly chart: Chart;
  readonly novelty: Novelty;
  /** Log likelihood ratio that is passed once in `falseEvery`, were all white and normal. */
  readonly limit: number;
  /** By column: the last values, in sigmas, the place of the next one, and how many there are. */
  readonly ring: Float32Array;
  readonly next: Uint8Array;
  readonly filled: Uint8Array;
  /** By column and window: sums over it, and of squares. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** By column and window: the likelihood as it was last worked out. */
  readonly ratios: Float64Array;
}

export const changePoint: Detector<ChangePointState, ChangePointOptions> = {
  kind: 'change-point',
  joint: false,
  about: 'a lasting change of level or of noise',
  usual: { ...usualLearning, acceptS: 900 },
  needsS: learningS,
  create(setup, options) {
    const chart = newChart(setup, options, power, alike);
    const { columns } = setup;
    const of = () => new Float64Array(columns * windows.length);
    return {
      ...{ chart, novelty: newNovelty(setup) },
      limit: Math.log(windows.length * chart.learning.falseEvery),
      ring: new Float32Array(columns * longest),
      next: new Uint8Array(columns),
      filled: new Uint8Array(columns),
      ...{ sums: of(), squares: of(), ratios: of() },
    };
  },
  observe: (state, view, verdict) => observeNovelty(state, view, verdict, judge),
  ...noveltyMemory,
};

function judge(state: ChangePointState, verdict: Verdict, c: number): void {
  const sigmas = state.novelty.past.sigmas[c]!;
  const { chart, ratios, limit } = state;
  if (!Number.isNaN(sigmas))
    push(state, c, sigmas > sigmasMax ? sigmasMax : sigmas < -sigmasMax ? -sigmasMax : sigmas);
  let most = 0;
  let window = 0;
  for (let w = 0; w < windows.length; w++) {
    const ratio = ratios[c * windows.length + w]!;
    if (ratio <= most) continue;
    most = ratio;
    window = w;
  }
  // The root, so that it grows as the change does.
  const unknown = Number.isNaN(sigmas) || state.filled[c]! < windows[0];
  chart.ratio[c] = unknown ? Number.NaN : Math.sqrt(most / limit);
  const accepted = judgeColumn(chart, verdict, c);
  verdict.values[c] = state.sums[c * windows.length + window]! / windows[window]!;
  if (!accepted) return;
  forgetNovelty(chart, state.novelty, c);
  empty(state, c);
}

function push(state: ChangePointState, c: number, sigmas: number): void {
  const { ring, next, filled, sums, squares, ratios } = state;
  const at = c * longest;
  const place = next[c]!;
  const kept = Math.fround(sigmas);
  // Sums of a window that turn over in step with the ring do not gather rounding: it begins them anew.
  for (let w = 0; w < windows.length; w++) {
    const size = windows[w]!;
    const old = ring[at + ((place - size + longest) & (longest - 1))]!;
    const i = c * windows.length + w;
    sums[i] = sums[i]! + kept - old;
    squares[i] = squares[i]! + kept * kept - old * old;
    // A window is worked out four times while it passes.
    if ((place & ((size >> 2) - 1)) === 0 && filled[c]! >= size - 1)
      ratios[i] = likelihood(sums[i]!, squares[i]!, size);
  }
  ring[at + place] = kept;
  next[c] = (place + 1) & (longest - 1);
  if (filled[c]! < longest) filled[c] = filled[c]! + 1;
  if (place === longest - 1) addUp(state, c);
}

/** Once a round of the ring. */
function addUp({ ring, sums, squares }: ChangePointState, c: number): void {
  let sum = 0;
  let square = 0;
  let w = 0;
  for (let back = 1; back <= longest; back++) {
    const each = ring[c * longest + longest - back]!;
    sum += each;
    square += each * each;
    if (back !== windows[w]) continue;
    sums[c * windows.length + w] = sum;
    squares[c * windows.length + w] = square;
    w++;
  }
}

/** Of normal numbers with a mean and a variance of their own, against a mean of none and a variance of one. */
function likelihood(sum: number, square: number, size: number): number {
  const mean = sum / size;
  const variance = Math.max(varianceMin, square / size - mean * mean);
  return Math.max(0, (square - size - size * Math.log(variance)) / 2);
}

function empty({ ring, next, filled, sums, squares, ratios }: ChangePointState, c: number): void {
  ring.fill(0, c * longest, (c + 1) * longest);
  next[c] = 0;
  filled[c] = 0;
  for (const each of [sums, squares, ratios]) each.fill(0, c * windows.length, (c + 1) * windows.length);
}
