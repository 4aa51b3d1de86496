// Extended Kalman filter over some states and the logarithms of parameters: the heat network. The mean moves with the
// model every tick, so that no load is missed; the covariance and the measurements follow about once a second, with
// Jacobians by trying. The learner runs beside the twin and is not corrected by the twin's own filter.
import type { Frame } from '../frame.ts';
import type { Model } from '../model.ts';
import { isCode, isGood, Quality } from '../quality.ts';
import type { Twin } from '../twin.ts';
import { bound, isolate, newEstimate, observe, project } from './estimate.ts';
import { type Group, thetaMax, thetaMin } from './group.ts';
import type { SensorGuard } from './guard.ts';
import { differentiate, type EkfLearner, lookAround, place, setParameters } from './jacobian.ts';
import { hasRested, newRest, restVariance, watchRest } from './rest.ts';
import { goodInputs } from './rls.ts';
import type { Bench } from './sensitivity.ts';

const periodS = 1;
const periodMaxS = 5;
/** Errors of a sensor last: so long apart, two of its readings are independent. */
const memoryS = 10;
/** How far off a sensor may be for good, of its sigma. */
const sensorShare = 0.5;
const huberSigmas = 3;
const stepMax = 0.5;
/** What drives a state beyond the model, per second: of the span of its sensor, squared. */
const stateNoise = 1e-7;
/** How parameters wander, in θ² per second: while nothing happens, and while a divergence is answered. */
const wander = 3e-7;
const wanderAlert = 1e-3;

export function newEkfLearner(group: Group, model: Model): EkfLearner {
  const states = group.states.length;
  const offset = states + group.outputs.length;
  const size = offset + group.parameters.length;
  const seenBy = Int32Array.from(group.states, (state) =>
    group.outputs.findIndex((o) => model.outputs[o]!.observes?.state === model.states[state]!.name),
  );
  return {
    ...{ method: 'ekf', group, estimate: newEstimate(size), offset, seenBy },
    span: Float64Array.from(seenBy, (k) => (k < 0 ? 20 : (model.outputs[group.outputs[k]!]!.span ?? 20))),
    tick: new Float64Array(states * size),
    transition: new Float64Array(states * size),
    ...{ scratch: new Float64Array(size * size), row: new Float64Array(size) },
    ...{ seen: new Float64Array(group.outputs.length * (size + 1)), from: new Float64Array(size) },
    rest: newRest(group),
    ...{ started: 0, sinceS: 0, knows: 0, evidenceS: 0, alert: 0, spreadMax: 1 },
  };
}

/** The states are no longer known: they are taken up again from the sensors. What was learnt stays. */
export function restartEkf(learner: EkfLearner): void {
  learner.started = 0;
  learner.sinceS = 0;
}

export function teachEkf(
  learner: EkfLearner,
  bench: Bench,
  guard: SensorGuard,
  twin: Twin,
  before: Float64Array,
  frame: Frame,
  dtS: number,
): void {
  const { group } = learner;
  if (learner.knows === 0) watchRest(learner.rest, group, guard, frame, dtS);
  if (!goodInputs(group, frame) || !allSound(group, guard, frame)) {
    restartEkf(learner);
    return;
  }
  if (learner.started === 0) {
    start(learner, twin, guard, frame);
    return;
  }
  advance(learner, bench, twin, before, dtS);
  learner.sinceS += dtS;
  if (learner.sinceS < periodS || (!anyTeaches(group, guard) && learner.sinceS < periodMaxS)) return;
  differentiate(learner, bench, twin, before, dtS);
  propagate(learner);
  correct(learner, bench, guard, twin, frame);
  confine(learner);
  learner.evidenceS += learner.sinceS;
  learner.sinceS = 0;
}

/** All sensors of the group that a tag feeds are Good and above suspicion, and there is one. */
function allSound({ outputs }: Group, guard: SensorGuard, frame: Frame): boolean {
  const inputs = frame.machine.model.inputs.length;
  let some = false;
  for (let k = 0; k < outputs.length; k++) {
    const code = frame.quality[inputs + outputs[k]!]!;
    if (isCode(code, Quality.badNotConnected)) continue;
    if (!isGood(code) || guard.doubt[outputs[k]!] !== 0) return false;
    some = true;
  }
  return some;
}

function anyTeaches({ outputs }: Group, guard: SensorGuard): boolean {
  for (let k = 0; k < outputs.length; k++) if (guard.teaches[outputs[k]!] === 1) return true;
  return false;
}

