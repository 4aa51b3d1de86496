// Is a sensor fit to teach? One that is stuck, spikes, is out of its range or silent teaches nothing, and nothing that
// depends on it is recalibrated. It never judges by how far a sensor is from the prediction: that is what teaches.
import { type Frame, Origins } from '../frame.ts';
import { isBad, isCode, isGood, Quality } from '../quality.ts';

export const doubts = [
  'none',
  'it has not moved yet',
  'it is stuck',
  'it spikes',
  'it is out of its range',
  'it is silent',
  'it has only just come back',
] as const;
export const Doubts = {
  none: 0,
  unproven: 1,
  stuck: 2,
  spikes: 3,
  outOfRange: 4,
  silent: 5,
  recovering: 6,
} as const;

/** It has to have moved so often before it is believed to be alive. */
const provenMoves = 10;
/** Unchanged so long while the prediction has moved by so many sigmas: stuck. */
const stuckAfterS = 2;
const stuckSigmas = 4;
/** Unchanged so long where more than half of the values used to differ from the one before: stuck too. */
const frozenAfterS = 5;
const noisyShare = 0.5;
const shareMemory = 0.01;
const spikeSigmas = 8;
const spikeMemoryS = 60;
const spikesMax = 3;
const probationS = 10;
const history = 4;

export interface SensorGuard {
  /** By output. */
  readonly doubt: Uint8Array;
  /** 1 where this tick's value may teach; 1 where a spike was seen that ended with this tick. */
  readonly teaches: Uint8Array;
  readonly spiked: Uint8Array;
  /** 1 where a tag feeds it. */
  readonly connected: Uint8Array;
  readonly sigma: Float64Array;
  readonly value: Float64Array;
  readonly moves: Float64Array;
  readonly unchangedS: Float64Array;
  readonly unchanged: Float64Array;
  /** Share of values that differ from the one before. */
  readonly share: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly spikes: Float64Array;
  readonly probationS: Float64Array;
  /** The last values and predictions, newest first, and how many there are without a break. */
  readonly measured: Float64Array;
  readonly predicted: Float64Array;
  readonly depth: Float64Array;
}

export function newSensorGuard(sigma: Float64Array): SensorGuard {
  const size = sigma.length;
  const column = () => new Float64Array(size);
  return {
    doubt: new Uint8Array(size).fill(Doubts.unproven),
    teaches: new Uint8Array(size),
    spiked: new Uint8Array(size),
    connected: new Uint8Array(size),
    sigma,
    value: column().fill(Number.NaN),
    moves: column(),
    unchangedS: column(),
    unchanged: column(),
    share: column(),
    low: column(),
    high: column(),
    spikes: column(),
    probationS: column(),
    measured: new Float64Array(size * history),
    predicted: new Float64Array(size * history),
    depth: column(),
  };
}

/** All of its numbers, for a hash. */
export function guardNumbers(guard: SensorGuard): readonly ArrayLike<number>[] {
  const { doubt, value, moves, unchangedS, share, low, high, spikes, measured, predicted } = guard;
  return [doubt, value, moves, unchangedS, share, low, high, spikes, measured, predicted, guard.probationS];
}

/** Once a tick, after the twin has been compared: the frame has the predictions that were compared. */
export function watchSensors(guard: SensorGuard, frame: Frame, inputs: number, dtS: number): void {
  for (let o = 0; o < guard.doubt.length; o++) watchSensor(guard, frame, inputs + o, o, dtS);
}

function watchSensor(guard: SensorGuard, frame: Frame, row: number, o: number, dtS: number): void {
  const code = frame.quality[row]!;
  guard.teaches[o] = 0;
  guard.spiked[o] = 0;
  guard.spikes[o] = guard.spikes[o]! * Math.exp(-dtS / spikeMemoryS);
  guard.connected[o] = isCode(code, Quality.badNotConnected) ? 0 : 1;
  if (!isGood(code)) {
    guard.depth[o] = 0;
    guard.doubt[o] = missing(guard, o, code);
    return;
  }
  // A value that is held says nothing new; nor does it say that the sensor is stuck.
  const origin = frame.origin[row]!;
  const fresh = origin === Origins.measured || origin === Origins.interpolated;
  if (fresh) take(guard, o, frame.value[row]!, frame.twin[o]!, dtS);
  else guard.depth[o] = 0;
  guard.doubt[o] = judge(guard, o, dtS);
  const repeats = guard.unchanged[o]! > 0 && guard.share[o]! > noisyShare;
  const compared = !Number.isNaN(frame.residual[o]!);
  guard.teaches[o] = fresh && compared && !repeats && guard.doubt[o] === Doubts.none ? 1 : 0;
}

