// A candidate stands trial: two forks, one with the parameters of the moment and one with the candidate's, run open
// loop beside the live twin over data that nobody learns from meanwhile. The better prediction wins, by a margin.
// Moments count in which both predict something steady, so that an edge which comes a tick early is nobody's fault.
import { type Frame, Origins } from '../frame.ts';
import type { Model } from '../model.ts';
import { isGood } from '../quality.ts';
import type { Twin } from '../twin.ts';
import type { Group } from './group.ts';
import type { SensorGuard } from './guard.ts';
import { goodInputs, isInside } from './rls.ts';

const stretchS = 1;
/** Steady: a prediction differs from the one before by less than this share, or than the sensor could see. */
const steadyShare = 0.1;
/** An error below this many sigmas is no error: no output is called worse for it. */
const negligibleSigmas = 0.5;
const worseShare = 1.1;
const lossShare = 0.1;

/** One side of a trial. */
interface Fork {
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly output: Float64Array;
  /** By output: sum of residuals in the stretch; sum of squares of the stretches' means. */
  readonly sum: Float64Array;
  readonly square: Float64Array;
  readonly waiting: Float64Array;
  readonly before: Float64Array;
}

export interface Trial {
  /** The group on trial, or -1. */
  group: number;
  readonly old: Fork;
  readonly candidate: Fork;
  /** By output: what its sensor is off by, as far as the learner knows. */
  readonly bias: Float64Array;
  /** By output: the state it observes, or -1. */
  readonly observed: Int32Array;
  readonly count: Float64Array;
  readonly weight: Float64Array;
  /** The residuals of the tick before, which wait to see whether something happened at this one; 1 where one waits. */
  readonly waits: Uint8Array;
  fromMs: number;
  toMs: number;
  stretchS: number;
  /** Seconds that counted, and that went by. */
  scoredS: number;
  elapsedS: number;
  /** 1 after a time in which the machine was not watched. */
  lost: number;
  /** Of the improvement by stretch, in squared sigmas: sum, sum of squares, count. */
  gain: number;
  gainSquare: number;
  stretches: number;
}

export interface Verdict {
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** How sure the improvement is, in its own standard errors. */
  readonly certainty: number;
  /** Index of an output that got worse, or -1. */
  readonly worse: number;
}

export function newTrial(model: Model): Trial {
  const outputs = model.outputs.length;
  const fork = (): Fork => ({
    parameters: new Float64Array(model.parameters.length),
    state: new Float64Array(model.states.length),
    output: new Float64Array(outputs),
    sum: new Float64Array(outputs),
    square: new Float64Array(outputs),
    waiting: new Float64Array(outputs),
    before: new Float64Array(outputs),
  });
  return {
    ...{ group: -1, old: fork(), candidate: fork() },
    ...{
      bias: new Float64Array(outputs),
      observed: Int32Array.from(model.outputs, ({ observes }) =>
        model.states.findIndex(({ name }) => name === observes?.state),
      ),
      count: new Float64Array(outputs),
      weight: new Float64Array(outputs),
      waits: new Uint8Array(outputs),
    },
    ...{ fromMs: 0, toMs: 0, stretchS: 0, scoredS: 0, elapsedS: 0, lost: 0 },
    ...{ gain: 0, gainSquare: 0, stretches: 0 },
  };
}

/** All of its numbers, for a hash. */
export function trialNumbers(trial: Trial): readonly ArrayLike<number>[] {
  const { old, candidate, bias, count, weight, waits, gain, gainSquare, stretches } = trial;
  const clock = [trial.group, trial.fromMs, trial.toMs, trial.stretchS];
  const passed = [trial.scoredS, trial.elapsedS, trial.lost, gain, gainSquare, stretches];
  const of = (fork: Fork) => [
    fork.parameters,
    fork.state,
    fork.output,
    fork.sum,
    fork.square,
    fork.waiting,
    fork.before,
  ];
  return [...of(old), ...of(candidate), bias, count, weight, waits, clock, passed];
}

/** `candidate` has the group's parameters in its order, `bias` what the sensors of its outputs are off by. */
export function openTrial(
  trial: Trial,
  group: Group,
  twin: Twin,
  candidate: Float64Array,
  timeMs: number,
  bias?: Float64Array,
): void {
  trial.group = group.index;
  trial.bias.fill(0);
  for (let k = 0; k < group.outputs.length; k++) trial.bias[group.outputs[k]!] = bias?.[k] ?? 0;
  for (const fork of [trial.old, trial.candidate]) {
    fork.parameters.set(twin.parameters);
    takeUp(trial, fork, twin);
    fork.sum.fill(0);
    fork.square.fill(0);
    fork.before.fill(Number.NaN);
  }
  for (let j = 0; j < candidate.length; j++) trial.candidate.parameters[group.parameters[j]!] = candidate[j]!;
  trial.count.fill(0);
  trial.weight.fill(0);
  trial.waits.fill(0);
  trial.fromMs = timeMs;
  trial.toMs = timeMs;
  trial.stretchS = 0;
  trial.scoredS = 0;
  trial.elapsedS = 0;
  trial.lost = 0;
  trial.gain = 0;
  trial.gainSquare = 0;
  trial.stretches = 0;
}

/** Where the live twin is, but for what its sensors have made it believe wrongly. */
function takeUp({ bias, observed }: Trial, { state }: Fork, twin: Twin): void {
  state.set(twin.state);
  for (let o = 0; o < observed.length; o++) {
    const s = observed[o]!;
    if (s >= 0) state[s] = state[s]! - bias[o]!;
  }
}