/** Waits until every sensor has something to say, so that no state starts from another one's guess. */
function start(learner: EkfLearner, twin: Twin, guard: SensorGuard, frame: Frame): void {
  const { group, estimate, seenBy, span } = learner;
  const inputs = frame.machine.model.inputs.length;
  if (learner.knows === 0) startSensors(learner, guard);
  for (let s = 0; s < group.states.length; s++) {
    const o = seenBy[s]! < 0 ? -1 : group.outputs[seenBy[s]!]!;
    const measured = o >= 0 && guard.connected[o] === 1;
    const sigma = measured ? guard.sigma[o]! : span[s]! / 4;
    estimate.mean[s] = measured
      ? frame.value[inputs + o]! - estimate.mean[group.states.length + seenBy[s]!]!
      : twin.state[group.states[s]!]!;
    isolate(estimate, s, sigma * sigma);
  }
  learner.started = 1;
  learner.sinceS = 0;
}

/** What a sensor is off by is the same after any pause. */
function startSensors(learner: EkfLearner, guard: SensorGuard): void {
  const { group, estimate, rest } = learner;
  learner.knows = 1;
  for (let k = 0; k < group.outputs.length; k++) {
    const sigma = guard.sigma[group.outputs[k]!]!;
    const unknown = (sensorShare * sigma) ** 2;
    const rested = hasRested(rest);
    if (rested) estimate.mean[group.states.length + k] = rest.mean[k]!;
    isolate(
      estimate,
      group.states.length + k,
      rested ? Math.min(unknown, restVariance(rest, k, sigma)) : unknown,
    );
  }
}

/** The mean takes the step the twin took, with its own parameters and states. */
function advance(learner: EkfLearner, bench: Bench, twin: Twin, before: Float64Array, dtS: number): void {
  const { group, estimate } = learner;
  bench.parameters.set(twin.parameters);
  setParameters(learner, bench.parameters, -1);
  place(learner, bench, before, estimate.mean);
  twin.model.step(bench.parameters, bench.state, twin.input, dtS, bench.base);
  for (let s = 0; s < group.states.length; s++) {
    const next = bench.state[group.states[s]!]!;
    if (Number.isFinite(next)) estimate.mean[s] = next;
  }
}

/** P = F·P·F' + Q, with F the transition of the states over the identity of θ. */
function propagate({ group, estimate, offset, transition, scratch, span, sinceS, alert }: EkfLearner): void {
  const states = group.states.length;
  const { size, covariance } = estimate;
  scratch.set(covariance);
  for (let s = 0; s < states; s++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += transition[s * size + i]! * covariance[i * size + j]!;
      scratch[s * size + j] = sum;
    }
  }
  covariance.set(scratch);
  for (let s = 0; s < states; s++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += scratch[j * size + i]! * transition[s * size + i]!;
      covariance[j * size + s] = sum;
    }
  }
  for (let s = 0; s < states; s++) {
    for (let j = states; j < size; j++) covariance[s * size + j] = covariance[j * size + s]!;
    const own = s * size + s;
    covariance[own] = covariance[own]! + stateNoise * span[s]! * span[s]! * sinceS;
  }
  const step = (alert === 1 ? wanderAlert : wander) * sinceS;
  for (let j = offset; j < size; j++) covariance[j * size + j] = covariance[j * size + j]! + step;
}

/** One sensor after the other, all seen from where the mean was before the first. */
function correct(learner: EkfLearner, bench: Bench, guard: SensorGuard, twin: Twin, frame: Frame): void {
  const { group, estimate, row, seen, from, sinceS } = learner;
  const { size } = estimate;
  const inputs = frame.machine.model.inputs.length;
  lookAround(learner, bench, twin);
  from.set(estimate.mean);
  for (let k = 0; k < group.outputs.length; k++) {
    const o = group.outputs[k]!;
    if (guard.teaches[o] === 0) continue;
    let residual = frame.value[inputs + o]! - seen[k * (size + 1) + size]!;
    for (let i = 0; i < size; i++) {
      row[i] = seen[k * (size + 1) + i]!;
      residual -= row[i]! * (estimate.mean[i]! - from[i]!);
    }
    const variance = guard.sigma[o]! ** 2 * Math.max(1, memoryS / sinceS);
    observe(estimate, row, residual, variance, huberSigmas, stepMax);
  }
}

function confine({ group, estimate, offset, spreadMax }: EkfLearner): void {
  for (let j = 0; j < group.parameters.length; j++) {
    bound(estimate, offset + j, spreadMax * spreadMax);
    const theta = estimate.mean[offset + j]!;
    const inside = Math.min(thetaMax(group, j), Math.max(thetaMin(group, j), theta));
    if (inside !== theta) project(estimate, offset + j, inside);
  }
}
