// Irregular samples of many tags in, the columns of a frame out. Knows which tag feeds which signal.
import type { Frame } from './frame.ts';
import { Origins } from './frame.ts';
import { isBad, Quality } from './quality.ts';
import { readTrack } from './read-track.ts';
import type { SampleColumns } from './sample.ts';
import { insertSample, newTrack, type Track, type TrackPolicy } from './track.ts';

/** A tag feeds a signal; the tag's unit becomes the signal's by scale and offset. */
export interface Binding {
  readonly tag: number;
  readonly machine: number;
  /** Index of the machine's tracks: first those of the frame's rows, then those that derived signals need. */
  readonly signal: number;
  readonly scale: number;
  readonly offset: number;
  /** The tag's values are states (words, true and false): never anything between two of them. */
  readonly stepped?: boolean;
}

interface Feeder {
  readonly track: Track;
  readonly scale: number;
  readonly offset: number;
}

export interface Alignment {
  /** By tag: the signals it feeds. Sparse: most tags of a shop may feed none. */
  readonly byTag: (Feeder[] | undefined)[];
  /** By machine, by row of its frame and beyond; undefined for a signal that no tag is meant to feed. */
  readonly tracks: readonly (readonly (Track | undefined)[])[];
}

export function newAlignment(policies: readonly (readonly (TrackPolicy | undefined)[])[]): Alignment {
  return {
    byTag: [],
    tracks: policies.map((machine) => machine.map((policy) => policy && newTrack(policy))),
  };
}

/** From now on the tag's samples reach the signal. Tags appear as sources first name them. */
export function bindTag(alignment: Alignment, binding: Binding): void {
  const track = alignment.tracks[binding.machine]?.[binding.signal];
  if (track === undefined) throw new RangeError(`nothing may feed signal ${binding.signal}`);
  if (binding.stepped === true) track.stepped = true;
  const feeders = alignment.byTag[binding.tag] ?? [];
  feeders.push({ track, scale: binding.scale, offset: binding.offset });
  alignment.byTag[binding.tag] = feeders;
}

/** Puts samples where the next frames will find them. Returns how many came too late for a frame. */
export function insertSamples(alignment: Alignment, samples: SampleColumns): number {
  let late = 0;
  for (let i = 0; i < samples.length; i++) {
    const feeders = alignment.byTag[samples.tag[i]!];
    if (feeders === undefined) continue;
    let taken = true;
    for (let f = 0; f < feeders.length; f++) {
      const { track, scale, offset } = feeders[f]!;
      const value = samples.value[i]! * scale + offset;
      // A conversion may overflow; what is no number is Bad, also here.
      const good = Number.isFinite(value) || isBad(samples.quality[i]!);
      const quality = good ? samples.quality[i]! : Quality.badOutOfRange;
      if (!insertSample(track, samples.timeMs[i]!, good ? value : Number.NaN, quality)) taken = false;
    }
    if (!taken) late++;
  }
  return late;
}

/** Fills the signal columns of a frame for its time. What no tag feeds is left for `deriveFrame` to fill. */
export function alignFrame(tracks: readonly (Track | undefined)[], frame: Frame): void {
  for (let row = 0; row < frame.value.length; row++) {
    const track = tracks[row];
    if (track === undefined) {
      frame.quality[row] = Quality.badNotConnected;
      frame.origin[row] = Origins.missing;
    } else {
      readTrack(track, frame.timeMs, frame, row);
    }
  }
}
