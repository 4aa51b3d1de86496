// Which part of the history goes next when there is no room for all of it: sacrifice by sacrifice, and of each the
// oldest of all tags alike, so that no tag loses its past before the others.
import type { Ages } from './ages.ts';
import { type Keep, type Part, sacrifices, sacrificesForOthers } from './keep.ts';
import type { Space } from './space.ts';
import type { Sweep } from './sweep.ts';

export interface PressureOptions {
  readonly sweepOf: (part: Part, ages: Ages, beforeMs: number, unfetched: boolean) => Sweep;
  /** This time of need is over. */
  readonly end: () => void;
}

export interface Pressure {
  /** How many of the sacrifices the lack of room is worth: none, some or all. */
  of(space: Space, keep: Keep): number;
  /** A millisecond of it. `exhausted`: nothing is left that may go. */
  step(ages: Ages, worth: number): { readonly removed: number; readonly exhausted: boolean };
  rest(): void;
}

/** Once begun, a little more room is made than is asked for, so that it is not begun at each commit. */
const more = 0.02;
/** Of what is between the oldest and the floor, so much goes at a time, and no less than a minute. */
const bites = 64;
const biteMinMs = 60_000;

export function createPressure({ sweepOf, end }: PressureOptions): Pressure {
  let at = 0;
  let sweep: Sweep | undefined;
  let nextMs: number | undefined;
  let isOn = false;

  const rest = () => {
    if (isOn) end();
    isOn = false;
    at = 0;
    sweep = undefined;
    nextMs = undefined;
  };

  return {
    of(space, keep) {
      const share = isOn ? more : 0;
      const ours = keep.maxBytes - walReserve(keep.maxBytes);
      if (space.fileBytes - space.freeBytes > ours * (1 - share)) return sacrifices.length;
      // What is free in the file, and the log, go back to the disk soon.
      const room = space.diskFreeBytes + space.freeBytes + space.walBytes;
      const others = keep.minFreeBytes + walReserve(keep.minFreeBytes);
      return room < others * (1 + share) ? sacrificesForOthers : 0;
    },
    step(ages, worth) {
      isOn = true;
      if (at >= Math.min(worth, sacrifices.length)) {
        rest();
        return { removed: 0, exhausted: true };
      }
      const { part, floorMs, unfetched } = sacrifices[at]!;
      const limitMs = ages.nowMs - floorMs + (floorMs === 0 ? 1 : 0);
      // The first pass removes nothing and looks how old the oldest is.
      sweep ??= sweepOf(part, ages, biteEnd(nextMs, limitMs), unfetched);
      const before = sweep.removed;
      let done: boolean;
      try {
        done = sweep.step();
      } catch (error) {
        // What could not be removed for want of room is still there: the bite begins anew.
        sweep = undefined;
        throw error;
      }
      const removed = sweep.removed - before;
      if (!done) return { removed, exhausted: false };
      nextMs = sweep.nextMs;
      sweep = undefined;
      if (nextMs >= limitMs) {
        at++;
        nextMs = undefined;
      }
      return { removed, exhausted: false };
    },
    rest,
  };
}

/**
 * Room for the log. Its size of the moment must not count: removing makes it grow, and each removal would ask for the
 * next one.
 */
function walReserve(bytes: number): number {
  return Math.min(2 ** 26, bytes / 8);
}

function biteEnd(oldestMs: number | undefined, limitMs: number): number {
  if (oldestMs === undefined) return -Infinity;
  return Math.min(limitMs, oldestMs + Math.max(biteMinMs, (limitMs - oldestMs) / bites));
}
