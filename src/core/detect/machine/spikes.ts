// Isolated samples of a sensor that stand out from both their neighbours, where the twin had no reason to expect it: a
// loose contact, a disturbed cable. One a day is nothing; several in a row are.
import type { Frame } from '../../frame.ts';
import { isBad } from '../../quality.ts';
import type { Track } from '../../track.ts';

/** A sample stands out from both neighbours by so many sigmas of the sensor, and of what it usually does. */
const sigmasMin = 8;
const usualTimes = 8;
/** The neighbours differ by at most this share of the height: what goes up and stays is no spike. */
const backShare = 0.4;
/** The prediction moved by at most this share of the height around it. */
const foretoldShare = 0.3;
const usualMemory = 0.002;
/** They are counted over this long; so many speak, and below so many it is over. */
const memoryS = 20;
const spokenFrom = 2.5;
const calmBelow = 0.5;
/** Predictions around a moment: as many ticks. */
const depth = 8;

export interface Spikes {
  /** By output: its last two good samples, and the stamp of the last. */
  readonly before: Float64Array;
  readonly last: Float64Array;
  readonly lastMs: Float64Array;
  readonly seenMs: Float64Array;
  /** By output: how much a sample usually stands out. */
  readonly usual: Float64Array;
  /** By output: height and stamp of one that waits for the prediction of its moment; 0: none. */
  readonly height: Float64Array;
  readonly heightMs: Float64Array;
  readonly count: Float64Array;
  readonly largest: Float64Array;
  readonly level: Uint8Array;
  /** By output, then by tick: what was predicted, a ring; and the times of its slots. */
  readonly predicted: Float64Array;
  readonly predictedMs: Float64Array;
  slot: number;
}

export function newSpikes(outputs: number): Spikes {
  const column = (value = 0) => new Float64Array(outputs).fill(value);
  return {
    ...{ before: column(Number.NaN), last: column(Number.NaN), lastMs: column(Number.NEGATIVE_INFINITY) },
    ...{ seenMs: column(Number.NEGATIVE_INFINITY), usual: column(), height: column(), heightMs: column() },
    ...{ count: column(), largest: column(), level: new Uint8Array(outputs) },
    predicted: new Float64Array(outputs * depth).fill(Number.NaN),
    predictedMs: new Float64Array(depth).fill(Number.NaN),
    slot: 0,
  };
}

/** Once a tick. `sigma` by output, NaN for one that is not watched. */
export function watchSpikes(
  spikes: Spikes,
  frame: Frame,
  tracks: readonly (Track | undefined)[],
  sigma: Float64Array,
  dtS: number,
): void {
  const { model } = frame.machine;
  const { slot, predicted, predictedMs, count, level, largest } = spikes;
  predictedMs[slot] = frame.timeMs;
  const keep = Math.exp(-dtS / memoryS);
  for (let o = 0; o < sigma.length; o++) {
    predicted[o * depth + slot] = frame.twin[o]!;
    count[o] = count[o]! * keep;
    const track = tracks[model.inputs.length + o];
    if (track === undefined || Number.isNaN(sigma[o]!)) continue;
    if (spikes.height[o] !== 0) confirm(spikes, o, frame.timeMs);
    takeSamples(spikes, o, track, sigma[o]!);
    if (count[o]! >= spokenFrom) level[o] = 1;
    else if (count[o]! < calmBelow) {
      level[o] = 0;
      largest[o] = 0;
    }
  }
  spikes.slot = (slot + 1) % depth;
}

function takeSamples(spikes: Spikes, o: number, track: Track, sigma: number): void {
  const mask = track.timeMs.length - 1;
  let first = track.count;
  while (first > 0 && track.timeMs[(track.head + first - 1) & mask]! > spikes.seenMs[o]!) first--;
  for (let i = first; i < track.count; i++) {
    const slot = (track.head + i) & mask;
    spikes.seenMs[o] = track.timeMs[slot]!;
    if (!isBad(track.quality[slot]!)) takeSample(spikes, o, track.value[slot]!, track.timeMs[slot]!, sigma);
  }
}

function takeSample(spikes: Spikes, o: number, value: number, timeMs: number, sigma: number): void {
  const { before, last, lastMs, usual } = spikes;
  const a = before[o]!;
  const b = last[o]!;
  const bMs = lastMs[o]!;
  before[o] = b;
  last[o] = value;
  lastMs[o] = timeMs;
  if (Number.isNaN(a) || Number.isNaN(b)) return;
  const height = Math.abs(b - (a + value) / 2);
  const bar = Math.max(sigmasMin * sigma, usualTimes * usual[o]!);
  if (height > bar && Math.abs(value - a) <= backShare * height) {
    spikes.height[o] = height;
    spikes.heightMs[o] = bMs;
    return;
  }
  usual[o] = usual[o]! + (Math.min(height, bar) - usual[o]!) * usualMemory;
}

/** The frames have come past its moment: was there a reason for it? */
function confirm(spikes: Spikes, o: number, nowMs: number): void {
  const { height, heightMs, predicted, predictedMs, count, largest } = spikes;
  if (nowMs < heightMs[o]! + 100) return;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let slot = 0; slot < depth; slot++) {
    if (Number.isNaN(predictedMs[slot]!) || Math.abs(predictedMs[slot]! - heightMs[o]!) > 400) continue;
    low = Math.min(low, predicted[o * depth + slot]!);
    high = Math.max(high, predicted[o * depth + slot]!);
  }
  if (!(high - low > foretoldShare * height[o]!)) {
    count[o] = count[o]! + 1;
    largest[o] = Math.max(largest[o]!, height[o]!);
  }
  height[o] = 0;
}
