// The book of a machine's alarms: their life, tick by tick, after ISA-18.2. Told what stands, by condition; says what
// has changed. It is never told the time but by the tick.
import type { AlarmChange } from '../alarm.ts';
import type { Condition, Standing } from '../finding.ts';
import type { Frame } from '../frame.ts';

export interface AlarmBookSetup {
  readonly machine: string;
  readonly conditions: readonly Condition[];
}

export interface AlarmBook {
  readonly conditions: readonly Condition[];
}

export function newAlarmBook({ conditions }: AlarmBookSetup): AlarmBook {
  return { conditions };
}

/** One tick of their life: `changes` gets what is to be told, oldest first. */
export function liveAlarms(
  _book: AlarmBook,
  _standing: Standing,
  _frame: Frame,
  _dtS: number,
  _changes: AlarmChange[],
): void {}
