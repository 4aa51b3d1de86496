// Opens the history whatever became of its file: a damaged one is put aside, a new one begun, and what can be read of
// the old one is taken along. Must never put a sound file aside, nor one of another program or of a newer gemel.
import { existsSync, renameSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { GemError } from '../../errors.ts';
import { type Connection, openDatabase } from '../database.ts';
import { giveBallast } from './ballast.ts';
import { isDamagedContent, isFull } from './failures.ts';
import { isOurs, probe, usuallyCheckedBytes } from './probe.ts';
import { clearSuspicion, putAside, takeSuspicion } from './quarantine.ts';
import { nothingSalvaged, type Salvaged, salvage } from './salvage.ts';
import { bytesOf } from './space.ts';

export interface Quarantined {
  /** Where the damaged file is now. */
  readonly file: string;
  readonly why: string;
  readonly salvaged: Salvaged;
}

export interface Opened<T> {
  readonly database: Connection;
  readonly content: T;
  readonly quarantined?: Quarantined;
}

/**
 * `read` is what is done with it at once, and again with a new file: damage that it meets counts. No connection to the
 * file may be open. Up to `checkedBytes` the whole file is checked.
 */
export function openOrQuarantine<T>(
  file: string,
  nowMs: number,
  read: (database: Connection) => T,
  checkedBytes = usuallyCheckedBytes,
): Opened<T> {
  const open = () => openOrBegin(file, nowMs, read, checkedBytes);
  try {
    return open();
  } catch (error) {
    if (!isFull(error, file)) throw error;
    // A full disk lets nobody in: the reserve is for that.
    if (giveBallast(file)) return open();
    throw new GemError('GEM_HISTORY_UNUSABLE', { file, why: 'the disk is full' }, error);
  }
}

function openOrBegin<T>(
  file: string,
  nowMs: number,
  read: (database: Connection) => T,
  checkedBytes: number,
): Opened<T> {
  finishSuccession(file, nowMs);
  const why = takeSuspicion(file) ?? leftOver(file);
  if (why !== undefined) return beginAnew(file, nowMs, why, read);
  try {
    return openSound(file, read, checkedBytes);
  } catch (error) {
    const damage = damageOf(file, error);
    if (damage === undefined) throw error;
    return beginAnew(file, nowMs, damage, read);
  }
}

function openSound<T>(file: string, read: (database: Connection) => T, checkedBytes: number): Opened<T> {
  const database = openDatabase(file);
  try {
    probe(database, checkedBytes);
    return { database, content: read(database) };
  } catch (error) {
    closeQuietly(database);
    throw error;
  }
}

/** A log without its file: SQLite would delete it, and with it the last commits. */
function leftOver(file: string): string | undefined {
  return bytesOf(file) === 0 && bytesOf(`${file}-wal`) > 0
    ? 'its log is there and the file is not'
    : undefined;
}

/** A version beyond it is no version: whatever a newer gemel could have written is left alone. */
const versionsEver = 100_000;

/** Why it cannot be used; undefined when the error is another one. */
function damageOf(file: string, error: unknown): string | undefined {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof GemError) {
    const misread =
      error.code === 'GEM_HISTORY_FOREIGN' ||
      (error.code === 'GEM_HISTORY_NEWER' && Number(error.details['found']) > versionsEver);
    // Our tables under a header that says otherwise.
    return misread && isOursInside(file) ? `its header is damaged (${why})` : undefined;
  }
  return isDamagedContent(error) ? why : undefined;
}

function isOursInside(file: string): boolean {
  let database: Connection | undefined;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true });
    return isOurs(database);
  } catch {
    return false;
  } finally {
    if (database !== undefined) closeQuietly(database);
  }
}

/**
 * The new file is made beside the damaged one and takes its place when it has all that can be read of it: whatever
 * ends this in between, the next start finds one of the two whole.
 */
function beginAnew<T>(
  file: string,
  nowMs: number,
  why: string,
  read: (database: Connection) => T,
): Opened<T> {
  const salvaged = makeSuccessor(file, nowMs);
  const aside = putAside(file, nowMs);
  renameSync(successorOf(file), file);
  clearSuspicion(file);
  const begun = openOrUndefined(file, read);
  if (begun !== undefined) return { ...begun, quarantined: { file: aside, why, salvaged } };
  // What could be read makes no sense: then without it.
  removeAll(file);
  const database = openDatabase(file);
  try {
    tellGap(database, salvaged, nowMs);
    const content = read(database);
    return { database, content, quarantined: { file: aside, why, salvaged: nothingSalvaged } };
  } catch (error) {
    closeQuietly(database);
    throw error;
  }
}

/** Where a whole file waits to take the place of `file`: a start that finds that place empty sees to it. */
export function successorOf(file: string): string {
  return `${file}.new`;
}

function makeSuccessor(file: string, nowMs: number): Salvaged {
  const path = successorOf(file);
  removeAll(path);
  const database = openDatabase(path);
  try {
    const salvaged = salvage(file, database);
    tellGap(database, salvaged, nowMs);
    database.close();
    return salvaged;
  } catch (error) {
    closeQuietly(database);
    removeAll(path);
    throw error;
  }
}

/** Of a start that ended on the way: whole if the damaged file was put aside already, else of no use. */
function finishSuccession(file: string, nowMs: number): void {
  const path = successorOf(file);
  if (!existsSync(path)) return;
  if (existsSync(file)) {
    removeAll(path);
    return;
  }
  // A log of the old file would be taken for one of the new.
  if (existsSync(`${file}-wal`)) putAside(file, nowMs);
  renameSync(path, file);
}

/** Undefined when what was salvaged is not to be begun with. */
function openOrUndefined<T>(file: string, read: (database: Connection) => T): Opened<T> | undefined {
  const database = openDatabase(file);
  try {
    return { database, content: read(database) };
  } catch (error) {
    closeQuietly(database);
    if (isDamagedContent(error)) return undefined;
    throw error;
  }
}

function removeAll(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}

/** Of what the damaged file had nothing is here but what was in its journal: sinks that catch up are told. */
function tellGap(database: Connection, { fromMs, toMs }: Salvaged, nowMs: number): void {
  const last = Number.isFinite(toMs) ? toMs : nowMs;
  const first = Math.min(last, Number.isFinite(fromMs) ? fromMs : 0);
  database
    .prepare("INSERT INTO gaps (from_ms, to_ms, reason, samples) VALUES (?, ?, 'quarantined', 0)")
    .run(Math.floor(first), Math.ceil(last));
}

/** A damaged file may refuse even that. */
function closeQuietly(database: Connection): void {
  try {
    database.close();
  } catch {
    // It is put aside anyway.
  }
}
