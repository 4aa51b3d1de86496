// A sensor that says the same again and again. How often a sound one does is learnt by mode, and a run of equal values is
// weighed by how unlikely it is; where a sensor is too coarse for that, the twin must have expected it to move.
import type { Frame } from '../../frame.ts';
import { isGood } from '../../quality.ts';
import type { Track } from '../../track.ts';

/** A run counts when its odds are e^-28, and after so long. */
const oddsMin = 28;
const lastsMinS = 4;
/** However lively, one equal value is no less likely than this. */
const shareMin = 0.05;
/** Learnt of a mode from so many samples; beyond, what is old fades. */
export const learnSamples = 200;
const memorySamples = 4000;
/** Of a longer run nothing is learnt but how long it was. */
const runTaught = 12;
/** Of its changes as large a share goes back and forth: what has no noise stands still when the world does. */
const noisyMin = 0.25;
const runTimes = 2;
/** The prediction moved by so many sigmas in the run, and it is as many samples long. */
const movedSigmas = 8;
const movedRun = 20;

export interface Stuck {
  readonly modes: number;
  readonly value: Float64Array;
  readonly seenMs: Float64Array;
  /** By row, of the run so far: samples, odds (as -ln), begin, and what was predicted over it. */
  readonly run: Float64Array;
  readonly odds: Float64Array;
  readonly sinceMs: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** By row, the odds of the most unlikely run that ended by itself. */
  readonly longest: Float64Array;
  /** By row: sign of the last change, changes, and those that went back. */
  readonly sign: Int8Array;
  readonly changes: Float64Array;
  readonly turns: Float64Array;
  /** By row, then by mode: samples, and those equal to the one before. */
  readonly samples: Float64Array;
  readonly equal: Float64Array;
  readonly level: Uint8Array;
}

export function newStuck(rows: number, modes: number): Stuck {
  const column = (value = 0) => new Float64Array(rows).fill(value);
  return {
    modes,
    ...{ value: column(Number.NaN), seenMs: column(Number.NEGATIVE_INFINITY) },
    ...{ run: column(), odds: column(), sinceMs: column(), low: column(), high: column(), longest: column() },
    ...{ sign: new Int8Array(rows), changes: column(), turns: column() },
    ...{ samples: new Float64Array(rows * modes), equal: new Float64Array(rows * modes) },
    level: new Uint8Array(rows),
  };
}

/** Once a tick. `watched` by row: its condition, -1 for none. `mode` -1: nobody knows. */
export function watchStuck(
  stuck: Stuck,
  frame: Frame,
  tracks: readonly (Track | undefined)[],
  watched: Int32Array,
  mode: number,
): void {
  const inputs = frame.machine.model.inputs.length;
  for (let row = 0; row < watched.length; row++) {
    const track = tracks[row];
    if (watched[row]! < 0 || track === undefined) continue;
    const o = row - inputs;
    const predicted =
      o >= 0 && o < frame.twin.length && frame.mode !== 'offline' ? frame.twin[o]! : Number.NaN;
    const sigma = frame.machine.signals[row]!.sigma ?? Number.NaN;
    // A frame is of a moment ago: what it foretells just after a change was foretold of the time before.
    if (!Number.isNaN(predicted) && frame.timeMs > stuck.sinceMs[row]! + 500) {
      stuck.low[row] = Math.min(stuck.low[row]!, predicted);
      stuck.high[row] = Math.max(stuck.high[row]!, predicted);
    }
    const mask = track.timeMs.length - 1;
    let first = track.count;
    while (first > 0 && track.timeMs[(track.head + first - 1) & mask]! > stuck.seenMs[row]!) first--;
    for (let i = first; i < track.count; i++) {
      const slot = (track.head + i) & mask;
      stuck.seenMs[row] = track.timeMs[slot]!;
      if (isGood(track.quality[slot]!))
        take(stuck, row, Math.max(0, mode), track.value[slot]!, track.timeMs[slot]!);
    }
    if (first < track.count) judge(stuck, row, sigma);
  }
}

function take(stuck: Stuck, row: number, mode: number, value: number, timeMs: number): void {
  const { run, odds, sinceMs, low, high, longest, sign, changes, turns, samples, equal } = stuck;
  const at = row * stuck.modes + mode;
  const before = stuck.value[row]!;
  if (value === before) {
    run[row] = run[row]! + 1;
    odds[row] = odds[row]! - Math.log(Math.max(shareMin, shareOf(stuck, at)));
    if (run[row]! <= runTaught) count(samples, equal, at, 1);
    return;
  }
  if (!Number.isNaN(before)) {
    count(samples, equal, at, 0);
    const now = value > before ? 1 : -1;
    changes[row] = changes[row]! + 1;
    if (now === -sign[row]!) turns[row] = turns[row]! + 1;
    if (changes[row]! > memorySamples) {
      changes[row] = changes[row]! / 2;
      turns[row] = turns[row]! / 2;
    }
    sign[row] = now;
    if (stuck.level[row] === 0) longest[row] = Math.max(longest[row]! * 0.9999, odds[row]!);
  }
  stuck.value[row] = value;
  run[row] = 0;
  odds[row] = 0;
  sinceMs[row] = timeMs;
  low[row] = Number.POSITIVE_INFINITY;
  high[row] = Number.NEGATIVE_INFINITY;
  stuck.level[row] = 0;
}

/** Until a mode is known, an equal value says nothing. */
function shareOf({ samples, equal }: Stuck, at: number): number {
  const seen = samples[at]!;
  return seen < learnSamples ? 1 : (equal[at]! + 1) / (seen + 2);
}

function count(samples: Float64Array, equal: Float64Array, at: number, same: 0 | 1): void {
  samples[at] = samples[at]! + 1;
  equal[at] = equal[at]! + same;
  if (samples[at]! < memorySamples) return;
  samples[at] = samples[at]! / 2;
  equal[at] = equal[at]! / 2;
}

function judge(stuck: Stuck, row: number, sigma: number): void {
  const { run, odds, sinceMs, seenMs, low, high, longest, changes, turns } = stuck;
  const lasts = (seenMs[row]! - sinceMs[row]!) / 1000;
  if (lasts < lastsMinS) return;
  const noisy = changes[row]! >= 50 && turns[row]! / changes[row]! >= noisyMin;
  const unlikely = noisy && odds[row]! >= Math.max(oddsMin, runTimes * longest[row]!);
  const moved = changes[row]! >= 10 && run[row]! >= movedRun && high[row]! - low[row]! >= movedSigmas * sigma;
  if (unlikely || moved) stuck.level[row] = 1;
}
