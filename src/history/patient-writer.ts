// The writer of a gateway that starts on a full disk. What earlier runs left is read without writing anything; commits
// find no room until the file can be opened, and from then on it is the usual writer. Must never begin a new file where
// there is one.
import Database from 'better-sqlite3';
import type { Left, Writer } from './commit.ts';
import type { Connection } from './database.ts';
import { HistoryFull, refusedByDisk } from './history-full.ts';
import { readLeft } from './left.ts';
import { applicationId, migrations, schemaVersion } from './tables.ts';
import { isFull } from './upkeep/failures.ts';
import { bytesOf, diskFreeBytes } from './upkeep/space.ts';

/** To open a file costs a look at all of it. */
const againMs = 1000;
const busyMs = 5000;

/** `error`: why it could not be opened. Undefined for anything but a full disk, and when the file cannot be read. */
export function patientWriter(
  file: string,
  error: unknown,
  open: () => Writer,
  release: () => void,
): Writer | undefined {
  const left = isFull(causeOf(error), file) ? readUnwritten(file) : undefined;
  if (left === undefined) return undefined;
  let usual: Writer | undefined;
  let why = new HistoryFull('the disk is full', error);
  let triedMs = performance.now();

  const opened = (): Writer => {
    if (usual !== undefined) return usual;
    if (performance.now() - triedMs < againMs) throw why;
    try {
      usual = open();
      return usual;
    } catch (error) {
      const refused = refusedByDisk(causeOf(error), file);
      if (refused === undefined) throw error;
      why = refused;
      throw refused;
    } finally {
      triedMs = performance.now();
    }
  };

  return {
    left,
    get run() {
      return usual?.run ?? -1;
    },
    commit: (group) => opened().commit(group),
    work: (nowMs) => usual?.work(nowMs) ?? false,
    sizes() {
      const here = { bytes: bytesOf(file), walBytes: bytesOf(`${file}-wal`), freeBytes: diskFreeBytes(file) };
      return usual?.sizes() ?? here;
    },
    close() {
      if (usual === undefined) release();
      else usual.close();
    },
  };
}

/** What SQLite said, where we said it in our words. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function readUnwritten(file: string): Left | undefined {
  let database: Connection | undefined;
  try {
    const isNew = bytesOf(file) === 0 && bytesOf(`${file}-wal`) === 0;
    database = isNew ? openEmpty() : openAlone(file);
    return readLeft(database);
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}

function openEmpty(): Connection {
  const database = new Database(':memory:');
  for (const sql of migrations) database.exec(sql);
  return database;
}

/** Alone, SQLite needs no file beside it, for which there is no room. */
function openAlone(file: string): Connection {
  const database = new Database(file, { fileMustExist: true, timeout: busyMs });
  database.pragma('locking_mode = EXCLUSIVE');
  const isOurs =
    database.pragma('application_id', { simple: true }) === applicationId &&
    isReadable(Number(database.pragma('user_version', { simple: true })));
  if (isOurs) return database;
  database.close();
  throw new Error('it is not of this version');
}

/** What is read here is the same in all of them. */
function isReadable(version: number): boolean {
  return version >= 1 && version <= schemaVersion;
}
