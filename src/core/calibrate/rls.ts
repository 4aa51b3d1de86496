// Recursive least squares with directional forgetting, for outputs that follow from the inputs of the moment: axis
// friction and inertia from current. It learns from steady moments only, at rest, at speed or in the middle of a ramp,
// summed over a stretch: where the row changes from tick to tick, a sensor that is half a tick early or that smears an
// edge would pass for inertia.
import type { Frame } from '../frame.ts';
import { isCode, isGood, Quality } from '../quality.ts';
import type { Twin } from '../twin.ts';
import { bound, type Estimate, forget, newEstimate, observe, project } from './estimate.ts';
import { type Group, thetaMax, thetaMin } from './group.ts';
import type { SensorGuard } from './guard.ts';

/** A steady stretch is one measurement, and a long one is several. */
const stretchS = 0.5;
/** After an event it is not known to the tick when the machine took notice. */
const settleS = 0.5;
/** Steady: the row differs from the one before by less than this share of itself, or than the sensor could see. */
const steadyShare = 0.1;
const steadySigmas = 0.2;
/** What a right model may be wrong by, of what it predicts. */
const modelShare = 0.02;
const huberSigmas = 2.5;
const stepMax = 1;
/** How many stretches are remembered: while nothing happens, and while a divergence is answered. */
const memory = 200;
const memoryAlert = 25;
const misfitMemory = 0.02;
/** A sensor may be better than its data sheet says, but not by so much. */
const misfitMin = 0.1;

export interface RlsLearner {
  readonly method: 'rls';
  readonly group: Group;
  /** Over θ. */
  readonly estimate: Estimate;
  /** Where θ begins in the estimate. */
  readonly offset: 0;
  /** This tick teaches; its row is in `predicted` and `phi`, and `bent` when its sign is open. */
  active: number;
  bent: number;
  readonly predicted: Float64Array;
  readonly phi: Float64Array;
  readonly phiBefore: Float64Array;
  /** The stretch so far, by output: Σφ, Σr, Σ|y|. */
  readonly sums: Float64Array;
  /** By parameter: the most that one in θ was of an output, of its size. */
  readonly share: Float64Array;
  readonly row: Float64Array;
  /** The same of the tick before, which waits to see that this one is like it. */
  readonly held: Float64Array;
  waits: number;
  ticks: number;
  stretchS: number;
  /** 1: the tick before was active too, and its row is in `phiBefore`. */
  follows: number;
  settleS: number;
  readonly events: Float64Array;
  /** Mean square of what was not expected, of what was. */
  misfit: number;
  /** Seconds of data since the last doubt. */
  evidenceS: number;
  alert: number;
  /** The spread of θ that is believed possible, in prior sigmas. */
  spreadMax: number;
}

export function newRlsLearner(group: Group): RlsLearner {
  const rows = group.outputs.length;
  const wide = group.parameters.length;
  const sums = rows * (wide + 2);
  return {
    ...{ method: 'rls', group, estimate: newEstimate(wide), offset: 0 },
    ...{ active: 0, bent: 0, predicted: new Float64Array(rows) },
    ...{ phi: new Float64Array(rows * wide), phiBefore: new Float64Array(rows * wide) },
    share: new Float64Array(wide),
    ...{ sums: new Float64Array(sums), held: new Float64Array(sums), waits: 0, row: new Float64Array(wide) },
    ...{ ticks: 0, stretchS: 0, follows: 0, settleS: 0 },
    events: new Float64Array(group.events.length).fill(Number.NaN),
    ...{ misfit: 1, evidenceS: 0, alert: 0, spreadMax: 1 },
  };
}

/** Decides whether this tick teaches. `regular`: the tick before was the one before. */
export function prepareRls(
  learner: RlsLearner,
  twin: Twin,
  guard: SensorGuard,
  frame: Frame,
  regular: boolean,
  dtS: number,
): void {
  const { group } = learner;
  const happened = takeEvents(learner, twin.input);
  learner.settleS = happened ? settleS : Math.max(0, learner.settleS - dtS);
  const told = regular && goodInputs(group, frame) && teachingOutputs(group, guard);
  learner.active = isInside(group, twin.input) && told && learner.settleS <= 0 ? 1 : 0;
  if (learner.active === 1) return;
  // What happened, or how a sensor came to be doubted, may have begun a tick ago: that stretch is not believed.
  if (told && !happened) close(learner, guard.sigma);
  drop(learner);
}

export function isInside({ ranges }: Group, input: Float64Array): boolean {
  for (let i = 0; i < ranges.length; i++) {
    const { input: index, atLeast, atMost } = ranges[i]!;
    const size = Math.abs(input[index]!);
    if (size < atLeast || size > atMost) return false;
  }
  return true;
}

/** Inputs that nothing feeds are constants; the others have to be Good. */
export function goodInputs({ inputs }: Group, { quality }: Frame): boolean {
  for (let i = 0; i < inputs.length; i++) {
    const code = quality[inputs[i]!]!;
    if (!isGood(code) && !isCode(code, Quality.badNotConnected)) return false;
  }
  return true;
}

