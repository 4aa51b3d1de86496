// Up to when samples went for their age or for room: of what was received before, a replay may find only a part.
import type Database from 'better-sqlite3';

/** In the table `memory`. */
const key = 'history/removed-up-to';

/** In the transaction of the removal. */
export function createRemoved(db: Database.Database): (receivedMs: number) => void {
  const put = db.prepare(
    `INSERT INTO memory (key, saved_ms, text) VALUES ('${key}', ?, ?)
     ON CONFLICT (key) DO UPDATE SET saved_ms = excluded.saved_ms, text = excluded.text
       WHERE excluded.saved_ms > saved_ms`,
  );
  return (receivedMs) => void put.run(receivedMs, String(receivedMs));
}

/** `memory`: that of a file. -Infinity where nothing went. */
export function removedUpTo(memory: ReadonlyMap<string, string>): number {
  const text = memory.get(key);
  const removedMs = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(removedMs) ? removedMs : Number.NEGATIVE_INFINITY;
}
