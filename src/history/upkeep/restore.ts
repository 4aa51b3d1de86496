// Brings a backup back as the history of a gateway that does not run. Must never touch the present file before the
// backup is known to be sound and is on the same disk, and keeps that file aside.
import {
  chownSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import Database from 'better-sqlite3';
import { GemError } from '../../errors.ts';
import { openDatabase } from '../database.ts';
import { lockFileOf } from '../lock.ts';
import { syncFile } from './backup.ts';
import { isDamagedContent } from './failures.ts';
import { whileUnused } from './in-use.ts';
import { successorOf } from './open.ts';
import { clearSuspicion, putAside } from './quarantine.ts';
import { bytesOf, diskFreeBytes } from './space.ts';

export type RestoreProgress = (share: number, what: 'checking' | 'copying') => void;

export interface Restored {
  readonly file: string;
  /** Where the history is now that was there before; undefined when there was none. */
  readonly replaced: string | undefined;
}

/** Refuses when a gateway runs there, and a backup that is damaged or of a newer version. */
export async function restoreHistory(
  from: string,
  stateDir: string,
  nowMs: number,
  onProgress: RestoreProgress,
): Promise<Restored> {
  const file = join(stateDir, 'history.db');
  // Of a gateway that has never run here.
  mkdirSync(stateDir, { recursive: true, mode: 0o750 });
  return whileUnused(file, 'a restore', async () => {
    const part = `${file}.restoring`;
    try {
      if (diskFreeBytes(file) < bytesOf(from)) {
        const why = `it takes ${Math.ceil(bytesOf(from) / 1e6)} MB, and there is less room in ${stateDir}`;
        throw new GemError('GEM_HISTORY_RESTORE', { file: from, why });
      }
      await copy(from, part, (share) => onProgress(share * 0.5, 'copying'));
      // A file that somebody copied by hand has its last commits in there.
      if (bytesOf(`${from}-wal`) > 0) await copy(`${from}-wal`, `${part}-wal`, () => undefined);
      // The copy is looked at, not the original: what was misread is found as well.
      onProgress(0.5, 'checking');
      judge(part, from);
      onProgress(1, 'checking');
      for (const each of [part, lockFileOf(file)]) giveToOwner(each, stateDir);
      return { file, replaced: succeed(part, file, nowMs) };
    } finally {
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(part + suffix, { force: true });
    }
  });
}

/** What the superuser writes is still the gateway's. */
function giveToOwner(file: string, stateDir: string): void {
  const { uid, gid } = statSync(stateDir);
  if (process.getuid?.() === 0 && uid !== 0) chownSync(file, uid, gid);
}

/** Whatever ends this on the way, the next start has one of the two whole. Returns where the one before is. */
function succeed(part: string, file: string, nowMs: number): string | undefined {
  const next = successorOf(file);
  for (const suffix of ['-wal', '-shm']) rmSync(next + suffix, { force: true });
  renameSync(part, next);
  clearSuspicion(file);
  const replaced = existsSync(file) ? putAside(file, nowMs, 'replaced') : undefined;
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
  renameSync(next, file);
  syncFile(dirname(file));
  return replaced;
}

async function copy(from: string, to: string, onProgress: (share: number) => void): Promise<void> {
  const total = Math.max(1, bytesOf(from));
  let done = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      onProgress(Math.min(1, done / total));
      next(undefined, chunk);
    },
  });
  await pipeline(
    createReadStream(from, { highWaterMark: 2 ** 20 }),
    count,
    createWriteStream(to, { mode: 0o600 }),
  );
  syncFile(to);
}

function judge(part: string, from: string): void {
  const why = complaintOf(part, from);
  if (why !== undefined) throw new GemError('GEM_HISTORY_RESTORE', { file: from, why });
}

function complaintOf(part: string, from: string): string | undefined {
  try {
    const database = new Database(part, { fileMustExist: true });
    try {
      database.pragma('journal_mode = DELETE');
      const verdict = database.pragma('integrity_check(1)', { simple: true });
      if (verdict !== 'ok') return `it is damaged: ${String(verdict)}`;
    } finally {
      database.close();
    }
    openDatabase(part, { readonly: true }).close();
    return undefined;
  } catch (error) {
    if (error instanceof GemError && error.code === 'GEM_HISTORY_FOREIGN')
      return `it is no history of gemel: ${error.details['why']}`;
    // As it was called by whoever asked.
    if (error instanceof GemError) throw new GemError(error.code, { ...error.details, file: from }, error);
    if (isDamagedContent(error)) return `it is damaged: ${(error as Error).message}`;
    throw error;
  }
}
