// Principal components of all columns together, one model by mode of the machine: sees when columns that belong
// together part, though each by itself stays where it always was. Never learns at once from what it takes for abnormal.
import type { Detector, DetectorSetup, Verdict, View } from '../detector.ts';
import { silence } from '../joint/silence.ts';
import { addTail, tailQuantile } from '../joint/tail.ts';
import { beginFit, newJob, workFit } from './fit.ts';
import { blameRow, judgeRow, newSight } from './judge.ts';
import { recallPca, rememberPca } from './memory.ts';
import {
  beginTails,
  followRow,
  independentRows,
  lookAtTails,
  newNormal,
  type PcaNormal,
  Phase,
  statistics,
  tracks,
} from './normal.ts';
import type { PcaOptions, PcaState } from './state.ts';

const rowsMost = 512;
/** A view costs about so many multiplications more than its judgement, at ten a second; with more time, more. */
const workPerS = 60_000;
const workMin = 4000;
const workMax = 4_000_000;
/** While proving, more than this share past the limits of theory: the model does not hold yet. */
const failuresMax = 0.05;
const trialsMax = 4;
const fallsBelow = 0.8;
const stepsToFitFirst = 120;
const stepsToFitMax = 1200;
/** What is past the limit teaches so little. */
const strangeShare = 0.01;
/** And counts for so little in how far normal running goes. */
const strangeCount = 0.001;
/** A statistic counts for at most so many times its limit. */
const boundsMax = 20;
/** While it proves itself for so many: strangers that come and go are no reason to begin anew, what stays is. */
const provingMax = 2;
/** No column of a machine is so large: it is a number that says nothing. */
const absurd = 1e30;
/** What is followed slowly has so many times the time constant. */
const slower = 15;
/** Of its limit, where a statistic is taken to be before anything is known of it. */
const fresh = 0.2;
const calmShare = 0.8;
/** In steps: so often it is looked how far normal running goes. */
const seenEvery = 20;

export const pca: Detector<PcaState, PcaOptions> = {
  kind: 'pca',
  joint: true,
  about: 'columns that belong together part, or leave together what was normal in this mode',
  usual: {
    ...{ learnS: 300, learnViews: 200, stepS: 0.5, settleS: 4, forgetS: 7200, acceptS: 28_800, smoothS: 1 },
    ...{ explained: 0.9, alpha: 5e-6, residuals: false },
  },
  needsS(setup, options) {
    const watched = watchedOf(setup).length;
    return (options.settleS + 2 * halfSteps(setup, options, watched) * stepOf(setup, options)) * 1.1;
  },
  create(setup, options) {
    const watched = watchedOf(setup);
    const rowsMax = Math.min(rowsMost, halfSteps(setup, options, watched.length));
    return {
      ...{ options, setup, watched, rowsMax },
      ...{ stepS: stepOf(setup, options), alike: alikeOf(setup, options) },
      normals: Array.from({ length: setup.modes }, () => null),
      ...{ job: newJob(watched.length, rowsMax), line: new Float64Array(watched.length) },
      ...{ sight: newSight(watched.length), ratios: new Float64Array(tracks) },
      ...{ mode: -1, inModeS: 0, sinceStepS: Number.POSITIVE_INFINITY, level: 0 },
    };
  },
  observe,
  remember: rememberPca,
  recall: recallPca,
};

function stepOf({ periodS }: DetectorSetup, { stepS, learnS }: PcaOptions): number {
  // A first model is made of at most so many rows: over a long time they lie further apart.
  return Math.max(periodS, stepS, learnS / 2 / rowsMost);
}

function alikeOf(setup: DetectorSetup, options: PcaOptions): [number, number] {
  const quick = Math.max(1, (2 * options.smoothS) / stepOf(setup, options));
  return [quick, Math.max(1, quick * slower)];
}

function halfSteps(setup: DetectorSetup, options: PcaOptions, watched: number): number {
  const inTime = options.learnS / 2 / stepOf(setup, options);
  return Math.max(16, Math.ceil(Math.max(options.learnViews / 2, 3 * watched, inTime)));
}

function watchedOf({ columns, watched }: DetectorSetup): Int32Array {
  const all = Int32Array.from({ length: columns }, (_, i) => i);
  return watched === undefined ? all : all.filter((i) => watched[i] === 1);
}

