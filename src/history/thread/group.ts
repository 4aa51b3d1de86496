// What goes to the disk together, while it is gathered and until it is there.
import type { GatewayEvent } from '../../ports/event.ts';
import type { HistoryGap } from '../../ports/history.ts';
import type { Act, AlarmRow, NewTag, Snapshot } from '../commit.ts';
import type { Block } from './block.ts';

export interface Group {
  readonly number: number;
  block: Block | undefined;
  /** Monotonic time of the first thing in it that is in such a hurry; NaN while there is nothing. */
  beganMs: number;
  /** Monotonic time at which it has to go. */
  dueMs: number;
  /** The shortest time any of it may wait. */
  withinMs: number;
  /** Samples by the number of their source: for the accounts. */
  readonly bySource: number[];
  readonly tags: NewTag[];
  readonly memory: Map<string, string>;
  readonly events: GatewayEvent[];
  readonly acts: Act[];
  readonly snapshots: Snapshot[];
  readonly cursors: Map<string, Cursor>;
  readonly gaps: HistoryGap[];
  readonly alarms: AlarmRow[];
  /** Whoever waits for it; made when somebody does. */
  done: PromiseWithResolvers<void> | undefined;
}

export interface Cursor {
  readonly sink: string;
  readonly stream: string;
  readonly position: number;
}

export function newGroup(number: number): Group {
  return {
    number,
    block: undefined,
    beganMs: Number.NaN,
    dueMs: Number.POSITIVE_INFINITY,
    withinMs: Number.POSITIVE_INFINITY,
    bySource: [],
    tags: [],
    memory: new Map(),
    events: [],
    acts: [],
    snapshots: [],
    cursors: new Map(),
    gaps: [],
    alarms: [],
    done: undefined,
  };
}

/** Resolves when it is on the disk; rejects when it never will be. */
export function safetyOf(group: Group): Promise<void> {
  if (group.done === undefined) {
    group.done = Promise.withResolvers();
    // Whoever asked may have gone since.
    group.done.promise.catch(() => {});
  }
  return group.done.promise;
}

/** Things in it besides samples: what may wait of them has an end. */
export function extrasOf({ events, acts, snapshots, gaps, alarms }: Group): number {
  return events.length + acts.length + snapshots.length + gaps.length + alarms.length;
}
