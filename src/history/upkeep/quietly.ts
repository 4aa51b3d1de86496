// A small change that needs not be on the disk when it returns, because losing it loses nothing: it goes there with
// the next commit. Must leave the connection as it was: commits wait for the disk.
import type Database from 'better-sqlite3';

export function quietly<T>(db: Database.Database, change: () => T): T {
  const before = Number(db.pragma('synchronous', { simple: true }));
  db.pragma('synchronous = NORMAL');
  try {
    return db.transaction(change).immediate();
  } finally {
    db.pragma(`synchronous = ${before}`);
  }
}
