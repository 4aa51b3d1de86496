// A twin: a model, a parameter set and a live state. Predict first, compare second, correct third.
// A fork shares the model and nothing else: what happens to it never touches the twin it came from.
import { type Frame, Origins, type TwinMode } from './frame.ts';
import type { Model, SignalSpec } from './model.ts';
import { isBad, isGood, Quality } from './quality.ts';

const windowS = 10;
const divergedAt = 0.1;
const divergedAfterS = 5;

export interface Twin {
  readonly model: Model;
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  /** Inputs of the last step: what a scenario starts from, and what stands in for a missing input. */
  readonly input: Float64Array;
  readonly output: Float64Array;
  /** By output: exponentially weighted mean square of (residual / span), and how much of a window it has seen. */
  readonly meanSquare: Float64Array;
  readonly seen: Float64Array;
  /** [seconds above the divergence limit, 1 once it has joined the machine] */
  readonly follow: Float64Array;
}

/** Constants of following, by output, worked out once. */
export interface Sensors {
  readonly sigma: Float64Array;
  readonly span: Float64Array;
  /** The state a measurement pulls, or -1, and the time constant of the pull. */
  readonly observed: Int32Array;
  readonly gainTauS: Float64Array;
  /** By state: the input it remembers, or -1. */
  readonly followed: Int32Array;
}

/** The model's parameters, but for those given. */
export function parametersOf(model: Model, overrides: Readonly<Record<string, number>> = {}): Float64Array {
  return Float64Array.from(model.parameters, (spec) => overrides[spec.name] ?? spec.value);
}

export function newTwin(model: Model, parameters: Float64Array = parametersOf(model)): Twin {
  return {
    model,
    parameters: parameters.slice(),
    state: Float64Array.from(model.states, (spec) => spec.initial),
    input: Float64Array.from(model.inputs, (spec) => spec.initial),
    output: Float64Array.from(model.outputs, (spec) => spec.initial),
    meanSquare: new Float64Array(model.outputs.length),
    seen: new Float64Array(model.outputs.length),
    follow: new Float64Array(2),
  };
}

/** `outputs` as the machine's layout has them: the model's, with the configuration's details. */
export function newSensors(model: Model, outputs: readonly SignalSpec[] = model.outputs): Sensors {
  return {
    sigma: Float64Array.from(outputs, (spec) => spec.sigma ?? Number.NaN),
    span: Float64Array.from(outputs, (spec) => spec.span ?? 1),
    observed: Int32Array.from(outputs, (spec) =>
      model.states.findIndex((state) => state.name === spec.observes?.state),
    ),
    followed: Int32Array.from(model.states, (spec) =>
      model.inputs.findIndex((input) => input.name === spec.follows),
    ),
    gainTauS: Float64Array.from(outputs, (spec) => spec.observes?.gainTauS ?? 1),
  };
}

const columns = ['parameters', 'state', 'input', 'output', 'meanSquare', 'seen', 'follow'] as const;

export function forkTwin(twin: Twin): Twin {
  const copies = Object.fromEntries(columns.map((column) => [column, twin[column].slice()]));
  return { ...(copies as unknown as Twin), model: twin.model };
}

