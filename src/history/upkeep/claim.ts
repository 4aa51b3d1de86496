// Makes the log's file as large as it will have to be, while there is room for it: what it has it keeps, and writing
// begins at its start again and again. On a full disk, room that is not taken at once is taken by others. Must leave
// nothing behind but the size of the log.
import type Database from 'better-sqlite3';
import { bytesOf, pragmaNumber } from './space.ts';

const chunkBytes = 256 * 1024;
const cachePages = 16;

/** Pages of a transaction that do not fit into the cache go to the log before it ends; this one ends with nothing. */
export function claimLog(db: Database.Database, file: string, bytes: number): void {
  const missing = bytes - bytesOf(`${file}-wal`);
  if (missing <= 0) return;
  const before = pragmaNumber(db, 'cache_size');
  db.pragma(`cache_size = ${cachePages}`);
  db.exec('BEGIN IMMEDIATE');
  try {
    const insert = db.prepare('INSERT INTO snapshots (run, tick, data) VALUES (-1, ?, zeroblob(?))');
    // What of it is already there is written over first.
    for (let i = 0; i * chunkBytes < bytes; i++) insert.run(i, chunkBytes);
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
    db.pragma(`cache_size = ${before}`);
  }
}
