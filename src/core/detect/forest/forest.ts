// A random cut forest over all columns together, one by mode: sees moments that lie where none has lain, though each
// column by itself may stay where it always was. What it takes for abnormal never enters its trees.
import type { Detector, DetectorSetup, Verdict, View } from '../detector.ts';
import { nextChance } from '../joint/chance.ts';
import { silence } from '../joint/silence.ts';
import { addTail, clearTail } from '../joint/tail.ts';
import { recallForest, rememberForest } from './memory.ts';
import {
  beginRenewal,
  bindForest,
  type ForestNormal,
  isRenewing,
  isWhole,
  keepPoint,
  newForestNormal,
  Phase,
  poolSize,
  readPoint,
  slowSteps,
  treeCount,
  workForest,
} from './normal.ts';
import { displacement, unknown } from './score.ts';
import type { ForestOptions, ForestState } from './state.ts';

/** So many points until there are trees at all. */
const firstMin = 48;
const firstMax = 128;
/** While proving, more than this share past the bound: what is normal has not all been seen yet. */
const failuresMax = 0.02;
const trialsMax = 4;
const boundEvery = 20;
const fallsBelow = 0.85;
const strangeShare = 0.02;
/** Of its columns at most this share may be unknown. */
const gapsMax = 0.4;
/** No column of a machine is so large: it is a number that says nothing. */
const absurd = 1e30;
/** Pieces of work a view, at ten a second; with more time, more. */
const piecesPerS = 30;
const piecesMin = 3;
const piecesMax = 4096;

export const forest: Detector<ForestState, ForestOptions> = {
  kind: 'forest',
  joint: true,
  about: 'a moment that lies where none has lain in this mode, all columns together',
  usual: {
    ...{ learnS: 300, learnViews: 200, stepS: 0.5, settleS: 4, forgetS: 14_400, acceptS: 28_800 },
    ...{ alpha: 2e-5, seed: 1, residuals: false },
  },
  needsS(setup, options) {
    return options.settleS + pointsNeeded(setup, options) * stepOf(setup, options) * 1.1;
  },
  create(setup, options) {
    const watched = watchedOf(setup);
    const width = watched.length;
    return {
      ...{ options, setup, watched, stepS: stepOf(setup, options) },
      normals: Array.from({ length: setup.modes }, () => null),
      line: new Float64Array(width),
      sides: [new Int16Array(width), new Int16Array(width)],
      blame: new Float64Array(width),
      told: new Float64Array(width),
      scratch: {
        ...{ point: new Int16Array(width), numbers: new Float64Array(poolSize) },
        ...{ spare: new Float64Array(poolSize), place: { middle: 0, spread: 0 } },
        chance: { state: options.seed >>> 0 },
      },
      ...{ mode: -1, inModeS: 0, sinceStepS: Number.POSITIVE_INFINITY, tree: treeCount, sum: 0, heard: 0 },
      ...{ now: 0, slow: Number.NaN, isSlow: false, ratio: 0, level: 0 },
    };
  },
  observe,
  remember: rememberForest,
  recall: recallForest,
};

function stepOf({ periodS }: DetectorSetup, { stepS }: ForestOptions): number {
  return Math.max(periodS, stepS);
}

function pointsNeeded(setup: DetectorSetup, options: ForestOptions): number {
  return Math.ceil(Math.max(options.learnViews, options.learnS / stepOf(setup, options), firstMin + 16));
}

function firstPoints(setup: DetectorSetup, options: ForestOptions): number {
  return Math.min(firstMax, Math.max(firstMin, Math.floor(pointsNeeded(setup, options) * 0.4)));
}

function watchedOf({ columns, watched }: DetectorSetup): Int32Array {
  const all = Int32Array.from({ length: columns }, (_, i) => i);
  return watched === undefined ? all : all.filter((i) => watched[i] === 1);
}