/** All numbers of a twin in one array, in the order of `columns`. */
export function snapshotTwin(twin: Twin): Float64Array {
  const all = new Float64Array(columns.reduce((sum, column) => sum + twin[column].length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(twin[column], at);
    at += twin[column].length;
  }
  return all;
}

export function restoreTwin(twin: Twin, snapshot: Float64Array): void {
  let at = 0;
  for (const column of columns) {
    twin[column].set(snapshot.subarray(at, at + twin[column].length));
    at += twin[column].length;
  }
}

/** Moves the twin to the frame's time, writes prediction, residuals and mode into the frame, then corrects. */
export function followFrame(twin: Twin, sensors: Sensors, frame: Frame, dtS: number): void {
  const alive = takeInputs(twin, frame);
  if (alive && twin.follow[1] === 0) join(twin, sensors);
  initialise(twin, sensors, frame);
  twin.model.step(twin.parameters, twin.state, twin.input, dtS, twin.output);
  frame.divergence = compare(twin, sensors, frame, dtS);
  correct(twin, sensors, frame, dtS);
  frame.mode = follow(twin, frame, alive, dtS);
}

/** True while something that should keep coming comes; an event signal holds for ever and proves nothing. */
function takeInputs(twin: Twin, frame: Frame): boolean {
  let alive = false;
  for (let i = 0; i < twin.input.length; i++) {
    if (isBad(frame.quality[i]!)) continue;
    twin.input[i] = frame.value[i]!;
    alive ||= twin.model.inputs[i]!.align !== 'previous';
  }
  return alive;
}

/** Starts from what the machine is doing now: motion that was there before is no acceleration. */
function join(twin: Twin, sensors: Sensors): void {
  twin.follow[1] = 1;
  for (let s = 0; s < twin.state.length; s++) {
    const input = sensors.followed[s]!;
    if (input >= 0) twin.state[s] = twin.input[input]!;
  }
}

/** The first measurement of an observed state is where the twin starts, not a contradiction of it. */
function initialise(twin: Twin, sensors: Sensors, frame: Frame): void {
  for (let o = 0; o < twin.output.length; o++) {
    const state = sensors.observed[o]!;
    const row = twin.input.length + o;
    if (state >= 0 && twin.seen[o] === 0 && isGood(frame.quality[row]!))
      twin.state[state] = frame.value[row]!;
  }
}

/** Residuals before anything is corrected; the divergence is their normalised RMS over the window. */
function compare(twin: Twin, sensors: Sensors, frame: Frame, dtS: number): number {
  const keep = Math.exp(-dtS / windowS);
  let sum = 0;
  let count = 0;
  for (let o = 0; o < twin.output.length; o++) {
    const row = twin.input.length + o;
    frame.twin[o] = twin.output[o]!;
    frame.sigma[o] = sensors.sigma[o]!;
    // An Uncertain value is shown but not believed: it neither contradicts the twin nor corrects it.
    if (isGood(frame.quality[row]!)) {
      const difference = frame.value[row]! - twin.output[o]!;
      frame.residual[o] = difference / sensors.sigma[o]!;
      const ratio = difference / sensors.span[o]!;
      twin.meanSquare[o] = twin.meanSquare[o]! * keep + ratio * ratio * (1 - keep);
      twin.seen[o] = twin.seen[o]! * keep + (1 - keep);
    } else {
      frame.residual[o] = Number.NaN;
    }
    if (twin.seen[o]! > 0) {
      sum += twin.meanSquare[o]! / twin.seen[o]!;
      count++;
    }
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}

/** A filter gain on the state a sensor observes, not an overwrite. */
function correct(twin: Twin, sensors: Sensors, frame: Frame, dtS: number): void {
  for (let o = 0; o < twin.output.length; o++) {
    const state = sensors.observed[o]!;
    if (state < 0 || Number.isNaN(frame.residual[o]!)) continue;
    const gain = -Math.expm1(-dtS / sensors.gainTauS[o]!);
    twin.state[state] = twin.state[state]! + gain * frame.residual[o]! * sensors.sigma[o]!;
  }
}

function follow(twin: Twin, frame: Frame, alive: boolean, dtS: number): TwinMode {
  if (!alive) return 'offline';
  twin.follow[0] = frame.divergence > divergedAt ? twin.follow[0]! + dtS : 0;
  const substituted = substitute(twin, frame);
  if (twin.follow[0]! >= divergedAfterS) return 'diverged';
  return substituted ? 'substituted' : 'tracking';
}

/** A connected sensor that is gone is replaced by the twin's own estimate, marked as such and never Good. */
function substitute(twin: Twin, frame: Frame): boolean {
  let substituted = false;
  for (let o = 0; o < twin.output.length; o++) {
    const row = twin.input.length + o;
    const code = frame.quality[row]!;
    if (!isBad(code) || code === Quality.badNotConnected || code === Quality.badWaitingForInitialData)
      continue;
    frame.value[row] = twin.output[o]!;
    frame.quality[row] = Quality.uncertainSubstituteValue;
    frame.origin[row] = Origins.predicted;
    substituted = true;
  }
  return substituted;
}
