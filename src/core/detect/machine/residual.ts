// Does the machine still do what its twin says? A two-sided cumulative sum of residuals for each output, over seconds:
// what is usual is learnt by mode, what does not fit is summed up over all of them, for a part is made in many short
// pieces. The bound is never nearer than normal running has come to it.
import type { View } from '../detector.ts';

/** A residual of a second counts at most so many deviations; so much of it is no news. */
const clip = 6;
const slack = 1;
/** No sensor is known better than this, in its sigmas: less is the rounding of a quiet hour. */
const spreadMin = 0.4;
/** In summed deviations. */
const boundMin = 20;
const boundTimes = 1.8;
const overAt = 0.4;
const fullAt = 1.6;
const suspectAt = 0.5;
/** In seconds of a mode: before it counts there, and how far what is usual reaches back. */
export const modeNeedsS = 60;
const memoryS = 1800;
/**
 * In seconds of all modes: before it speaks. What is slow (heat) is seen from cold to warm first, and by then a twin that
 * knew no more than a data sheet has found out what machine this is.
 */
export const residualNeedsS = 600;
export const slowNeedsS = 1200;
/** So much longer, and what it states is no error of a young twin. */
const sureS = 300;
/** A set of parameters that was adopted moves what is usual a little: it is learnt anew from so much. */
const relearnS = 90;
const graceTimes = 2;
/** An adoption that betters the prediction by so many sigmas makes it another one: until that is learnt nothing is said. */
const otherSigmas = 0.2;
/** What was the most is slowly forgotten: a third in eight hours. */
const peakForgetS = 28_800;
const shiftTauS = 8;
const latelyTauS = 60;
/** What it has stated for so long is how the machine is now. */
const acceptS = 12 * 3600;

export interface ResidualWatch {
  readonly modes: number;
  /** By output: 1 where what is usual depends on what the machine does. */
  readonly byMode: Uint8Array;
  /** By output, then by mode: seconds learnt, mean and mean square deviation. */
  readonly seen: Float64Array;
  readonly mean: Float64Array;
  readonly square: Float64Array;
  /** By output: seconds learnt in all, sums, the most they have been in normal running. */
  readonly total: Float64Array;
  readonly up: Float64Array;
  readonly down: Float64Array;
  readonly peak: Float64Array;
  /** By output: the most of the excursion that has not ended yet. */
  readonly rise: Float64Array;
  /** By output: seconds in which it has to be off by more, for the twin has other parameters. */
  readonly graceS: Float64Array;
  /** By output: seconds in which it only learns. */
  readonly blindS: Float64Array;
  /** By output: how far it is off lately, in deviations and in sigmas of the sensor. */
  readonly shift: Float64Array;
  readonly off: Float64Array;
  /** By output: the most it was off within the last minute, in deviations. */
  readonly lately: Float64Array;
  readonly level: Uint8Array;
  readonly statedS: Float64Array;
  readonly strictness: number;
}

export function newResidualWatch(
  byMode: readonly boolean[],
  modes: number,
  sensitivity: number,
): ResidualWatch {
  const outputs = byMode.length;
  const column = () => new Float64Array(outputs);
  const table = () => new Float64Array(outputs * modes);
  return {
    modes,
    byMode: Uint8Array.from(byMode, (is) => (is ? 1 : 0)),
    ...{ seen: table(), mean: table(), square: table() },
    ...{ total: column(), up: column(), down: column(), peak: column() },
    ...{ rise: column(), graceS: column(), blindS: column() },
    ...{
      shift: column(),
      off: column(),
      lately: column(),
      level: new Uint8Array(outputs),
      statedS: column(),
    },
    strictness: 1 / sensitivity,
  };
}

/** Once a second. `mode` of the view: -1 where it was not one thing all the time; `row0` of the first output. */
export function watchResiduals(watch: ResidualWatch, view: View, row0: number): void {
  for (let o = 0; o < watch.byMode.length; o++) {
    watchResidual(watch, o, view.residual[row0 + o]!, view.mode, view.dtS);
  }
}

/** In sigmas; NaN where it is not known. */
export function watchResidual(
  watch: ResidualWatch,
  o: number,
  residual: number,
  viewMode: number,
  dtS: number,
): void {
  const mode = watch.byMode[o] === 0 ? 0 : viewMode;
  if (Number.isNaN(residual)) rest(watch, o, dtS);
  else if (mode >= 0) judge(watch, o, mode, residual, dtS);
}

/** Nothing is compared: what was summed up says ever less. */
function rest({ up, down, shift, level, off }: ResidualWatch, o: number, dtS: number): void {
  const keep = Math.exp(-dtS / 60);
  up[o] = up[o]! * keep;
  down[o] = down[o]! * keep;
  shift[o] = shift[o]! * keep;
  off[o] = off[o]! * keep;
  if (Math.max(up[o]!, down[o]!) < boundMin * overAt) level[o] = 0;
}

