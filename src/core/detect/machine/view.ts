// What the detectors of a machine see each tick: aligned values, residuals, and the samples that have come since the
// tick before, straight from their tracks: who waits for the frame's lag would be late. It never shows what was not measured.
import type { Frame } from '../../frame.ts';
import { isGood } from '../../quality.ts';
import type { Track } from '../../track.ts';
import { newView, type View } from '../detector.ts';

export interface Sight {
  readonly view: View;
  /** By row: stamp of the newest sample seen, good or bad. */
  readonly seenMs: Float64Array;
  /** By row: how many good samples have come since the tick before. */
  readonly fresh: Uint16Array;
  readonly inputs: number;
  readonly lagMs: number;
}

export function newSight(frame: Frame): Sight {
  const { signals, model, lagMs } = frame.machine;
  return {
    view: newView(signals.length),
    seenMs: new Float64Array(signals.length).fill(Number.NEGATIVE_INFINITY),
    fresh: new Uint16Array(signals.length),
    inputs: model.inputs.length,
    lagMs,
  };
}

export function lookAt(
  sight: Sight,
  frame: Frame,
  tracks: readonly (Track | undefined)[],
  dtS: number,
  mode: number,
): void {
  const { view, inputs, lagMs, fresh } = sight;
  const nowMs = frame.timeMs + lagMs;
  view.timeMs = nowMs;
  view.dtS = dtS;
  view.mode = mode;
  for (let row = 0; row < view.value.length; row++) {
    const quality = frame.quality[row]!;
    // What the twin stands in for is Uncertain: of it nothing is known.
    const value = isGood(quality) ? frame.value[row]! : Number.NaN;
    view.quality[row] = quality;
    view.value[row] = value;
    const o = row - inputs;
    view.residual[row] = o >= 0 && o < frame.residual.length ? frame.residual[o]! : Number.NaN;
    const track = tracks[row];
    if (track === undefined) {
      // A derived signal has no samples: it is what it is at each tick.
      view.low[row] = view.high[row] = view.last[row] = value;
      view.ageS[row] = Number.isNaN(value) ? Number.POSITIVE_INFINITY : 0;
      fresh[row] = Number.isNaN(value) ? 0 : 1;
    } else takeNew(sight, track, row, nowMs);
  }
}

/** The track is in order of time up to here: the frame has just read it. */
function takeNew({ view, seenMs, fresh }: Sight, track: Track, row: number, nowMs: number): void {
  let low = Number.NaN;
  let high = Number.NaN;
  let last = Number.NaN;
  let taken = 0;
  const before = seenMs[row]!;
  const mask = track.timeMs.length - 1;
  for (let back = track.count - 1; back >= 0; back--) {
    const slot = (track.head + back) & mask;
    const timeMs = track.timeMs[slot]!;
    if (timeMs <= before) break;
    if (timeMs > seenMs[row]!) seenMs[row] = timeMs;
    if (!isGood(track.quality[slot]!)) continue;
    const value = track.value[slot]!;
    if (taken++ === 0) last = low = high = value;
    else if (value < low) low = value;
    else if (value > high) high = value;
  }
  view.low[row] = low;
  view.high[row] = high;
  view.last[row] = last;
  view.ageS[row] = Math.max(0, (nowMs - seenMs[row]!) / 1000);
  fresh[row] = taken;
}
