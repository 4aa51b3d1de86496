// Blocks and rollups as retention sees them: rows of a tag in order of time, with what decides about their age.
import type Database from 'better-sqlite3';
import type { RollupStep } from '../../ports/history.ts';
import { blockKey, keyStepsMax, rollupChunk, rollupChunkStartMs, rollupKey, tagOfBlock } from '../keys.ts';
import { createSettleSeconds } from '../seconds.ts';
import type { Part } from './keep.ts';

export interface ShelfRow {
  readonly key: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly receivedFirst: number;
  readonly receivedLast: number;
  readonly samples: number;
}

export interface Shelf {
  tags(): readonly number[];
  /** Its keys are from `first` to before `end`. */
  span(tag: number): { readonly first: number; readonly end: number };
  /** No row that starts before the time has this key or a later one. */
  keyAfter(tag: number, timeMs: number): number;
  /** No row that starts at the time or later has an earlier key. */
  keyAt(tag: number, timeMs: number): number;
  read(first: number, end: number, limit: number): readonly ShelfRow[];
  remove(key: number): void;
}

/** `settles`: before a block goes, its hours of seconds get rows; what is kept of them is kept for longer. */
export function shelfOf(db: Database.Database, part: Part, settles = false): Shelf {
  return part.of === 'blocks' ? blockShelf(db, part.tier, settles) : rollupShelf(db, part.stepMs);
}

function blockShelf(db: Database.Database, tier: string, settles: boolean): Shelf {
  const ids = db.prepare<[string], number>('SELECT id FROM tags WHERE tier = ? ORDER BY id').pluck();
  const rows = db.prepare<[number, number, number], ShelfRow>(
    `SELECT key, start_ms AS startMs, end_ms AS endMs, received_first AS receivedFirst,
       received_last AS receivedLast, samples
     FROM blocks WHERE key >= ? AND key < ? ORDER BY key LIMIT ?`,
  );
  const gone = db.prepare('DELETE FROM blocks WHERE key = ?');
  const times = db.prepare<[number], { startMs: number; endMs: number }>(
    'SELECT start_ms AS startMs, end_ms AS endMs FROM blocks WHERE key = ?',
  );
  const settleSeconds = createSettleSeconds(db);
  const settle = (key: number) => {
    const row = times.get(key);
    if (row !== undefined) settleSeconds(tagOfBlock(key), row.startMs, row.endMs);
  };
  return {
    tags: () => ids.all(tier),
    span: (tag) => ({ first: blockKey(tag, 0), end: blockKey(tag + 1, 0) }),
    keyAfter: (tag, timeMs) => blockKey(tag, timeMs) + keyStepsMax + 1,
    keyAt: (tag, timeMs) => blockKey(tag, timeMs),
    read: (first, end, limit) => rows.all(first, end, limit),
    remove: (key) => {
      if (settles) settle(key);
      gone.run(key);
    },
  };
}

function rollupShelf(db: Database.Database, stepMs: RollupStep): Shelf {
  const ids = db.prepare<[], number>('SELECT id FROM tags ORDER BY id').pluck();
  const keys = db
    .prepare<[number, number, number], number>(
      'SELECT key FROM rollups WHERE key >= ? AND key < ? ORDER BY key LIMIT ?',
    )
    .pluck();
  const gone = db.prepare('DELETE FROM rollups WHERE key = ?');
  const chunkMs = stepMs * rollupChunk[stepMs];
  const row = (key: number): ShelfRow => {
    const startMs = rollupChunkStartMs(key, stepMs);
    const endMs = startMs + chunkMs;
    // Its time is all that is known of its age.
    return { key, startMs, endMs, receivedFirst: startMs, receivedLast: endMs, samples: 0 };
  };
  return {
    tags: () => ids.all(),
    span: (tag) => ({ first: rollupKey(tag, stepMs, 0), end: rollupKey(tag, stepMs, Infinity) + 1 }),
    keyAfter: (tag, timeMs) => rollupKey(tag, stepMs, timeMs) + 1,
    keyAt: (tag, timeMs) => rollupKey(tag, stepMs, timeMs),
    read: (first, end, limit) => keys.all(first, end, limit).map(row),
    remove: (key) => gone.run(key),
  };
}
