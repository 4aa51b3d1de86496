// What is kept of a machine while the gateway runs, and whatever is needed to write it down.
import { join } from 'node:path';
import type { Remembered } from '../../core/command.ts';
import type { Core } from '../../core/step.ts';
import type { Twin } from '../../core/twin.ts';
import type { Memory } from '../../ports/history.ts';
import type { Log } from '../../ports.ts';
import type { GatewayClock } from '../clock.ts';
import type { Reserve } from './reserve.ts';
import type { Disk } from './sealed-file.ts';
import type { ParameterVersion } from './versions.ts';

/** It is written so often while its machine works. */
export const everyMs = 1000;

export interface Kept {
  readonly id: string;
  readonly machine: number;
  readonly twin: Twin;
  readonly reserve: Reserve;
  readonly file: string;
  configured: Readonly<Record<string, number>>;
  versions: readonly ParameterVersion[];
  versionsWritten: boolean;
  /** The list that the commits have. */
  committed: readonly ParameterVersion[] | undefined;
  /** Gateway time at which anything moved that has to be kept. */
  movedMs: number;
  /** By component: the wear at the last look. */
  readonly last: Float64Array;
  dueMs: number;
  /** How often it has been written, over all runs. */
  writings: number;
  /** Where commits have it: the wear that the copy in the files reserves, and when the next one and the filters are due. */
  readonly copied: Float64Array;
  /** Occurrences of alarms that the newest writing reserves, and the copy: no restart begins below. */
  occurrencesDurable: number;
  occurrencesCopied: number;
  /** The changes of alarms that the newest writing has. */
  alarmsWritten: number;
  copyDueMs: number;
  filtersDueMs: number;
  /** When what is normal is written again, and the changes of alarms it was written with. */
  normalsDueMs: number;
  normalsWritten: number;
  waiting: ((trouble: string) => void)[];
}

/** `offsetMs`: wall minus gateway time, which a step of the wall clock sets apart. */
export type KeeperClock = Pick<GatewayClock, 'nowMs' | 'monotonicMs' | 'offsetMs'>;

export interface CheckpointParts {
  readonly core: Required<Remembered> & Pick<Core, 'startMs' | 'periodMs' | 'lastTick'>;
  readonly all: readonly Kept[];
  /** Of the history; undefined: files only. */
  readonly memory?: Pick<Memory, 'remember'> | undefined;
  readonly folder: string;
  readonly disk: Disk;
  readonly clock: KeeperClock;
  readonly log: Log;
  readonly gapMaxS: number;
  /** So long a commit is waited for; a test has less. */
  readonly patienceMs?: number | undefined;
  /** Control of a test: false reserves nothing. */
  readonly reserve: boolean;
}

export function versionsFile(file: string): string {
  return file.replace(/\.json$/, '.versions.json');
}

export function normalsFile(file: string): string {
  return file.replace(/\.json$/, '.normals.json');
}

export function memoryFile(folder: string, machine: string): string {
  return join(folder, `${machine}.json`);
}