function observe(state: PcaState, view: View, verdict: Verdict): void {
  silence(verdict);
  const { mode } = view;
  if (mode !== state.mode) {
    state.mode = mode;
    state.inModeS = 0;
    state.level = 0;
    if (mode >= 0 && mode < state.setup.modes) state.normals[mode]?.smooth.fill(Number.NaN);
  } else state.inModeS += view.dtS;
  state.sinceStepS += view.dtS;
  workOn(state);
  if (mode < 0 || mode >= state.setup.modes || state.watched.length === 0) return;
  const normal = normalOf(state, mode);
  verdict.readiness[0] = readinessOf(state, normal);
  const settled = state.setup.modes === 1 || state.inModeS >= state.options.settleS;
  if (!settled) return;
  take(state, view);
  const due = state.sinceStepS >= state.stepS * 0.999;
  if (due) state.sinceStepS = 0;
  if (normal.phase === Phase.collecting) {
    if (due) putAside(state, normal, mode);
    return;
  }
  if (!normal.hasModel || !judgeRow(normal.plane, state.line, state.sight)) return;
  const worst = compare(state, normal, view.dtS);
  if (normal.phase === Phase.speaking) speak(state, normal, worst, verdict);
  if (due) learn(state, normal, mode, state.ratios[worst]!);
}

function normalOf(state: PcaState, mode: number): PcaNormal {
  const known = state.normals[mode];
  if (known !== null && known !== undefined) return known;
  const made = newNormal(state.watched.length, state.rowsMax);
  state.normals[mode] = made;
  return made;
}

function take({ options, watched, line }: PcaState, view: View): void {
  const from = options.residuals ? view.residual : view.value;
  for (let i = 0; i < watched.length; i++) {
    const value = from[watched[i]!]!;
    line[i] = Math.abs(value) < absurd ? value : Number.NaN;
  }
}

function putAside(state: PcaState, normal: PcaNormal, mode: number): void {
  if (normal.rowCount < state.rowsMax) {
    normal.rows.set(state.line, normal.rowCount * state.watched.length);
    normal.rowCount++;
  }
  if (normal.rowCount < state.rowsMax || state.job.mode >= 0) return;
  normal.phase = Phase.fitting;
  beginFit(state.job, mode, true);
}

/** Whatever the mode is now: a model in the making goes on. */
function workOn(state: PcaState): void {
  const { job, options, setup } = state;
  if (job.mode < 0) return;
  const normal = state.normals[job.mode]!;
  const work = Math.max(workMin, Math.min(workMax, setup.periodS * workPerS));
  if (!workFit(job, normal, options, work)) return;
  job.mode = -1;
  normal.steps = 0;
  if (state.level === 0) calm(normal);
  if (normal.phase !== Phase.fitting) return;
  normal.phase = Phase.proving;
  normal.rows = new Float64Array(0);
  normal.rowCount = 0;
  normal.stepsToFit = stepsToFitFirst;
  beginProof(normal);
}

/** What was followed under the limits of the model before is no finding under those of the new one. */
function calm({ smooth, plane, seen }: PcaNormal): void {
  for (let s = 0; s < tracks; s++) {
    const most = calmShare * plane.bounds[s % statistics]! * seen[s]!;
    if (smooth[s]! > most) smooth[s] = most;
  }
}

function beginProof(normal: PcaNormal): void {
  beginTails(normal);
  normal.proved = 0;
  normal.failed = 0;
}

/** The statistics, followed, by their limits; which of them is furthest. */
function compare(state: PcaState, normal: PcaNormal, dtS: number): number {
  const { smooth, plane, seen, usual, tails } = normal;
  const stepS = Math.max(dtS, state.setup.periodS);
  const most = normal.phase === Phase.proving ? provingMax : boundsMax;
  let worst = 0;
  for (let s = 0; s < tracks; s++) {
    const statistic = s % statistics;
    const bound = plane.bounds[statistic]! * seen[s]!;
    const tauS = Math.max(1e-9, state.options.smoothS * (s < statistics ? 1 : slower));
    // A single absurd moment is not to last longer than others.
    const now = Math.min(state.sight.sums[statistic]!, most * bound);
    // After a change of mode it begins where it mostly is.
    if (Number.isNaN(smooth[s]!))
      smooth[s] = plane.bounds[statistic]! * Math.max(fresh, tailQuantile(tails[s]!, 0.5));
    smooth[s] = smooth[s]! + (1 - Math.exp(-stepS / tauS)) * (now - smooth[s]!);
    const mostly = (bound * usual[s]!) / seen[s]!;
    const above = Math.max(0, smooth[s]! - mostly) / (bound - mostly);
    state.ratios[s] = bound < Number.POSITIVE_INFINITY ? above : 0;
    if (state.ratios[s]! > state.ratios[worst]!) worst = s;
  }
  return worst;
}

