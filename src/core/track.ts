// The recent samples of one stream in order of time, whatever the order they came in. A ring; bounded.
// Reading moves forward only: what lies before the last instant read, but for the last such sample, is gone.
import type { AlignPolicy } from './model.ts';

const firstCapacity = 32;
/** A sample that would have to pass more than these waits, and is merged with its like when somebody reads. */
const passesMax = 16;
/** A minute of ticks, at the usual period. */
const roomyReadsMax = 600;

export interface TrackPolicy {
  readonly align: AlignPolicy;
  readonly staleMs: number;
  readonly missingMs: number;
  /** Most samples kept; a power of two. They must cover the lag and a tick. */
  readonly samplesMax: number;
  /** Of an angle: a full turn, and the least value it is told with. */
  readonly period?: number;
  readonly from?: number;
  /** True when every sample is taken out once, in order, by `takeSample`; then `align` means nothing. */
  readonly drained?: boolean;
}

/** `count` samples from `head`, of which the first `sorted` are in order; the others wait to be merged. */
export interface Track {
  readonly policy: TrackPolicy;
  /** Of the policy; 0 for what is no angle. */
  readonly period: number;
  readonly from: number;
  timeMs: Float64Array;
  value: Float64Array;
  quality: Uint32Array;
  head: number;
  count: number;
  sorted: number;
  /** The last instant read; samples before it may be late. */
  readMs: number;
  /** Time of the last sample that `takeSample` gave out. */
  takenMs: number;
  /** Reads in a row for which a quarter of the room would have done. */
  roomyReads: number;
  /** Its values are states, not quantities: there is nothing between two of them. */
  stepped: boolean;
}

export function newTrack(policy: TrackPolicy): Track {
  return {
    policy,
    period: policy.period ?? 0,
    from: policy.from ?? 0,
    ...newColumns(firstCapacity),
    head: 0,
    count: 0,
    sorted: 0,
    readMs: Number.NEGATIVE_INFINITY,
    takenMs: Number.NEGATIVE_INFINITY,
    roomyReads: 0,
    stepped: false,
  };
}

/** Takes a sample at its time, whatever the order of arrival. False when it is too late to matter. */
export function insertSample(track: Track, timeMs: number, value: number, quality: number): boolean {
  if (timeMs <= track.readMs && isLate(track, timeMs)) return false;
  if (track.count === track.timeMs.length) makeRoom(track);
  const mask = track.timeMs.length - 1;
  let place = track.count;
  if (track.sorted === place) {
    if (place > 0 && track.timeMs[(track.head + place - 1) & mask]! > timeMs)
      place = openPlace(track, timeMs);
    else track.sorted++;
  }
  const slot = (track.head + place) & mask;
  track.timeMs[slot] = timeMs;
  track.value[slot] = value;
  track.quality[slot] = quality;
  track.count++;
  return true;
}

/** Moves up the few samples that are newer; where they are many, the place is at the end, to wait. */
function openPlace(track: Track, timeMs: number): number {
  const mask = track.timeMs.length - 1;
  const least = Math.max(0, track.count - passesMax);
  let place = track.count;
  while (place > least && track.timeMs[(track.head + place - 1) & mask]! > timeMs) place--;
  if (place > 0 && track.timeMs[(track.head + place - 1) & mask]! > timeMs) return track.count;
  for (let i = track.count; i > place; i--) copySlot(track, track.head + i - 1, track.head + i);
  track.sorted++;
  return place;
}

/** Older than what was read last: no coming frame can use it. */
function isLate(track: Track, timeMs: number): boolean {
  if (track.policy.drained === true) return timeMs < track.takenMs;
  if (track.count === 0) return false;
  const oldestMs = track.timeMs[track.head]!;
  return timeMs < oldestMs && oldestMs <= track.readMs;
}

