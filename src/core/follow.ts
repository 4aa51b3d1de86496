// Following a machine: predict first, compare second, correct third. What a sensor says may be wrong, late or
// absurd; none of it may leave the twin with a number it cannot come back from.
//
// Modes, the first that holds: offline (nothing drives it that is known; absence.ts), recalibrating (diverged, and a learner answers;
// set by calibrate/), diverged, substituted (a sensor is gone and the twin stands in), tracking.
import { passOffline } from './absence.ts';
import { type Frame, Origins, type TwinMode } from './frame.ts';
import type { Model, SignalSpec } from './model.ts';
import { isBad, isCode, isGood, Quality } from './quality.ts';
import { recentMax, type Twin } from './twin.ts';

/** The divergence is taken over this long, exponentially; what is no longer compared fades from it as fast. */
const windowS = 10;
export const divergedAt = 0.1;
const divergedAfterS = 5;
const calmShare = 0.8;
/** So many windows without a comparison, and nothing is known any more. */
const forgottenS = 5 * windowS;
/** Of an output that no filter corrects: so long alone, and its error has doubled its variance. */
const driftTauS = 30;
/** A residual counts at most so many spans, and pulls at most so many sigmas: one absurd sample passes. */
const ratioMax = 10;
const pullSigmasMax = 10;