function observe(state: ForestState, view: View, verdict: Verdict): void {
  silence(verdict);
  enterMode(state, view);
  const { mode } = view;
  const { setup, options } = state;
  if (mode < 0 || mode >= setup.modes || state.watched.length === 0) return;
  const normal = normalOf(state, mode);
  const pieces = Math.max(piecesMin, Math.min(piecesMax, Math.round(setup.periodS * piecesPerS)));
  for (let i = 0; i < pieces; i++) workForest(normal, state.scratch);
  if (normal.phase === Phase.building && !isRenewing(normal)) beginProof(normal);
  if (setup.modes === 1 || state.inModeS >= options.settleS) look(state, normal, view);
  verdict.readiness[0] = readinessOf(state, normal);
  if (normal.phase === Phase.speaking) tell(state, normal, verdict);
}

function enterMode(state: ForestState, { mode, dtS }: View): void {
  state.sinceStepS += dtS;
  if (mode === state.mode) {
    state.inModeS += dtS;
    return;
  }
  Object.assign(state, { mode, inModeS: 0, tree: treeCount, slow: Number.NaN, ratio: 0, level: 0 });
  state.told.fill(0);
}

function normalOf(state: ForestState, mode: number): ForestNormal {
  const known = state.normals[mode];
  if (known !== null && known !== undefined) return known;
  const made = newForestNormal(state.watched.length);
  state.normals[mode] = made;
  return made;
}

/** A point is taken each step and judged by some trees in each view until the next: no view bears it all. */
function look(state: ForestState, normal: ForestNormal, view: View): void {
  if (state.tree >= treeCount && state.sinceStepS >= state.stepS * 0.999) {
    state.sinceStepS = 0;
    if (!take(state, view)) {
      Object.assign(state, { slow: Number.NaN, ratio: 0, level: 0 });
      return;
    }
    if (normal.phase < Phase.proving) {
      learn(state, normal);
      return;
    }
    begin(state, normal);
  }
  if (state.tree < treeCount) hear(state, normal);
}

/** False when too little is known of the moment. */
function take({ options, watched, line }: ForestState, view: View): boolean {
  const from = options.residuals ? view.residual : view.value;
  let gaps = 0;
  for (let i = 0; i < watched.length; i++) {
    const value = from[watched[i]!]!;
    const known = Math.abs(value) < absurd;
    line[i] = known ? value : Number.NaN;
    if (!known) gaps++;
  }
  return gaps <= gapsMax * watched.length;
}

function begin(state: ForestState, normal: ForestNormal): void {
  for (let set = 0; set < 2; set++) readPoint(normal, state.line, 0, set, state.sides[set]!, unknown);
  state.tree = 0;
  state.sum = 0;
  state.heard = 0;
  state.blame.fill(0);
}

function hear(state: ForestState, normal: ForestNormal): void {
  const views = Math.max(1, Math.floor(state.stepS / Math.max(1e-9, state.setup.periodS) + 1e-6));
  const last = Math.min(treeCount, state.tree + Math.ceil(treeCount / views));
  for (; state.tree < last; state.tree++) {
    if (!isWhole(normal, state.tree)) continue;
    const side = state.sides[normal.setOf[state.tree]!]!;
    state.sum += displacement(normal.trees, state.tree, side, state.blame);
    state.heard++;
  }
  if (state.tree === treeCount && state.heard > 0) judge(state, normal);
}

function judge(state: ForestState, normal: ForestNormal): void {
  const now = state.sum / state.heard;
  const { bounds, usual } = normal;
  // After a change of mode it begins where it mostly is.
  const before = Number.isNaN(state.slow) ? (usual[1]! > 0 ? usual[1]! : now) : state.slow;
  state.now = now;
  state.slow = before + (now - before) / slowSteps;
  const quick = Math.max(0, now - usual[0]!) / (bounds[0]! - usual[0]!);
  const slow = Math.max(0, state.slow - usual[1]!) / (bounds[1]! - usual[1]!);
  state.isSlow = slow > quick;
  state.ratio = Math.max(quick, slow);
  const isOver = state.ratio >= 1 || (state.level > 0 && state.ratio >= fallsBelow);
  state.level = isOver ? 1 : 0;
  let sum = 0;
  for (let j = 0; j < state.blame.length; j++) sum += state.blame[j]!;
  for (let j = 0; j < state.blame.length; j++) state.told[j] = sum > 0 ? state.blame[j]! / sum : 0;
  learn(state, normal);
}