function teachingOutputs({ outputs }: Group, guard: SensorGuard): boolean {
  for (let k = 0; k < outputs.length; k++) {
    const o = outputs[k]!;
    if (guard.teaches[o] === 0 || guard.spiked[o] === 1) return false;
  }
  return true;
}

function takeEvents({ group, events }: RlsLearner, input: Float64Array): boolean {
  let happened = false;
  for (let i = 0; i < events.length; i++) {
    const value = input[group.events[i]!]!;
    if (value !== events[i]) happened = true;
    events[i] = value;
  }
  return happened;
}

/**
 * Takes the row of an active tick. It counts a tick later, when the one after is known to be like it as well: a sensor
 * that is late by part of a tick has smeared the next edge into it.
 */
export function teachRls(learner: RlsLearner, frame: Frame, sigma: Float64Array, dtS: number): void {
  const steady = learner.follows === 1 && learner.bent === 0 && isSteady(learner, sigma);
  learner.phiBefore.set(learner.phi);
  if (steady && learner.waits === 1) {
    addHeld(learner);
    learner.stretchS += dtS;
  }
  if (!steady || learner.stretchS >= stretchS) close(learner, sigma);
  else {
    hold(learner, frame);
    learner.waits = 1;
  }
  learner.follows = 1;
}

function isSteady({ group, phi, phiBefore }: RlsLearner, sigma: Float64Array): boolean {
  const wide = group.parameters.length;
  for (let k = 0; k < group.outputs.length; k++) {
    let size = 0;
    let change = 0;
    for (let j = k * wide; j < (k + 1) * wide; j++) {
      size += Math.abs(phi[j]!);
      change += Math.abs(phi[j]! - phiBefore[j]!);
    }
    if (change > Math.max(steadyShare * size, steadySigmas * sigma[group.outputs[k]!]!)) return false;
  }
  return true;
}

function hold({ group, held, phi, predicted }: RlsLearner, frame: Frame): void {
  const wide = group.parameters.length;
  const inputs = frame.machine.model.inputs.length;
  for (let k = 0; k < group.outputs.length; k++) {
    const at = k * (wide + 2);
    for (let j = 0; j < wide; j++) held[at + j] = phi[k * wide + j]!;
    held[at + wide] = frame.value[inputs + group.outputs[k]!]! - predicted[k]!;
    held[at + wide + 1] = Math.abs(predicted[k]!);
  }
}

function addHeld(learner: RlsLearner): void {
  const { sums, held } = learner;
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + held[i]!;
  learner.ticks++;
}

/** The stretch is over, and is learnt. */
function close(learner: RlsLearner, sigma: Float64Array): void {
  if (learner.ticks > 0) {
    learnStretch(learner, sigma);
    learner.evidenceS += learner.stretchS;
  }
  drop(learner);
}

/** Forgets the stretch under way. */
export function drop(learner: RlsLearner): void {
  learner.sums.fill(0);
  learner.ticks = 0;
  learner.stretchS = 0;
  learner.follows = 0;
  learner.waits = 0;
}

function learnStretch(learner: RlsLearner, sigma: Float64Array): void {
  const { group, estimate, sums, row, ticks } = learner;
  const wide = group.parameters.length;
  const keep = 1 - 1 / (learner.alert === 1 ? memoryAlert : memory);
  for (let k = 0; k < group.outputs.length; k++) {
    const at = k * (wide + 2);
    for (let j = 0; j < wide; j++) row[j] = sums[at + j]! / ticks;
    takeShares(learner, sums[at + wide + 1]! / ticks);
    const noise = sigma[group.outputs[k]!]!;
    const floor = (noise * noise) / ticks + (modelShare * (sums[at + wide + 1]! / ticks)) ** 2;
    const variance = floor * Math.max(misfitMin, learner.misfit);
    const surprise = observe(estimate, row, sums[at + wide]! / ticks, variance, huberSigmas, stepMax);
    const square = surprise * surprise * Math.max(misfitMin, learner.misfit);
    learner.misfit += misfitMemory * (Math.min(16, square) - learner.misfit);
    forget(estimate, row, variance, keep);
  }
  confine(learner);
}

function takeShares({ share, row }: RlsLearner, size: number): void {
  for (let j = 0; j < row.length; j++) {
    if (size > 0) share[j] = Math.max(share[j]!, Math.abs(row[j]!) / size);
  }
}

/** Within bounds, and not less certain than is believed possible. */
function confine({ group, estimate, spreadMax }: RlsLearner): void {
  for (let j = 0; j < group.parameters.length; j++) {
    bound(estimate, j, spreadMax * spreadMax);
    const theta = Math.min(thetaMax(group, j), Math.max(thetaMin(group, j), estimate.mean[j]!));
    if (theta !== estimate.mean[j]) project(estimate, j, theta);
  }
}
