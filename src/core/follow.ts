// Following a machine: predict first, compare second, correct third. What a sensor says may be wrong, late or
// absurd; none of it may leave the twin with a number it cannot come back from.
import { type Frame, Origins, type TwinMode } from './frame.ts';
import type { Model, SignalSpec } from './model.ts';
import { isBad, isCode, isGood, Quality } from './quality.ts';
import type { Twin } from './twin.ts';

/** The divergence is taken over this long, exponentially. */
const windowS = 10;
const divergedAt = 0.1;
const divergedAfterS = 5;
/** A residual counts at most so many spans, and pulls at most so many sigmas: one absurd sample passes. */
const ratioMax = 10;
const pullSigmasMax = 10;

/** Constants of following, by output, worked out once. */
export interface Sensors {
  readonly sigma: Float64Array;
  readonly span: Float64Array;
  /** The state a measurement pulls, or -1, and the time constant of the pull. */
  readonly observed: Int32Array;
  readonly gainTauS: Float64Array;
  /** By state: the input it remembers, or -1. */
  readonly followed: Int32Array;
  /** By input: 1 where a state remembers it: what drives the machine, and proves that it is being watched. */
  readonly driving: Uint8Array;
  /** Rows of the frame that must come, else the twin is offline. */
  readonly required: Int32Array;
  /** Room for the state and the output before a step. */
  readonly before: Float64Array;
}

/** `outputs` as the machine's layout has them: the model's, with the configuration's details. */
export function newSensors(
  model: Model,
  outputs: readonly SignalSpec[] = model.outputs,
  required: readonly boolean[] = [],
): Sensors {
  const followed = Int32Array.from(model.states, (spec) =>
    model.inputs.findIndex((input) => input.name === spec.follows),
  );
  return {
    followed,
    driving: Uint8Array.from(model.inputs, (_, i) => (followed.includes(i) ? 1 : 0)),
    required: Int32Array.from(required.flatMap((must, row) => (must ? [row] : []))),
    before: new Float64Array(model.states.length + model.outputs.length),
    sigma: Float64Array.from(outputs, (spec) => spec.sigma ?? Number.NaN),
    span: Float64Array.from(outputs, (spec) => spec.span ?? 1),
    observed: Int32Array.from(outputs, (spec) =>
      model.states.findIndex((state) => state.name === spec.observes?.state),
    ),
    gainTauS: Float64Array.from(outputs, (spec) => spec.observes?.gainTauS ?? 1),
  };
}

/** Moves the twin to the frame's time, writes prediction, residuals and mode into the frame, then corrects. */
export function followFrame(twin: Twin, sensors: Sensors, frame: Frame, dtS: number): void {
  const driven = takeInputs(twin, sensors, frame);
  const alive = nameMissing(sensors, frame, driven);
  initialise(twin, sensors, frame);
  predict(twin, sensors, dtS);
  frame.divergence = compare(twin, sensors, frame, alive, dtS);
  correct(twin, sensors, frame, dtS);
  frame.mode = follow(twin, frame, alive, dtS);
}

/** True while the machine is being watched: something that drives it comes. */
function takeInputs(twin: Twin, sensors: Sensors, frame: Frame): boolean {
  let driven = false;
  let drivers = false;
  let other = false;
  for (let i = 0; i < twin.input.length; i++) {
    const quality = frame.quality[i]!;
    const comes = !isBad(quality) && !isCode(quality, Quality.uncertainEngineeringUnitsExceeded);
    if (comes) takeInput(twin, sensors, i, frame.value[i]!);
    else twin.absent[i] = 1;
    if (sensors.driving[i] === 1) {
      drivers ||= quality !== Quality.badNotConnected;
      driven ||= comes;
    } else if (twin.model.inputs[i]!.align !== 'previous') {
      // An event holds for ever and proves nothing.
      other ||= comes;
    }
  }
  return drivers ? driven : other;
}

/** Says in the frame what keeps the twin from following; true when nothing does. */
function nameMissing({ driving, required }: Sensors, frame: Frame, driven: boolean): boolean {
  const { missing } = frame;
  for (let i = 0; i < missing.length; i++) missing[i] = 0;
  let complete = true;
  for (let i = 0; i < required.length; i++) {
    const row = required[i]!;
    if (!isBad(frame.quality[row]!)) continue;
    missing[row] = 1;
    complete = false;
  }
  if (!driven) {
    for (let i = 0; i < driving.length; i++) {
      if (driving[i] === 1 && frame.quality[i] !== Quality.badNotConnected) missing[i] = 1;
    }
  }
  return driven && complete;
}