function speak(state: PcaState, normal: PcaNormal, worst: number, verdict: Verdict): void {
  const ratio = state.ratios[worst]!;
  state.level = ratio >= 1 || (state.level > 0 && ratio >= fallsBelow) ? 1 : 0;
  verdict.score = (ratio * ratio) / (1 + ratio * ratio);
  verdict.levels[0] = state.level;
  verdict.values[0] = normal.smooth[worst]!;
  verdict.bounds[0] = normal.plane.bounds[worst % statistics]! * normal.seen[worst]!;
  blameRow(normal.plane, worst % statistics, state.sight);
  const { size, active } = normal.plane;
  for (let i = 0; i < size; i++) {
    verdict.scores[state.watched[active[i]!]!] = verdict.score * state.sight.shares[i]!;
  }
}

function learn(state: PcaState, normal: PcaNormal, mode: number, ratio: number): void {
  const { options, stepS } = state;
  const horizon = options.forgetS / stepS;
  const proving = normal.phase === Phase.proving;
  // While it proves itself it cannot tell strange from not yet seen: what is far counts, but by no more than what is near.
  const share = ratio <= 1 ? 1 : (proving ? 1 : strangeShare) / ratio;
  followRow(normal, state.line, Math.max(1e-6, share), Math.max(state.rowsMax, horizon));
  for (let s = 0; s < tracks; s++) {
    const plain = normal.smooth[s]! / normal.plane.bounds[s % statistics]!;
    addTail(normal.tails[s]!, plain, proving || ratio <= 1 ? 1 : strangeCount, horizon);
  }
  normal.steps++;
  normal.strangeS = ratio > 1 ? normal.strangeS + stepS : 0;
  if (normal.strangeS > options.acceptS) {
    forget(state, mode);
    return;
  }
  if (!proving && normal.steps % seenEvery === 0) lookAtTails(normal, options.alpha, state.alike);
  if (proving) prove(state, normal, mode, ratio);
  else if (normal.steps >= normal.stepsToFit && state.job.mode < 0) {
    normal.stepsToFit = Math.min(stepsToFitMax, normal.stepsToFit * 2);
    beginFit(state.job, mode, false);
  }
}

/** What has lasted so long is what the machine does now: it is learnt anew. */
function forget(state: PcaState, mode: number): void {
  state.normals[mode] = null;
  state.level = 0;
  if (state.job.mode === mode) state.job.mode = -1;
}

/** A model that holds on what it was not made of is let speak; else it is made anew of all, and has twice as long. */
function prove(state: PcaState, normal: PcaNormal, mode: number, ratio: number): void {
  normal.proved++;
  if (ratio > 1) normal.failed++;
  if (normal.proved < state.rowsMax * 2 ** normal.trials || state.job.mode >= 0) return;
  const holds =
    normal.failed <= failuresMax * normal.proved &&
    independentRows(normal, normal.plane) >= 2 * normal.plane.size;
  if (holds || normal.trials >= trialsMax) {
    normal.phase = Phase.speaking;
    lookAtTails(normal, state.options.alpha, state.alike);
    calm(normal);
    return;
  }
  normal.trials++;
  beginProof(normal);
  beginFit(state.job, mode, false);
}

function readinessOf({ rowsMax }: PcaState, { phase, rowCount, proved, trials }: PcaNormal): number {
  if (phase === Phase.speaking) return 1;
  if (phase === Phase.collecting) return (0.45 * rowCount) / rowsMax;
  if (phase === Phase.fitting) return 0.45;
  return Math.min(0.99, 0.5 + (0.5 * proved) / (rowsMax * 2 ** trials));
}
