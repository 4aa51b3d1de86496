// History files for the tests of upkeep: folders that go again, and rows as retention sees them.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, openDatabase } from '../../../src/history/database.ts';
import { blockKey, rollupChunk, rollupKey } from '../../../src/history/keys.ts';
import type { Keep } from '../../../src/history/upkeep/keep.ts';
import type { RollupStep, Tier } from '../../../src/ports/history.ts';

export const nowMs = Date.UTC(2026, 5, 1);
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

export const generous: Keep = {
  rawMs: 30 * dayMs,
  twinMs: 20 * dayMs,
  rollupMs: 3650 * dayMs,
  secondMs: 90 * dayMs,
  maxBytes: 1e12,
  minFreeBytes: 0,
};

export interface Folder extends Disposable {
  readonly path: string;
  readonly file: string;
}

/** In memory where that is to be had: it is not the disk that is tested. */
export const fastDir = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function newFolder(): Folder {
  const path = mkdtempSync(join(fastDir, 'gemel-upkeep-'));
  return {
    path,
    file: join(path, 'history.db'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export interface HistoryFileUnderTest extends Disposable {
  readonly file: string;
  readonly db: Connection;
  tag(id: number, tier: Tier): void;
  /** A block of two minutes that was received as it was measured, unless said otherwise. */
  block(tag: number, startMs: number, received?: { firstMs: number; lastMs: number }, endMs?: number): void;
  chunk(tag: number, stepMs: RollupStep, timeMs: number): void;
  run(openedMs: number, startMs?: number): number;
  /** Start times of the blocks of a tag. */
  blocks(tag: number): number[];
  count(table: string): number;
  gaps(): { from_ms: number; to_ms: number; reason: string; samples: number }[];
}

export const blockMs = 120_000;

export function newFile(blockBytes = 100): HistoryFileUnderTest {
  const folder = newFolder();
  const db = openDatabase(folder.file);
  // Made by thousands of small transactions.
  db.pragma('synchronous = OFF');
  const insert = db.prepare(
    `INSERT INTO blocks (key, start_ms, end_ms, received_first, received_last, samples, bad, data)
     VALUES (?, ?, ?, ?, ?, 100, 0, ?)`,
  );
  const taken = db.prepare<[number], number>('SELECT 1 FROM blocks WHERE key = ?').pluck();
  const data = Buffer.alloc(blockBytes, 7);
  return {
    file: folder.file,
    db,
    tag(id, tier) {
      db.prepare("INSERT INTO tags VALUES (?, 's', ?, '', 'number', ?)").run(id, `t${id}`, tier);
    },
    block(tag, startMs, received, endMs = startMs + blockMs) {
      let key = blockKey(tag, startMs);
      while (taken.get(key) !== undefined) key++;
      const first = received?.firstMs ?? startMs;
      insert.run(key, startMs, endMs, first, received?.lastMs ?? Math.max(endMs, first), data);
    },
    chunk(tag, stepMs, timeMs) {
      db.prepare('INSERT OR IGNORE INTO rollups VALUES (?, ?)').run(rollupKey(tag, stepMs, timeMs), data);
    },
    run(openedMs, startMs = openedMs) {
      const sql = `INSERT INTO runs (start_ms, period_ms, opened_ms, gemel, site, fingerprint, config)
        VALUES (?, 100, ?, '', '', '', '{}')`;
      return Number(db.prepare(sql).run(startMs, openedMs).lastInsertRowid);
    },
    blocks: (tag) =>
      db
        .prepare<[number, number], number>(
          'SELECT start_ms FROM blocks WHERE key >= ? AND key < ? ORDER BY key',
        )
        .pluck()
        .all(blockKey(tag, 0), blockKey(tag + 1, 0)),
    count: (table) => Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()),
    gaps: () =>
      db
        .prepare<[], { from_ms: number; to_ms: number; reason: string; samples: number }>(
          'SELECT from_ms, to_ms, reason, samples FROM gaps',
        )
        .all(),
    [Symbol.dispose]() {
      db.close();
      folder[Symbol.dispose]();
    },
  };
}

export const chunkMs = (stepMs: RollupStep) => stepMs * rollupChunk[stepMs];
