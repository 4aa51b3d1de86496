// Opens the history file: settings, version, migrations. Must never change a file that is not ours or that a newer
// gemel wrote, and never hand out a connection whose commits do not reach the disk.
import { closeSync, existsSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { GemError } from '../errors.ts';
import { applicationId, migrations as released } from './tables.ts';

export type Connection = Database.Database;

export interface OpenOptions {
  /** Looks only: no migration, no lock, nothing is made. */
  readonly readonly?: boolean;
  /** For tests of what a later version does. */
  readonly migrations?: readonly string[];
}

/** As all else in the folder: not for everybody. SQLite gives its log the mode of the file. */
const fileMode = 0o640;
/** 3.51.3 mended the last known way in which a merge of the log could damage a file. */
const sqliteOldest = [3, 51, 3] as const;
const busyMs = 5000;
/** What is left of the log's file after a merge. */
const walKeptBytes = 16 * 2 ** 20;
export const pageBytes = 4096;

/**
 * Damage is thrown as SQLite says it (SQLITE_NOTADB, SQLITE_CORRUPT): whoever opens decides what becomes of the file.
 */
export function openDatabase(file: string, options: OpenOptions = {}): Connection {
  const readonly = options.readonly ?? false;
  const migrations = options.migrations ?? released;
  if (readonly && !existsSync(file)) {
    throw new GemError('GEM_HISTORY_UNUSABLE', { file, why: 'there is no such file' });
  }
  const database = connect(file, readonly);
  try {
    checkSqlite(database);
    const version = checkFile(database, file, migrations.length);
    if (!readonly) makeWritable(database, file, version, migrations);
    else if (version < 1) throw new GemError('GEM_HISTORY_FOREIGN', { file, why: 'it is empty' });
    database.pragma('cell_size_check = ON');
    if (!readonly) database.pragma('cache_size = -32768');
    database.pragma('trusted_schema = OFF');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function connect(file: string, readonly: boolean): Connection {
  try {
    // One that is there is not touched: to close it would drop the locks of other connections of this process.
    if (!readonly && !existsSync(file)) closeSync(openSync(file, 'a', fileMode));
    return new Database(file, { readonly, fileMustExist: readonly, timeout: busyMs });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GemError('GEM_HISTORY_UNUSABLE', { file, why }, error);
  }
}

function checkSqlite(database: Connection): void {
  const found = database.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '0';
  const parts = found.split('.').map(Number);
  const at = sqliteOldest.findIndex((part, i) => (parts[i] ?? 0) !== part);
  if (at >= 0 && (parts[at] ?? 0) < sqliteOldest[at]!) {
    const why = `SQLite ${found} is older than ${sqliteOldest.join('.')}`;
    throw new GemError('GEM_INTERNAL', { why });
  }
}

/** Its version; 0 for a file without tables. */
function checkFile(database: Connection, file: string, version: number): number {
  const id = database.pragma('application_id', { simple: true });
  const found = Number(database.pragma('user_version', { simple: true }));
  const tables = Number(database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get());
  if (id !== applicationId && (id !== 0 || tables > 0 || found !== 0)) {
    throw new GemError('GEM_HISTORY_FOREIGN', { file, why: 'another program made it' });
  }
  if (found > version) throw new GemError('GEM_HISTORY_NEWER', { file, found, version });
  return tables === 0 ? 0 : found;
}

function makeWritable(
  database: Connection,
  file: string,
  version: number,
  migrations: readonly string[],
): void {
  if (version === 0) {
    database.pragma(`page_size = ${pageBytes}`);
    database.pragma('auto_vacuum = INCREMENTAL');
  }
  if (database.pragma('journal_mode = WAL', { simple: true }) !== 'wal') {
    throw new GemError('GEM_HISTORY_UNUSABLE', { file, why: 'its log cannot be switched on' });
  }
  database.pragma('wal_autocheckpoint = 0');
  database.pragma(`journal_size_limit = ${walKeptBytes}`);
  for (let next = version; next < migrations.length; next++) migrate(database, next, migrations[next]!);
  // The first transaction on a connection in WAL mode sets synchronous to what SQLite was compiled with, which here is
  // NORMAL, so it is said after one.
  database.exec('BEGIN IMMEDIATE; COMMIT');
  syncFully(database, file);
}

/** One transaction each, version and application id included: half a migration is none. */
function migrate(database: Connection, from: number, sql: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(sql);
    database.pragma(`application_id = ${applicationId}`);
    database.pragma(`user_version = ${from + 1}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

const full = 2;

/** Each commit from here on is on the disk when it returns. */
function syncFully(database: Connection, file: string): void {
  database.pragma('synchronous = FULL');
  if (!syncsFully(database)) {
    throw new GemError('GEM_HISTORY_UNUSABLE', { file, why: 'SQLite will not wait for the disk' });
  }
}

export function syncsFully(database: Connection): boolean {
  return database.pragma('synchronous', { simple: true }) === full;
}
