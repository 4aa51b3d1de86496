// The numbers of an extended Kalman filter over a model, and its Jacobians by trying: how states and outputs answer to
// each of them. It decides nothing and learns nothing.
import type { Twin } from '../twin.ts';
import type { Estimate } from './estimate.ts';
import { type Group, parameterAt } from './group.ts';
import type { Rest } from './rest.ts';
import type { Bench } from './sensitivity.ts';

const thetaStep = 0.02;
const stateStepShare = 0.01;
const instantS = 1e-6;
const ticksMax = 100;

export interface EkfLearner {
  readonly method: 'ekf';
  readonly group: Group;
  /** Over the states, then what each sensor of the group is off by, then θ, which begins at `offset`. */
  readonly estimate: Estimate;
  readonly offset: number;
  /** By state of the group: the row of the group's outputs that observes it, or -1, and how far it may be off. */
  readonly seenBy: Int32Array;
  readonly span: Float64Array;
  /** Rows of the states: over one tick, and since the last correction. */
  readonly tick: Float64Array;
  readonly transition: Float64Array;
  readonly scratch: Float64Array;
  /** By output of the group: its row over the estimate, then its value. */
  readonly seen: Float64Array;
  readonly from: Float64Array;
  readonly row: Float64Array;
  readonly rest: Rest;
  started: number;
  /** 1 once it has begun to learn what its sensors are off by. */
  knows: number;
  sinceS: number;
  evidenceS: number;
  alert: number;
  spreadMax: number;
}

export function setParameters(
  { group, estimate, offset }: EkfLearner,
  parameters: Float64Array,
  moved: number,
): void {
  for (let j = 0; j < group.parameters.length; j++) {
    const theta = estimate.mean[offset + j]! + (j === moved ? thetaStep : 0);
    parameters[group.parameters[j]!] = parameterAt(group, j, theta);
  }
}

export function place({ group }: EkfLearner, bench: Bench, from: Float64Array, own: Float64Array): void {
  const { state } = bench;
  for (let s = 0; s < state.length; s++) state[s] = from[s]!;
  for (let s = 0; s < group.states.length; s++) state[group.states[s]!] = own[s]!;
}

/** What a sensor is off by moves nothing but what that sensor says. */
function isSensor({ group, offset }: EkfLearner, i: number): boolean {
  return i >= group.states.length && i < offset;
}

/**
 * How the states after the last second answer to the states before it and to θ: tried over this tick, with the motion
 * it really had, and taken as often as there were ticks.
 */
export function differentiate(
  learner: EkfLearner,
  bench: Bench,
  twin: Twin,
  before: Float64Array,
  dtS: number,
): void {
  const { group, tick, transition, span, row, sinceS } = learner;
  const states = group.states.length;
  const { size } = learner.estimate;
  tryTick(learner, bench, twin, before, dtS, -1);
  for (let s = 0; s < states; s++) row[s] = bench.state[group.states[s]!]!;
  for (let i = 0; i < size; i++) {
    if (isSensor(learner, i)) continue;
    tryTick(learner, bench, twin, before, dtS, i);
    const width = i < states ? stateStepShare * span[i]! : thetaStep;
    for (let s = 0; s < states; s++) tick[s * size + i] = (bench.state[group.states[s]!]! - row[s]!) / width;
  }
  transition.set(tick);
  const ticks = Math.min(ticksMax, Math.round(sinceS / dtS));
  for (let i = 1; i < ticks; i++) compose(learner);
}

function tryTick(
  learner: EkfLearner,
  bench: Bench,
  twin: Twin,
  before: Float64Array,
  dtS: number,
  moved: number,
): void {
  const { group, span } = learner;
  const states = group.states.length;
  bench.parameters.set(twin.parameters);
  setParameters(learner, bench.parameters, moved - learner.offset);
  place(learner, bench, before, learner.estimate.mean);
  if (moved >= 0 && moved < states) {
    const own = group.states[moved]!;
    bench.state[own] = bench.state[own]! + stateStepShare * span[moved]!;
  }
  twin.model.step(bench.parameters, bench.state, twin.input, dtS, bench.base);
}

/** One tick more: F := F₁·F over the states, and what θ adds in the tick on top. */
function compose({ group, estimate, tick, transition, scratch }: EkfLearner): void {
  const states = group.states.length;
  const { size } = estimate;
  for (let s = 0; s < states; s++) {
    for (let j = 0; j < size; j++) {
      let sum = j < states ? 0 : tick[s * size + j]!;
      for (let i = 0; i < states; i++) sum += tick[s * size + i]! * transition[i * size + j]!;
      scratch[s * size + j] = sum;
    }
  }
  for (let i = 0; i < states * size; i++) transition[i] = scratch[i]!;
}

/** By output of the group: how it answers at this instant to each number of the estimate, and what it is. */
export function lookAround(learner: EkfLearner, bench: Bench, twin: Twin): void {
  const { group, estimate, offset, seen, span } = learner;
  const { size, mean } = estimate;
  const states = group.states.length;
  seen.fill(0);
  look(learner, bench, twin, -1);
  for (let k = 0; k < group.outputs.length; k++) {
    seen[k * (size + 1) + states + k] = 1;
    seen[k * (size + 1) + size] = bench.base[group.outputs[k]!]!;
  }
  for (let i = 0; i < size; i++) {
    if (isSensor(learner, i)) continue;
    look(learner, bench, twin, i);
    const width = i < offset ? stateStepShare * span[i]! : thetaStep;
    for (let k = 0; k < group.outputs.length; k++) {
      const at = k * (size + 1);
      seen[at + i] = (bench.base[group.outputs[k]!]! - seen[at + size]!) / width;
    }
  }
  for (let k = 0; k < group.outputs.length; k++) {
    const at = k * (size + 1) + size;
    seen[at] = seen[at]! + mean[states + k]!;
  }
}

/** The outputs of this instant, with number `moved` of the estimate a little up. */
function look(learner: EkfLearner, bench: Bench, twin: Twin, moved: number): void {
  const { group, estimate, offset, span } = learner;
  bench.parameters.set(twin.parameters);
  setParameters(learner, bench.parameters, moved - offset);
  place(learner, bench, twin.state, estimate.mean);
  if (moved >= 0 && moved < group.states.length) {
    const own = group.states[moved]!;
    bench.state[own] = bench.state[own]! + stateStepShare * span[moved]!;
  }
  twin.model.step(bench.parameters, bench.state, twin.input, instantS, bench.base);
}
