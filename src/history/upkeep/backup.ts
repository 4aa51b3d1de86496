// A copy of the history in one file, made while a gateway writes, and checked. Must never leave half a copy under the
// name that was asked for.
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { GemError } from '../../errors.ts';
import { openDatabase } from '../database.ts';
import { bytesOf, diskFreeBytes, pragmaNumber } from './space.ts';

export type BackupProgress = (share: number, what: 'copying' | 'checking') => void;

export interface BackedUp {
  readonly file: string;
  readonly bytes: number;
}

const pagesAtOnce = 1024;

/** `from` is the history file, `to` a file that is not there yet. */
export async function backupHistory(from: string, to: string, onProgress: BackupProgress): Promise<BackedUp> {
  if (existsSync(to))
    throw new GemError('GEM_HISTORY_BACKUP', { file: to, why: 'there is such a file already' });
  if (!existsSync(dirname(resolve(to))))
    throw new GemError('GEM_HISTORY_BACKUP', { file: to, why: 'there is no such folder' });
  const part = `${to}.part`;
  const source = openDatabase(from, { readonly: true });
  try {
    const bytes = pragmaNumber(source, 'page_count') * pragmaNumber(source, 'page_size');
    if (diskFreeBytes(resolve(to)) < bytes) {
      throw new GemError('GEM_HISTORY_BACKUP', {
        file: to,
        why: `it takes ${Math.ceil(bytes / 1e6)} MB, and there is less room`,
      });
    }
    rmSync(part, { force: true });
    await copy(source, part, onProgress);
    verify(part);
    onProgress(1, 'checking');
    syncFile(part);
    renameSync(part, to);
    syncFile(dirname(resolve(to)));
    return { file: to, bytes: bytesOf(to) };
  } finally {
    source.close();
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(part + suffix, { force: true });
  }
}

/** Of one state: without it each commit of the gateway would make the copy begin again. */
async function copy(source: Database.Database, part: string, onProgress: BackupProgress): Promise<void> {
  source.exec('BEGIN');
  try {
    source.prepare('SELECT count(*) FROM runs').get();
    await source.backup(part, {
      progress({ totalPages, remainingPages }) {
        if (totalPages > 0) onProgress((1 - remainingPages / totalPages) * 0.8, 'copying');
        return pagesAtOnce;
      },
    });
  } finally {
    if (source.inTransaction) source.exec('COMMIT');
  }
}

/** Makes one file of it and looks at every page. */
export function verify(file: string): void {
  const database = new Database(file, { fileMustExist: true });
  try {
    database.pragma('journal_mode = DELETE');
    const verdict = database.pragma('integrity_check(3)') as { integrity_check: string }[];
    const complaints = verdict.map((row) => row.integrity_check).filter((line) => line !== 'ok');
    if (complaints.length > 0) {
      throw new GemError('GEM_HISTORY_BACKUP', {
        file,
        why: `the copy is damaged: ${complaints.join('; ')}`,
      });
    }
  } finally {
    database.close();
  }
}

/** A file or a folder. */
export function syncFile(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