function judge(watch: ResidualWatch, o: number, mode: number, residual: number, dtS: number): void {
  const { seen, mean, square, total, up, down, rise, shift, off, level } = watch;
  const at = o * watch.modes + mode;
  const knows = seen[at]! >= modeNeedsS && total[o]! >= needsS(watch, o) / 2;
  const spread = Math.max(spreadMin, Math.sqrt(square[at]!));
  const away = residual - mean[at]!;
  const deviations = Math.max(-clip, Math.min(clip, away / spread));
  const keep = Math.exp(-dtS / shiftTauS);
  shift[o] = shift[o]! * keep + (knows ? deviations : 0) * (1 - keep);
  off[o] = off[o]! * keep + (knows ? away : 0) * (1 - keep);
  const faded = watch.lately[o]! * Math.exp(-dtS / latelyTauS);
  watch.lately[o] = Math.max(faded, Math.abs(shift[o]!));
  const bound = boundOf(watch, o);
  if (watch.graceS[o]! > 0) watch.graceS[o] = watch.graceS[o]! - dtS;
  if (watch.blindS[o]! > 0) watch.blindS[o] = watch.blindS[o]! - dtS;
  else if (knows) {
    const most = bound * fullAt;
    up[o] = Math.min(most, Math.max(0, up[o]! + (deviations - slack) * dtS));
    down[o] = Math.min(most, Math.max(0, down[o]! + (-deviations - slack) * dtS));
  }
  const sum = Math.max(up[o]!, down[o]!);
  const speaks = total[o]! >= needsS(watch, o);
  if (speaks && sum >= bound) level[o] = 1;
  else if (sum < bound * overAt) level[o] = 0;
  if (level[o] === 0) {
    // What is on its way to be stated is not what is usual.
    if (!speaks || sum < bound * suspectAt) learn(watch, o, at, away, spread, dtS);
    endExcursion(watch, o, sum, dtS);
    watch.statedS[o] = 0;
    return;
  }
  rise[o] = 0;
  watch.statedS[o] = watch.statedS[o]! + dtS;
  if (watch.statedS[o]! > acceptS) forgetUsual(watch, o);
}

/** How far it went counts when it has come back by itself. */
function endExcursion({ rise, peak }: ResidualWatch, o: number, sum: number, dtS: number): void {
  peak[o] = peak[o]! * (1 - dtS / peakForgetS);
  rise[o] = Math.max(rise[o]!, sum);
  if (sum > 0.25 * rise[o]!) return;
  peak[o] = Math.max(peak[o]!, rise[o]!);
  rise[o] = 0;
}

/** What is far off teaches no more than what is just strange. */
function learn(watch: ResidualWatch, o: number, at: number, away: number, spread: number, dtS: number): void {
  const { seen, mean, square, total } = watch;
  const young = seen[at]! < modeNeedsS;
  const counted = young ? away : Math.max(-3 * spread, Math.min(3 * spread, away));
  seen[at] = Math.min(memoryS, seen[at]! + dtS);
  total[o] = Math.min(memoryS, total[o]! + dtS);
  const share = Math.min(1, dtS / seen[at]!);
  mean[at] = mean[at]! + counted * share;
  square[at] = square[at]! + (counted * counted - square[at]!) * share;
}

/** Whether what is stated of it is of a machine that was known well. */
export function isSure(watch: ResidualWatch, o: number): boolean {
  return watch.total[o]! >= needsS(watch, o) + sureS;
}

export function needsS({ byMode }: ResidualWatch, o: number): number {
  return byMode[o] === 1 ? residualNeedsS : slowNeedsS;
}

export function boundOf({ peak, strictness, graceS }: ResidualWatch, o: number): number {
  const grace = graceS[o]! > 0 ? graceTimes : 1;
  return Math.max(boundMin, boundTimes * peak[o]!) * strictness * grace;
}

/** 0.5 where it speaks. */
export function residualScore(watch: ResidualWatch, o: number): number {
  if (watch.total[o]! < needsS(watch, o)) return 0;
  const part = Math.max(watch.up[o]!, watch.down[o]!) / boundOf(watch, o);
  const score = (part * part) / (1 + part * part);
  return watch.level[o] === 1 ? Math.max(0.5, score) : Math.min(score, 0.499);
}

/** The twin has other parameters, a little other: what is usual is found again from there. */
export function relearnUsual(watch: ResidualWatch, o: number, betterSigmas: number): void {
  const { seen, modes, up, down, graceS } = watch;
  // What is being stated, or soon would be, is not to be learnt away.
  if (watch.level[o] === 1 || Math.max(up[o]!, down[o]!) > boundOf(watch, o) * suspectAt) return;
  for (let mode = 0; mode < modes; mode++)
    seen[o * modes + mode] = Math.min(seen[o * modes + mode]!, relearnS);
  up[o] = 0;
  down[o] = 0;
  graceS[o] = relearnS;
  if (betterSigmas > otherSigmas) watch.blindS[o] = relearnS;
}

/** Quite other ones: nothing that was learnt holds. */
export function forgetUsual(watch: ResidualWatch, o: number): void {
  const { seen, mean, square, total, up, down, peak, rise, shift, off, level, modes } = watch;
  for (const table of [seen, mean, square]) table.fill(0, o * modes, (o + 1) * modes);
  for (const column of [
    total,
    up,
    down,
    peak,
    rise,
    watch.graceS,
    watch.blindS,
    shift,
    off,
    watch.lately,
    watch.statedS,
  ])
    column[o] = 0;
  level[o] = 0;
}
