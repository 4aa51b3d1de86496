// One gateway, one history: a second SQLite file beside it that is locked as long as the gateway lives. The system lets
// go of it when the process dies, however it dies. Must never be opened by anybody else in this process.
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { GemError } from '../errors.ts';

export interface Lock {
  release(): void;
}

export function lockFileOf(file: string): string {
  return `${file.replace(/\.db$/u, '')}.lock`;
}

export function lockHistory(file: string): Lock {
  const dir = dirname(file);
  const path = lockFileOf(file);
  let database: Database.Database | undefined;
  try {
    // Longer than anybody takes who only looks whether it is locked.
    database = new Database(path, { timeout: 100 });
    // In a file it would take room, which a full disk has not.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => held.close() };
  } catch (error) {
    database?.close();
    const code = error instanceof Database.SqliteError ? error.code : '';
    if (code.startsWith('SQLITE_BUSY')) throw new GemError('GEM_STATE_LOCKED', { dir }, error);
    const why = error instanceof Error ? error.message : String(error);
    throw new GemError('GEM_HISTORY_UNUSABLE', { file: path, why }, error);
  }
}
