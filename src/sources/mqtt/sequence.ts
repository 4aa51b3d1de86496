// The last message numbers of one topic: finds repetitions and gaps. Bounded; it allocates with the first number,
// and never again.

export interface SequenceWindow {
  /** Number and time of those that were kept, in a ring; empty before the first. */
  kept: Float64Array;
  /** How many were kept since the last restart; the newest is at (count - 1) % size. */
  count: number;
  highest: number;
  /** The number that came last, kept or not; NaN before the first. */
  last: number;
}

export type SequenceVerdict = 'new' | 'gap' | 'duplicate';

const size = 64;

export function newSequenceWindow(): SequenceWindow {
  return { kept: new Float64Array(0), count: 0, highest: Number.NEGATIVE_INFINITY, last: Number.NaN };
}

/**
 * `timeMs` is the source time, NaN without one. A device that restarts counts from 0 again: the same number
 * with another time is new, and without a time a 0 that is not an immediate repetition begins a new window.
 */
export function judgeNumber(window: SequenceWindow, number: number, timeMs: number): SequenceVerdict {
  const { last } = window;
  if (number === 0 && last !== 0 && Number.isNaN(timeMs)) {
    window.count = 0;
    window.highest = Number.NEGATIVE_INFINITY;
  }
  if (number <= window.highest && isKept(window, number, timeMs)) return 'duplicate';
  window.last = number;
  // What was sent anew comes out of turn: after it the one before this may have been here for long.
  return number > last + 1 && !isKept(window, number - 1, Number.NaN) ? 'gap' : 'new';
}

/** To be called once the message has been taken: one that was refused is no duplicate when it comes again. */
export function keepNumber(window: SequenceWindow, number: number, timeMs: number): void {
  if (window.kept.length === 0) window.kept = new Float64Array(2 * size);
  const slot = 2 * (window.count % size);
  window.kept[slot] = number;
  window.kept[slot + 1] = timeMs;
  window.count++;
  window.highest = Math.max(window.highest, number);
}

/** With the same time, where both have one. */
function isKept({ kept, count }: SequenceWindow, number: number, timeMs: number): boolean {
  const length = 2 * Math.min(count, size);
  for (let at = 0; at < length; at += 2) {
    if (kept[at] !== number) continue;
    const keptMs = kept[at + 1]!;
    if (Number.isNaN(timeMs) || Number.isNaN(keptMs) || keptMs === timeMs) return true;
  }
  return false;
}