function tell(state: ForestState, normal: ForestNormal, verdict: Verdict): void {
  const square = state.ratio ** 2;
  verdict.score = square / (1 + square);
  verdict.levels[0] = state.level;
  verdict.values[0] = state.isSlow ? state.slow : state.now;
  verdict.bounds[0] = normal.bounds[state.isSlow ? 1 : 0]!;
  for (let j = 0; j < state.watched.length; j++) {
    verdict.scores[state.watched[j]!] = verdict.score * state.told[j]!;
  }
}

function learn(state: ForestState, normal: ForestNormal): void {
  const horizon = state.options.forgetS / state.stepS;
  const speaking = normal.phase === Phase.speaking;
  const { chance } = state.scratch;
  const strange = speaking && state.ratio >= 1;
  normal.strangeS = strange ? normal.strangeS + state.stepS : 0;
  if (normal.strangeS > state.options.acceptS) {
    // What has lasted so long is what the machine does now: it is learnt anew.
    Object.assign(state, { slow: Number.NaN, ratio: 0, level: 0 });
    state.normals[state.mode] = null;
    return;
  }
  // What is strange and lasts for hours is in the end what the machine does now.
  if (strange && nextChance(chance) >= strangeShare) return;
  keepPoint(normal, state.line, Math.max(poolSize, horizon), nextChance(chance));
  if (strange) return;
  if (normal.phase === Phase.collecting) {
    if (normal.seen < firstPoints(state.setup, state.options)) return;
    normal.phase = Phase.building;
    normal.renewAt = normal.seen * 3;
    beginRenewal(normal);
    return;
  }
  if (normal.phase === Phase.building) return;
  const most = Math.min(horizon, Math.max(400, normal.seen / 2));
  addTail(normal.tails[0]!, state.now, 1, most);
  addTail(normal.tails[1]!, state.slow, 1, most);
  if (normal.seen >= normal.renewAt && normal.entering < 0) {
    normal.renewAt = normal.seen + Math.min(normal.seen * 2, horizon / 4);
    beginRenewal(normal);
  }
  if (normal.phase === Phase.proving) prove(state, normal);
  if (normal.seen % boundEvery === 0) bindForest(normal, state.options.alpha);
}

function beginProof(normal: ForestNormal): void {
  normal.phase = Phase.proving;
  normal.proved = 0;
  normal.failed = 0;
  for (const tail of normal.tails) clearTail(tail);
}

/** What is normal has been seen when new points no longer pass the bound of those before. */
function prove({ setup, options, ratio }: ForestState, normal: ForestNormal): void {
  const before = firstPoints(setup, options);
  const asked = (pointsNeeded(setup, options) - before) * 2 ** normal.trials;
  normal.proved++;
  // The first of them have only made the bound.
  if (normal.proved > 40 && ratio > 1) normal.failed++;
  if (normal.proved < asked) return;
  bindForest(normal, options.alpha);
  if (normal.failed <= Math.max(1, failuresMax * normal.proved) || normal.trials >= trialsMax) {
    normal.phase = Phase.speaking;
    return;
  }
  normal.trials++;
  beginProof(normal);
}

function readinessOf({ setup, options }: ForestState, { phase, seen, trials }: ForestNormal): number {
  if (phase === Phase.speaking) return 1;
  return Math.min(0.99, seen / (pointsNeeded(setup, options) * 2 ** trials));
}
