// The last message numbers of one topic: finds repetitions and gaps. Bounded; no allocation after the start.

export interface SequenceWindow {
  readonly numbers: Float64Array;
  readonly times: Float64Array;
  /** How many were admitted since the last restart; the newest is at (count - 1) % size. */
  count: number;
  highest: number;
}

export type SequenceVerdict = 'new' | 'gap' | 'duplicate';

const size = 64;

export function newSequenceWindow(): SequenceWindow {
  return {
    numbers: new Float64Array(size),
    times: new Float64Array(size),
    count: 0,
    highest: Number.NEGATIVE_INFINITY,
  };
}

/**
 * `timeMs` is the source time, NaN without one. A device that restarts counts from 0 again: the same number
 * with another time is new, and without a time a 0 that is not an immediate repetition begins a new window.
 */
export function admitSequence(window: SequenceWindow, number: number, timeMs: number): SequenceVerdict {
  const first = window.count === 0;
  const last = first ? number : window.numbers[(window.count - 1) % size]!;
  if (number === 0 && last !== 0 && Number.isNaN(timeMs)) {
    window.count = 0;
    window.highest = Number.NEGATIVE_INFINITY;
  }
  if (number <= window.highest && isKnown(window, number, timeMs)) return 'duplicate';
  const slot = window.count % size;
  window.numbers[slot] = number;
  window.times[slot] = timeMs;
  window.count++;
  window.highest = Math.max(window.highest, number);
  return number > last + 1 ? 'gap' : 'new';
}

function isKnown(window: SequenceWindow, number: number, timeMs: number): boolean {
  const known = Math.min(window.count, size);
  for (let i = 0; i < known; i++) {
    if (window.numbers[i] !== number) continue;
    if (Number.isNaN(timeMs) || Number.isNaN(window.times[i]!) || window.times[i] === timeMs) return true;
  }
  return false;
}