export function closeTrial(trial: Trial): void {
  trial.group = -1;
}

/** `settled`: nothing has just happened that the machine and the frame may have noticed at different ticks. */
export function stepTrial(
  trial: Trial,
  group: Group,
  twin: Twin,
  guard: SensorGuard,
  frame: Frame,
  settled: boolean,
  dtS: number,
): void {
  trial.elapsedS += dtS;
  if (frame.mode === 'offline') {
    trial.lost = 1;
    endStretch(trial, group, guard);
    return;
  }
  if (trial.lost === 1) {
    // Both take the thread up again where the live twin is.
    takeUp(trial, trial.old, twin);
    takeUp(trial, trial.candidate, twin);
    trial.lost = 0;
    return;
  }
  run(trial.old, twin, dtS);
  run(trial.candidate, twin, dtS);
  if (!settled) trial.waits.fill(0);
  if (!settled || !isInside(group, twin.input) || !goodInputs(group, frame)) {
    endStretch(trial, group, guard);
    return;
  }
  if (score(trial, group, guard, frame)) {
    trial.scoredS += dtS;
    trial.toMs = frame.timeMs;
  }
  trial.stretchS += dtS;
  if (trial.stretchS >= stretchS) endStretch(trial, group, guard);
}

function run({ parameters, state, output, before }: Fork, twin: Twin, dtS: number): void {
  before.set(output);
  twin.model.step(parameters, state, twin.input, dtS, output);
}

/** A value that is held counts as well: what it says was true a moment ago, for both. */
function score(trial: Trial, group: Group, guard: SensorGuard, frame: Frame): boolean {
  const { old, candidate } = trial;
  const inputs = frame.machine.model.inputs.length;
  let scored = false;
  for (let k = 0; k < group.outputs.length; k++) {
    const o = group.outputs[k]!;
    const row = inputs + o;
    if (!isGood(frame.quality[row]!) || guard.doubt[o] !== 0 || frame.origin[row] === Origins.predicted)
      continue;
    if (!isSteady(old, o, guard.sigma[o]!) || !isSteady(candidate, o, guard.sigma[o]!)) {
      trial.waits[o] = 0;
      continue;
    }
    takeWaiting(trial, o);
    const value = frame.value[row]! - trial.bias[o]!;
    old.waiting[o] = value - old.output[o]!;
    candidate.waiting[o] = value - candidate.output[o]!;
    trial.waits[o] = 1;
    scored = true;
  }
  return scored;
}

function isSteady({ output, before }: Fork, o: number, sigma: number): boolean {
  return Math.abs(output[o]! - before[o]!) <= Math.max(sigma, steadyShare * Math.abs(output[o]!));
}

function takeWaiting({ old, candidate, count, waits }: Trial, o: number): void {
  if (waits[o] === 0) return;
  old.sum[o] = old.sum[o]! + old.waiting[o]!;
  candidate.sum[o] = candidate.sum[o]! + candidate.waiting[o]!;
  count[o] = count[o]! + 1;
  waits[o] = 0;
}

function endStretch(trial: Trial, group: Group, guard: SensorGuard): void {
  const { old, candidate, count, weight } = trial;
  trial.stretchS = 0;
  let gain = 0;
  let counted = 0;
  for (let k = 0; k < group.outputs.length; k++) {
    const o = group.outputs[k]!;
    takeWaiting(trial, o);
    const n = count[o]!;
    if (n > 0) {
      const before = (old.sum[o]! / (n * guard.sigma[o]!)) ** 2;
      const after = (candidate.sum[o]! / (n * guard.sigma[o]!)) ** 2;
      old.square[o] = old.square[o]! + n * before;
      candidate.square[o] = candidate.square[o]! + n * after;
      weight[o] = weight[o]! + n;
      gain += before - after;
      counted++;
    }
    old.sum[o] = 0;
    candidate.sum[o] = 0;
    count[o] = 0;
  }
  if (counted === 0) return;
  trial.gain += gain;
  trial.gainSquare += gain * gain;
  trial.stretches++;
}

export function judgeTrial(trial: Trial, group: Group): Verdict {
  const { old, candidate, weight, gain, gainSquare, stretches } = trial;
  let before = 0;
  let after = 0;
  let total = 0;
  let worse = -1;
  let most = 0;
  for (let k = 0; k < group.outputs.length; k++) {
    const o = group.outputs[k]!;
    if (weight[o] === 0) continue;
    before += old.square[o]!;
    after += candidate.square[o]!;
    total += weight[o]!;
    const errorOld = Math.sqrt(old.square[o]! / weight[o]!);
    const errorNew = Math.sqrt(candidate.square[o]! / weight[o]!);
    const loss = candidate.square[o]! - old.square[o]!;
    if (errorNew <= Math.max(negligibleSigmas, worseShare * errorOld) || loss <= most) continue;
    most = loss;
    worse = o;
  }
  // What one output loses is no objection where the whole gains many times as much.
  if (most < lossShare * (before - after)) worse = -1;
  const mean = gain / Math.max(1, stretches);
  const variance = Math.max(0, gainSquare / Math.max(1, stretches) - mean * mean);
  return {
    errorBefore: Math.sqrt(before / Math.max(1, total)),
    errorAfter: Math.sqrt(after / Math.max(1, total)),
    certainty: variance > 0 ? mean / Math.sqrt(variance / stretches) : mean > 0 ? 1e3 : 0,
    worse,
  };
}