function missing(guard: SensorGuard, o: number, code: number): number {
  if (guard.doubt[o] === Doubts.stuck || guard.doubt[o] === Doubts.spikes) return guard.doubt[o]!;
  const outside =
    isCode(code, Quality.uncertainEngineeringUnitsExceeded) || isCode(code, Quality.badOutOfRange);
  if (outside) return Doubts.outOfRange;
  if (guard.connected[o] === 0 || guard.moves[o] === 0) return Doubts.unproven;
  return isBad(code) || isCode(code, Quality.uncertainSubstituteValue) ? Doubts.silent : Doubts.recovering;
}

function take(guard: SensorGuard, o: number, value: number, predicted: number, dtS: number): void {
  if (value === guard.value[o]!) {
    guard.unchangedS[o] = guard.unchangedS[o]! + dtS;
    guard.unchanged[o] = guard.unchanged[o]! + 1;
    guard.low[o] = Math.min(guard.low[o]!, predicted);
    guard.high[o] = Math.max(guard.high[o]!, predicted);
  } else {
    // The share is brought up to date only now: while it stands still, what was usual before counts.
    const before = guard.share[o]! * (1 - shareMemory) ** Math.min(guard.unchanged[o]!, 1000);
    guard.share[o] = before + (1 - before) * shareMemory;
    guard.moves[o] = guard.moves[o]! + (Number.isNaN(guard.value[o]!) ? 0 : 1);
    guard.value[o] = value;
    guard.unchangedS[o] = 0;
    guard.unchanged[o] = 0;
    guard.low[o] = predicted;
    guard.high[o] = predicted;
  }
  const { measured, predicted: foretold, depth } = guard;
  const at = o * history;
  measured.copyWithin(at + 1, at, at + history - 1);
  foretold.copyWithin(at + 1, at, at + history - 1);
  measured[at] = value;
  foretold[at] = predicted;
  depth[o] = Math.min(history, depth[o]! + 1);
  if (depth[o] === history && isSpike(guard, o)) {
    guard.spiked[o] = 1;
    guard.spikes[o] = guard.spikes[o]! + 1;
  }
}

/** The value before this one stood out from both its neighbours, and the prediction had no reason to. */
function isSpike({ measured, predicted, sigma }: SensorGuard, o: number): boolean {
  const at = o * history;
  const now = measured[at]!;
  const before = measured[at + 2]!;
  const height = Math.abs(measured[at + 1]! - (now + before) / 2);
  if (!(height > spikeSigmas * sigma[o]!) || Math.abs(now - before) > 0.5 * height) return false;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < history; i++) {
    low = Math.min(low, predicted[at + i]!);
    high = Math.max(high, predicted[at + i]!);
  }
  return high - low < 0.3 * height;
}

function judge(guard: SensorGuard, o: number, dtS: number): number {
  const before = guard.doubt[o]!;
  const moved = guard.high[o]! - guard.low[o]!;
  const stuck =
    (guard.unchangedS[o]! >= stuckAfterS && moved >= stuckSigmas * guard.sigma[o]!) ||
    (guard.unchangedS[o]! >= frozenAfterS && guard.share[o]! > noisyShare);
  const spikes = guard.spikes[o]! > (before === Doubts.spikes ? 1 : spikesMax);
  if (stuck || spikes) {
    guard.probationS[o] = probationS;
    return stuck ? Doubts.stuck : Doubts.spikes;
  }
  if (guard.moves[o]! < provenMoves) return Doubts.unproven;
  guard.probationS[o] = Math.max(0, guard.probationS[o]! - dtS);
  return guard.probationS[o]! > 0 ? Doubts.recovering : Doubts.none;
}
