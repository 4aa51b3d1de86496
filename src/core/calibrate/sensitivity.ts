// How outputs answer to parameters, by trying: the model is stepped on a scratch state with each parameter a little
// up and a little down. Groups that cannot be mistaken for one another share the trials.
//
// The steps are as wide as what is not known: an output that is a size, |F|, bends where the sign of F is open, and
// such a row must teach nothing.
import type { Model } from '../model.ts';
import { varianceOf } from './estimate.ts';
import { type Group, parameterAt, thetaMax, thetaMin } from './group.ts';
import type { Influence } from './influence.ts';
import type { RlsLearner } from './rls.ts';

const stepSigmas = 1.5;
const stepMin = 0.02;
/** Of the sensor: nearer to zero than this, a size has no sign that can be trusted. */
const signSigmas = 2;

export interface Pack {
  readonly learners: readonly RlsLearner[];
  readonly steps: number;
}

export interface Bench {
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly base: Float64Array;
  readonly up: Float64Array;
  readonly down: Float64Array;
  /** By output: 1 for one that is never below zero. */
  readonly size: Uint8Array;
}

export function newBench(model: Model, influence: Influence): Bench {
  const outputs = model.outputs.length;
  return {
    parameters: new Float64Array(model.parameters.length),
    state: new Float64Array(model.states.length),
    base: new Float64Array(outputs),
    up: new Float64Array(outputs),
    down: new Float64Array(outputs),
    size: Uint8Array.from({ length: outputs }, (_, o) => (influence.isSigned(o) ? 0 : 1)),
  };
}

/** Groups share trials when neither's parameters move the other's outputs. */
export function packLearners(learners: readonly RlsLearner[], influence: Influence): Pack[] {
  const packs: RlsLearner[][] = [];
  const moves = (a: Group, b: Group) =>
    a.parameters.some((p) => b.outputs.some((o) => influence.ofParameter(p, o)));
  for (const learner of learners) {
    const fits = ({ group }: RlsLearner) => !moves(group, learner.group) && !moves(learner.group, group);
    const pack = packs.find((members) => members.every(fits));
    if (pack === undefined) packs.push([learner]);
    else pack.push(learner);
  }
  return packs.map((members) => ({
    learners: members,
    steps: Math.max(...members.map(({ group }) => group.parameters.length)),
  }));
}

/** Fills the rows of all active learners of a pack: prediction, φ in θ, and whether it can be trusted. */
export function tryParameters(
  pack: Pack,
  bench: Bench,
  model: Model,
  live: Float64Array,
  before: Float64Array,
  input: Float64Array,
  dtS: number,
  sigma: Float64Array,
): void {
  const { parameters, base, up, down } = bench;
  parameters.set(live);
  for (const learner of pack.learners) set(parameters, learner, -1, 0);
  run(bench, model, before, input, dtS, base);
  for (const learner of pack.learners) if (learner.active === 1) begin(learner, bench, sigma);
  for (let j = 0; j < pack.steps; j++) {
    for (const learner of pack.learners) set(parameters, learner, j, 1);
    run(bench, model, before, input, dtS, up);
    for (const learner of pack.learners) set(parameters, learner, j, -1);
    run(bench, model, before, input, dtS, down);
    for (const learner of pack.learners) {
      set(parameters, learner, -1, 0);
      if (learner.active === 1 && j < learner.group.parameters.length) read(learner, bench, j, sigma);
    }
  }
}

function run(
  bench: Bench,
  model: Model,
  before: Float64Array,
  input: Float64Array,
  dtS: number,
  y: Float64Array,
) {
  const { state, parameters } = bench;
  for (let s = 0; s < state.length; s++) state[s] = before[s]!;
  model.step(parameters, state, input, dtS, y);
}

/** The learner's own parameters, number `moved` one step up or down. */
function set(parameters: Float64Array, learner: RlsLearner, moved: number, direction: number): void {
  const { group, estimate } = learner;
  for (let j = 0; j < group.parameters.length; j++) {
    const theta = j === moved ? stepped(learner, j, direction) : estimate.mean[j]!;
    parameters[group.parameters[j]!] = parameterAt(group, j, theta);
  }
}

function stepped({ group, estimate }: RlsLearner, j: number, direction: number): number {
  const width = Math.max(stepMin, stepSigmas * Math.sqrt(varianceOf(estimate, j)));
  const theta = estimate.mean[j]! + direction * width;
  return Math.min(thetaMax(group, j), Math.max(thetaMin(group, j), theta));
}

function begin(learner: RlsLearner, { base, size }: Bench, sigma: Float64Array): void {
  learner.bent = 0;
  for (let k = 0; k < learner.group.outputs.length; k++) {
    const o = learner.group.outputs[k]!;
    learner.predicted[k] = base[o]!;
    if (size[o] === 1 && Math.abs(base[o]!) < signSigmas * sigma[o]!) learner.bent = 1;
  }
}

function read(learner: RlsLearner, { base, up, down }: Bench, j: number, sigma: Float64Array): void {
  const { group, estimate, phi } = learner;
  const above = stepped(learner, j, 1) - estimate.mean[j]!;
  const below = estimate.mean[j]! - stepped(learner, j, -1);
  const count = group.parameters.length;
  for (let k = 0; k < group.outputs.length; k++) {
    const o = group.outputs[k]!;
    const change = up[o]! - down[o]!;
    phi[k * count + j] = above + below > 0 ? change / (above + below) : 0;
    if (above + below <= 0) continue;
    const straight = down[o]! + (change * below) / (above + below);
    const bend = Math.abs(base[o]! - straight);
    if (bend > Math.max(0.5 * sigma[o]!, 0.1 * Math.abs(change))) learner.bent = 1;
  }
}
