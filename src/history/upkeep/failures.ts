// What an error of the database means: no room, a damaged file, or something else.
import Database from 'better-sqlite3';
import { DamagedBlock } from '../codec/damage.ts';
import { diskFreeBytes } from './space.ts';

/** Below this a failed write is taken for a lack of room, whatever it was called (a quota, the -shm). */
const noRoomBytes = 256 * 1024;

const writes = new Set([
  'SQLITE_IOERR_WRITE',
  'SQLITE_IOERR_FSYNC',
  'SQLITE_IOERR_TRUNCATE',
  'SQLITE_IOERR_SHMSIZE',
  'SQLITE_IOERR_SHMOPEN',
  'SQLITE_IOERR_SHMMAP',
  'SQLITE_CANTOPEN',
]);

/** The disk is full, or the quota of the user is. */
export function isFull(error: unknown, file: string): boolean {
  const code = codeOf(error);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') return true;
  return writes.has(code) && diskFreeBytes(file) < noRoomBytes;
}

/** The file is not what was written to it. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code.startsWith('SQLITE_CORRUPT') ||
    code === 'SQLITE_NOTADB' ||
    code === 'SQLITE_FORMAT' ||
    code === 'SQLITE_IOERR_SHORT_READ' ||
    code === 'SQLITE_IOERR_DATA' ||
    code === 'SQLITE_IOERR_CORRUPTFS' ||
    error instanceof DamagedFile
  );
}

/** Somebody found that the file cannot be right, though SQLite says nothing. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

/** Some of what is stored is damaged, or makes no sense: enough not to begin with it, if it is met then. */
export function isDamagedContent(error: unknown): boolean {
  if (isDamage(error) || error instanceof DamagedBlock) return true;
  // What was text of ours and parses no more, a number that no calendar has, a table that is not there.
  if (error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError) return true;
  return codeOf(error) === 'SQLITE_ERROR' || codeOf(error).startsWith('SQLITE_CONSTRAINT');
}

function codeOf(error: unknown): string {
  if (error instanceof Database.SqliteError) return error.code;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
