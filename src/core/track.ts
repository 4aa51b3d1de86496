// The recent samples of one signal in order of time, and what it was worth at an instant.
// Reading moves forward only: what lies before the last instant read, but for the last such sample, is gone.
import { Origins } from './frame.ts';
import type { AlignPolicy } from './model.ts';
import { isBad, Quality, worse } from './quality.ts';

const firstCapacity = 32;

export interface TrackPolicy {
  readonly align: AlignPolicy;
  readonly staleMs: number;
  readonly missingMs: number;
  /** Most samples kept; a power of two. They must cover the lag and a tick. */
  readonly samplesMax: number;
}

/** A ring; `count` samples from `head`, times never decreasing. */
export interface Track {
  readonly policy: TrackPolicy;
  timeMs: Float64Array;
  value: Float64Array;
  quality: Uint32Array;
  head: number;
  count: number;
  /** The last instant read; samples before it are late. */
  readMs: number;
}

/** Where `readTrack` writes one signal's column of a frame. */
export interface SignalColumns {
  readonly value: Float64Array;
  readonly quality: Uint32Array;
  readonly origin: Uint8Array;
  readonly ageMs: Float64Array;
}

export function newTrack(policy: TrackPolicy): Track {
  return {
    policy,
    timeMs: new Float64Array(firstCapacity),
    value: new Float64Array(firstCapacity),
    quality: new Uint32Array(firstCapacity),
    head: 0,
    count: 0,
    readMs: Number.NEGATIVE_INFINITY,
  };
}

/** Takes a sample at its time, whatever the order of arrival. False when it is too late to matter. */
export function insertSample(track: Track, timeMs: number, value: number, quality: number): boolean {
  if (track.count === track.timeMs.length) makeRoom(track);
  const mask = track.timeMs.length - 1;
  let place = track.count;
  while (place > 0 && track.timeMs[(track.head + place - 1) & mask]! > timeMs) place--;
  // Older than the one at or before the last instant read: no coming frame can use it.
  if (place === 0 && track.count > 0 && track.timeMs[track.head]! <= track.readMs) return false;
  for (let i = track.count; i > place; i--) {
    const to = (track.head + i) & mask;
    const from = (track.head + i - 1) & mask;
    track.timeMs[to] = track.timeMs[from]!;
    track.value[to] = track.value[from]!;
    track.quality[to] = track.quality[from]!;
  }
  const slot = (track.head + place) & mask;
  track.timeMs[slot] = timeMs;
  track.value[slot] = value;
  track.quality[slot] = quality;
  track.count++;
  return true;
}

/** Grows to the bound. There the sample after the oldest goes: the oldest is what the next frame reads. */
function makeRoom(track: Track): void {
  const capacity = track.timeMs.length;
  if (capacity >= track.policy.samplesMax) {
    const next = (track.head + 1) & (capacity - 1);
    track.timeMs[next] = track.timeMs[track.head]!;
    track.value[next] = track.value[track.head]!;
    track.quality[next] = track.quality[track.head]!;
    track.head = next;
    track.count--;
    return;
  }
  const grown = newColumns(capacity * 2);
  for (let i = 0; i < track.count; i++) {
    const from = (track.head + i) & (capacity - 1);
    grown.timeMs[i] = track.timeMs[from]!;
    grown.value[i] = track.value[from]!;
    grown.quality[i] = track.quality[from]!;
  }
  Object.assign(track, grown, { head: 0 });
}

function newColumns(capacity: number) {
  return {
    timeMs: new Float64Array(capacity),
    value: new Float64Array(capacity),
    quality: new Uint32Array(capacity),
  };
}

/** Writes what the signal is worth at `atMs` to row `row` of `out`. */
export function readTrack(track: Track, atMs: number, out: SignalColumns, row: number): void {
  const mask = track.timeMs.length - 1;
  while (track.count > 1 && track.timeMs[(track.head + 1) & mask]! <= atMs) {
    track.head = (track.head + 1) & mask;
    track.count--;
  }
  track.readMs = atMs;
  const left = track.head;
  if (track.count === 0 || track.timeMs[left]! > atMs) {
    writeMissing(out, row, Quality.badWaitingForInitialData, Number.POSITIVE_INFINITY);
    return;
  }
  const ageMs = atMs - track.timeMs[left]!;
  const quality = track.quality[left]!;
  if (isBad(quality)) {
    writeMissing(out, row, quality, ageMs);
    return;
  }
  if (ageMs === 0) {
    write(out, row, track.value[left]!, quality, Origins.measured, 0);
  } else if (!(track.policy.align === 'linear' && interpolate(track, atMs, ageMs, out, row))) {
    hold(track, ageMs, out, row);
  }
}

/** Between two samples close enough to trust the line between them. */
function interpolate(track: Track, atMs: number, ageMs: number, out: SignalColumns, row: number): boolean {
  if (track.count < 2) return false;
  const left = track.head;
  const right = (track.head + 1) & (track.timeMs.length - 1);
  const spanMs = track.timeMs[right]! - track.timeMs[left]!;
  if (spanMs > track.policy.missingMs || isBad(track.quality[right]!)) return false;
  const share = (atMs - track.timeMs[left]!) / spanMs;
  const value = track.value[left]! + (track.value[right]! - track.value[left]!) * share;
  const quality = worse(track.quality[left]!, track.quality[right]!);
  write(out, row, value, quality, Origins.interpolated, ageMs);
  return true;
}

function hold(track: Track, ageMs: number, out: SignalColumns, row: number): void {
  const { align, staleMs, missingMs } = track.policy;
  const value = track.value[track.head]!;
  const quality = track.quality[track.head]!;
  if (align === 'previous') {
    write(out, row, value, quality, Origins.held, ageMs);
  } else if (ageMs <= staleMs) {
    write(out, row, value, quality, Origins.held, ageMs);
  } else if (ageMs <= missingMs) {
    write(out, row, value, worse(quality, Quality.uncertainLastUsableValue), Origins.held, ageMs);
  } else {
    writeMissing(out, row, Quality.badNoCommunication, ageMs);
  }
}

function write(
  out: SignalColumns,
  row: number,
  value: number,
  quality: number,
  origin: number,
  ageMs: number,
): void {
  out.value[row] = value;
  out.quality[row] = quality;
  out.origin[row] = origin;
  out.ageMs[row] = ageMs;
}

function writeMissing(out: SignalColumns, row: number, quality: number, ageMs: number): void {
  write(out, row, Number.NaN, quality, Origins.missing, ageMs);
}
