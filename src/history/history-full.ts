// The disk has no room, or does not write. Nothing of the commit is stored; the writer goes on, and another try may do.
import Database from 'better-sqlite3';
import { isDamage, isFull } from './upkeep/failures.ts';

export class HistoryFull extends Error {
  override readonly name = 'HistoryFull';
  /** In words, for people. */
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(`the history cannot be written: ${reason}`, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** Undefined for what another try does not mend. */
export function refusedByDisk(error: unknown, file: string): HistoryFull | undefined {
  if (error instanceof HistoryFull) return error;
  if (isFull(error, file)) return new HistoryFull('the disk is full', error);
  if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_IOERR')) return undefined;
  if (isDamage(error)) return undefined;
  return new HistoryFull(`the disk refused (${error.code}, ${error.message})`, error);
}
