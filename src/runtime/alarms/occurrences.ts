// Numbers of alarms never come twice, not even after a crash: each writing of a machine's memory reserves more of them than
// are raised until the next one, and a restart goes on behind.
import type { AlarmBook } from '../../core/alarm/book.ts';
import type { TwinMemory } from '../../core/twin-command.ts';

const atLeast = 64;
/** A minute of writings reserves as much more. */
const perMinute = 60_000;

/** The last number that a writing reserves whose next one is due after `everyMs`. */
export function occurrencesAhead({ occurrences, conditions }: AlarmBook, everyMs: number): number {
  const spare = 2 * conditions.length + atLeast;
  return occurrences + spare * Math.ceil(1 + everyMs / perMinute);
}

/** Few of those that are reserved are left: each condition may be raised at the next tick. */
export function needsOccurrences({ occurrences, conditions }: AlarmBook, reserved: number): boolean {
  return occurrences + conditions.length + 1 > reserved;
}

export function withOccurrences(memory: TwinMemory, occurrences: number): TwinMemory {
  const { alarms } = memory;
  return alarms === undefined ? memory : { ...memory, alarms: { ...alarms, occurrences } };
}