/** Constants of following, by output, worked out once. */
export interface Sensors {
  readonly sigma: Float64Array;
  readonly span: Float64Array;
  /** 1 for a state: nothing lies between two of them, and no difference means anything. */
  readonly enumerated: Uint8Array;
  /** The state a measurement pulls, or -1, and the time constant of the pull. */
  readonly observed: Int32Array;
  readonly gainTauS: Float64Array;
  /** By state: the input it remembers, or -1. */
  readonly followed: Int32Array;
  /** By input: 1 where a state remembers it: what drives the machine, and proves that it is being watched. */
  readonly driving: Uint8Array;
  /** Rows of the frame that must come, else the twin is offline. */
  readonly required: Int32Array;
  /** The state that says what the machine is doing, or -1. */
  readonly behaviour: number;
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
    behaviour: model.states.findIndex((state) => state.name === model.behaviour?.state),
    before: new Float64Array(model.states.length + model.outputs.length),
    sigma: Float64Array.from(outputs, (spec) => spec.sigma ?? Number.NaN),
    span: Float64Array.from(outputs, (spec) => spec.span ?? 1),
    enumerated: Uint8Array.from(outputs, (spec) => (spec.kind === 'enum' ? 1 : 0)),
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
  const stepS = passOffline(twin, sensors.followed, alive, dtS);
  initialise(twin, sensors, frame);
  if (stepS > 0) predict(twin, sensors, stepS);
  compare(twin, sensors, frame, alive, dtS);
  findWorst(twin, frame);
  correct(twin, sensors, frame, dtS);
  frame.mode = follow(twin, frame, alive, dtS);
  frame.behaviour = alive && sensors.behaviour >= 0 ? twin.state[sensors.behaviour]! : -1;
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
    if (state >= 0 && twin.unseenS[o] === Number.POSITIVE_INFINITY && isGood(frame.quality[row]!)) {
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

/** Residuals, and what the prediction is worth, before anything is corrected. */
function compare(twin: Twin, sensors: Sensors, frame: Frame, alive: boolean, dtS: number): void {
  const keep = Math.exp(-dtS / windowS);
  for (let o = 0; o < twin.output.length; o++) {
    const row = twin.input.length + o;
    frame.twin[o] = twin.output[o]!;
    frame.residual[o] = Number.NaN;
    twin.meanSquare[o] = twin.meanSquare[o]! * keep;
    // An Uncertain value is shown but not believed: it neither contradicts the twin nor corrects it.
    if (alive && isGood(frame.quality[row]!) && sensors.enumerated[o] === 0) {
      const difference = frame.value[row]! - twin.output[o]!;
      frame.residual[o] = difference / sensors.sigma[o]!;
      takeResidual(twin, o, clamp(difference / sensors.span[o]!, ratioMax), sensors.span[o]!, keep);
      twin.unseenS[o] = 0;
    } else twin.unseenS[o] = twin.unseenS[o]! + dtS;
    frame.sigma[o] = worthOf(twin, sensors, o);
  }
}

function takeResidual(twin: Twin, o: number, ratio: number, span: number, keep: number): void {
  // Back from a long absence: what was then is no part of the window.
  if (twin.unseenS[o]! > forgottenS) forgetResiduals(twin, o);
  const steady = middleOf(twin, o, ratio);
  twin.meanSquare[o] = twin.meanSquare[o]! + steady * steady * (1 - keep);
  twin.seen[o] = twin.seen[o]! * keep + (1 - keep);
  twin.spread[o] = (twin.meanSquare[o]! / twin.seen[o]!) * span * span;
}

/**
 * The middle one of the last ratios: an edge that comes a tick early on one side, or one absurd sample, is no
 * divergence; what lasts for three ticks is.
 */
function middleOf({ recent, recentCount }: Twin, o: number, ratio: number): number {
  const at = o * recentMax;
  const count = Math.min(recentMax, recentCount[o]! + 1);
  recentCount[o] = count;
  for (let i = at + count - 1; i > at; i--) recent[i] = recent[i - 1]!;
  recent[at] = ratio;
  // The one with as many below as above; of an even number the lower of the two in the middle.
  const rank = (count - 1) >> 1;
  for (let i = 0; i < count; i++) {
    let below = 0;
    let same = 0;
    for (let k = 0; k < count; k++) {
      if (recent[at + k]! < recent[at + i]!) below++;
      else if (recent[at + k] === recent[at + i]) same++;
    }
    if (below <= rank && rank < below + same) return recent[at + i]!;
  }
  return ratio;
}

/** The window of an output begins again: its parameters are others now. */
export function forgetResiduals(twin: Twin, output: number): void {
  twin.meanSquare[output] = 0;
  twin.seen[output] = 0;
  twin.recentCount[output] = 0;
}

/**
 * One standard deviation of the prediction. With a sensor, that sensor's. Alone, it grows at least as a random walk
 * does, by what the residuals lately were in the time its filter would have mended them; never beyond the span.
 */
function worthOf(twin: Twin, { sigma, span, observed, gainTauS }: Sensors, o: number): number {
  const own = sigma[o]!;
  const alone = twin.unseenS[o]!;
  if (alone === 0 || Number.isNaN(own)) return own;
  const tauS = observed[o]! < 0 ? driftTauS : gainTauS[o]! / 2;
  const step = Math.max(own * own, twin.spread[o]!);
  return Math.min(Math.max(own, span[o]!), Math.sqrt(own * own + (step * alone) / tauS));
}

/**
 * The divergence of the machine is that of its worst output, so that one fault is not averaged away by sound sensors;
 * NaN says that nothing is compared.
 */
function findWorst(twin: Twin, frame: Frame): void {
  frame.worst = -1;
  frame.divergence = Number.NaN;
  for (let o = 0; o < twin.output.length; o++) {
    const known = twin.seen[o]! > 0 && twin.unseenS[o]! < forgottenS;
    const divergence = known ? Math.sqrt(twin.meanSquare[o]! / twin.seen[o]!) : Number.NaN;
    frame.divergences[o] = divergence;
    if (!known || divergence <= frame.divergence) continue;
    frame.divergence = divergence;
    frame.worst = o;
  }
}

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
  const above = alive && frame.divergence > divergedAt;
  twin.diverged[0] = above ? twin.diverged[0]! + dtS : 0;
  // Told once, and again only after it has clearly ended.
  if (!(frame.divergence > calmShare * divergedAt)) twin.diverged[1] = 0;
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

/** True at the tick at which the twin has diverged for long enough: once a divergence. */
export function tellDivergence(twin: Twin, frame: Frame): boolean {
  if (frame.mode !== 'diverged' || twin.diverged[1] === 1) return false;
  twin.diverged[1] = 1;
  return true;
}
