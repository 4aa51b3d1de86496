// A window as the plan keeps it: what is published of it, and what it takes to know it again. Pure.
import { createHash } from 'node:crypto';
import type { MaintenanceWindow } from '../core/forecast.ts';

export interface PlannedWindow extends MaintenanceWindow {
  /** The same for as long as it is the same piece of work, wherever it moves. */
  readonly uid: string;
  /** Counts its changes, for calendars. */
  readonly sequence: number;
  readonly changedMs: number;
  /** When it was last asked for by a forecast. */
  readonly neededMs: number;
  /** Resources with numbers; `resources` has the words. */
  readonly counts: Readonly<Record<string, number>>;
}

export function newUid(machine: string, about: readonly string[], nowMs: number): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([machine, about, nowMs]))
    .digest('hex');
  return `${machine}-${digest.slice(0, 16)}@gemel`;
}

/** What somebody who goes there has to know. */
export function isSame(a: PlannedWindow, b: PlannedWindow): boolean {
  return keyOf(a) === keyOf(b);
}

export function keyOf({ uid, startMs, endMs, about, urgent, text, counts }: PlannedWindow): string {
  const needed = Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([uid, startMs, endMs, about, urgent, text, needed]);
}

/** What others see of it. */
export function publicWindow(window: PlannedWindow): MaintenanceWindow {
  const { machine, about, startMs, endMs, beforeMs, resources, text, urgent } = window;
  return { machine, about, startMs, endMs, beforeMs, resources, text, urgent };
}

/** `2 technician`, `crane`. */
export function wordsOf(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(([name, count]) => (count === 1 ? name : `${count} ${name}`));
}