/** Where an input comes (again), the twin joins what the machine is doing: that motion is no acceleration. */
function takeInput(twin: Twin, sensors: Sensors, input: number, value: number): void {
  twin.input[input] = value;
  if (twin.absent[input] === 0) return;
  twin.absent[input] = 0;
  for (let s = 0; s < twin.state.length; s++) {
    if (sensors.followed[s] === input) twin.state[s] = value;
  }
}

/** The first measurement of an observed state is where the twin starts, not a contradiction of it. */
function initialise(twin: Twin, sensors: Sensors, frame: Frame): void {
  for (let o = 0; o < twin.output.length; o++) {
    const state = sensors.observed[o]!;
    const row = twin.input.length + o;
    if (state >= 0 && twin.seen[o] === 0 && isGood(frame.quality[row]!)) {
      twin.state[state] = frame.value[row]!;
    }
  }
}

/** A step that ends in no number is taken back: the inputs were absurd, and the twin outlives them. */
function predict(twin: Twin, { before }: Sensors, dtS: number): void {
  const { state, output } = twin;
  before.set(state);
  before.set(output, state.length);
  twin.model.step(twin.parameters, state, twin.input, dtS, output);
  if (allFinite(state) && allFinite(output)) return;
  for (let s = 0; s < state.length; s++) state[s] = before[s]!;
  for (let o = 0; o < output.length; o++) output[o] = before[state.length + o]!;
}

function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/**
 * Residuals before anything is corrected. The divergence is their normalised RMS over the window; what is no
 * longer compared fades from it, and NaN says that nothing is.
 */
function compare(twin: Twin, sensors: Sensors, frame: Frame, alive: boolean, dtS: number): number {
  const keep = Math.exp(-dtS / windowS);
  let sum = 0;
  let weight = 0;
  let mostSeen = 0;
  for (let o = 0; o < twin.output.length; o++) {
    const row = twin.input.length + o;
    frame.twin[o] = twin.output[o]!;
    frame.sigma[o] = sensors.sigma[o]!;
    frame.residual[o] = Number.NaN;
    twin.meanSquare[o] = twin.meanSquare[o]! * keep;
    twin.seen[o] = twin.seen[o]! * keep;
    // An Uncertain value is shown but not believed: it neither contradicts the twin nor corrects it.
    if (alive && isGood(frame.quality[row]!)) {
      const difference = frame.value[row]! - twin.output[o]!;
      frame.residual[o] = difference / sensors.sigma[o]!;
      const ratio = clamp(difference / sensors.span[o]!, ratioMax);
      twin.meanSquare[o] = twin.meanSquare[o]! + ratio * ratio * (1 - keep);
      twin.seen[o] = twin.seen[o]! + (1 - keep);
    }
    sum += twin.meanSquare[o]!;
    weight += twin.seen[o]!;
    mostSeen = Math.max(mostSeen, twin.seen[o]!);
  }
  return mostSeen < forgotten ? Number.NaN : Math.sqrt(sum / weight);
}

/** Less than this of a window has been seen: five windows without a comparison. */
const forgotten = 0.0067;

/** A filter gain on the state a sensor observes, not an overwrite. */
function correct(twin: Twin, sensors: Sensors, frame: Frame, dtS: number): void {
  for (let o = 0; o < twin.output.length; o++) {
    const state = sensors.observed[o]!;
    if (state < 0 || Number.isNaN(frame.residual[o]!)) continue;
    const gain = -Math.expm1(-dtS / sensors.gainTauS[o]!);
    const pull = clamp(frame.residual[o]!, pullSigmasMax) * sensors.sigma[o]!;
    twin.state[state] = twin.state[state]! + gain * pull;
  }
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}

function follow(twin: Twin, frame: Frame, alive: boolean, dtS: number): TwinMode {
  twin.diverged[0] = alive && frame.divergence > divergedAt ? twin.diverged[0]! + dtS : 0;
  if (!alive) return 'offline';
  const substituted = substitute(twin, frame);
  if (twin.diverged[0]! >= divergedAfterS) return 'diverged';
  return substituted ? 'substituted' : 'tracking';
}

/** A connected sensor that is gone is replaced by the twin's own estimate, marked as such and never Good. */
function substitute(twin: Twin, frame: Frame): boolean {
  let substituted = false;
  for (let o = 0; o < twin.output.length; o++) {
    const row = twin.input.length + o;
    const code = frame.quality[row]!;
    if (!isBad(code) || isCode(code, Quality.badNotConnected)) continue;
    if (isCode(code, Quality.badWaitingForInitialData)) continue;
    frame.value[row] = twin.output[o]!;
    frame.quality[row] = Quality.uncertainSubstituteValue;
    frame.origin[row] = Origins.predicted;
    substituted = true;
  }
  return substituted;
}