/** Puts what came far out of order in its place. Of equal times the last to come stays last. */
function settleTrack(track: Track): void {
  const waiting = track.count - track.sorted;
  if (waiting === 0) return;
  const mask = track.timeMs.length - 1;
  const tail = newColumns(waiting);
  const order: number[] = [];
  for (let i = 0; i < waiting; i++) {
    const slot = (track.head + track.sorted + i) & mask;
    tail.timeMs[i] = track.timeMs[slot]!;
    tail.value[i] = track.value[slot]!;
    tail.quality[i] = track.quality[slot]!;
    order.push(i);
  }
  // Bursts are mostly runs in order, or runs backwards: both cost this sort one pass.
  order.sort((a, b) => tail.timeMs[a]! - tail.timeMs[b]!);
  let left = track.sorted - 1;
  let right = waiting - 1;
  for (let to = track.count - 1; right >= 0; to--) {
    const from = order[right]!;
    if (left >= 0 && track.timeMs[(track.head + left) & mask]! > tail.timeMs[from]!) {
      copySlot(track, track.head + left--, track.head + to);
    } else {
      const slot = (track.head + to) & mask;
      track.timeMs[slot] = tail.timeMs[from]!;
      track.value[slot] = tail.value[from]!;
      track.quality[slot] = tail.quality[from]!;
      right--;
    }
  }
  track.sorted = track.count;
}

/** Lets go of what lies before the newest sample at or before `atMs`; after it, `head` is that sample. */
export function seekTrack(track: Track, atMs: number): void {
  if (track.sorted !== track.count) settleTrack(track);
  giveRoomBack(track);
  const { timeMs } = track;
  const mask = timeMs.length - 1;
  while (track.count > 1 && timeMs[(track.head + 1) & mask]! <= atMs) {
    track.head = (track.head + 1) & mask;
    track.count--;
    track.sorted--;
  }
  track.readMs = atMs;
}

/** The slot of the oldest sample up to `atMs`, which is thereby taken; -1 when there is none left. */
export function takeSample(track: Track, atMs: number): number {
  if (track.sorted !== track.count) settleTrack(track);
  if (track.readMs !== atMs) giveRoomBack(track);
  track.readMs = atMs;
  const slot = track.head;
  if (track.count === 0 || track.timeMs[slot]! > atMs) return -1;
  track.takenMs = track.timeMs[slot]!;
  track.head = (slot + 1) & (track.timeMs.length - 1);
  track.count--;
  track.sorted--;
  return slot;
}

/** Grows to the bound. There the samples after the oldest go: the oldest is what the next frame reads. */
function makeRoom(track: Track): void {
  const capacity = track.timeMs.length;
  if (capacity < track.policy.samplesMax) {
    resize(track, capacity * 2);
    return;
  }
  // Where many wait to be merged, many make room at once, so that no single sample pays for a merge.
  const dropped = track.sorted === track.count ? 1 : capacity >> 3;
  settleTrack(track);
  copySlot(track, track.head, track.head + dropped);
  track.head = (track.head + dropped) & (capacity - 1);
  track.count -= dropped;
  track.sorted = track.count;
}

/** What a burst has taken is given back once it has long not been needed: a flood of each tag in turn adds up. */
function giveRoomBack(track: Track): void {
  const capacity = track.timeMs.length;
  if (track.count * 4 > capacity || capacity === firstCapacity) track.roomyReads = 0;
  else if (++track.roomyReads >= roomyReadsMax) resize(track, capacity / 2);
}

function resize(track: Track, capacity: number): void {
  const resized = newColumns(capacity);
  const mask = track.timeMs.length - 1;
  for (let i = 0; i < track.count; i++) {
    const from = (track.head + i) & mask;
    resized.timeMs[i] = track.timeMs[from]!;
    resized.value[i] = track.value[from]!;
    resized.quality[i] = track.quality[from]!;
  }
  Object.assign(track, resized, { head: 0, roomyReads: 0 });
}

function newColumns(capacity: number) {
  return {
    timeMs: new Float64Array(capacity),
    value: new Float64Array(capacity),
    quality: new Uint32Array(capacity),
  };
}

function copySlot(track: Track, from: number, to: number): void {
  const mask = track.timeMs.length - 1;
  track.timeMs[to & mask] = track.timeMs[from & mask]!;
  track.value[to & mask] = track.value[from & mask]!;
  track.quality[to & mask] = track.quality[from & mask]!;
}
