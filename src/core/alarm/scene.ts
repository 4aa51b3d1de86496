// What a book of alarms holds, and one tick of it as those who work on it see it. Data only: a snapshot and a hash of the
// core reach all of it.
import type { Alarm, AlarmChange } from '../alarm.ts';
import type { Detection } from '../detect/detection.ts';
import type { Condition, Standing } from '../finding.ts';
import type { Frame } from '../frame.ts';
import type { Contacts } from './contact.ts';
import type { AlarmSetting } from './policy.ts';
import type { Masks, Relations } from './relation.ts';

export interface AlarmBook {
  readonly machine: string;
  /** Constant, as are the four after it. */
  readonly conditions: readonly Condition[];
  readonly settings: readonly AlarmSetting[];
  readonly kinship: Relations;
  /** By row: 1 for one that a sensor feeds. */
  readonly fed: Uint8Array;
  readonly bounds: { readonly shelveMaxS: number; readonly groupMs: number };
  readonly contacts: Contacts;
  /** By condition index: alarms that are not normal, or are shelved. Replaced, never changed. */
  readonly live: Map<number, Alarm>;
  /** By condition: its first cause, -1 for none; and when it is to stand by itself, for its cause is gone. */
  readonly root: Int32Array;
  readonly orphanMs: Float64Array;
  /** By condition: 1 where its consequences are not what has been told. */
  readonly regrouped: Uint8Array;
  /** By condition: when its evidence is whole; Infinity: it has it, or gets none. */
  readonly evidenceMs: Float64Array;
  /** By condition: its count when it was last told that it chatters; 0 before. */
  readonly chatterTold: Uint32Array;
  /** How many have been raised, over restarts. */
  occurrences: number;
  /** Of the newest frame; NaN before the first. */
  timeMs: number;
  behaviour: number;
  /** Nothing is due before. */
  nextMs: number;
  /** Some came back from a restart and are to be told. */
  restored: boolean;
  /** Of a restart: those that this machine has no more. */
  readonly lost: Alarm[];
  /** How many changes there have been: whoever keeps a copy sees by it that it is old. */
  changes: number;
}

export interface Scene {
  readonly book: AlarmBook;
  readonly standing: Standing;
  readonly frame: Frame;
  readonly detection: Detection;
  readonly changes: AlarmChange[];
  readonly timeMs: number;
  /** Of all alarms of the book: by these the few are found that may explain one, among a thousand. */
  readonly masks: Masks;
  /** So many may still be made in this tick: they take time. */
  evidences: number;
}

/** The one that contributes most to a condition; -1: nobody knows. */
export function rowOf({ book, standing }: Pick<Scene, 'book' | 'standing'>, c: number): number {
  return standing.row[c]! >= 0 ? standing.row[c]! : (book.conditions[c]!.rows[0] ?? -1);
}

/** What the machine does, in a word; empty where nobody knows. */
export function modeOf({ machine: { model }, behaviour }: Frame): string {
  return model.behaviour?.names[behaviour] ?? '';
}
