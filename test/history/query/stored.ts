// A history file with given samples in it, some in blocks and some in the journal, as one likes: what the writer would
// have made at some moment, or might.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBad } from '../../../src/core/quality.ts';
import type { SampleColumns, Series, ValueKind } from '../../../src/core/sample.ts';
import { encodeBlock } from '../../../src/history/codec/encode-block.ts';
import { type Connection, openDatabase } from '../../../src/history/database.ts';
import { encodeJournal } from '../../../src/history/journal-row.ts';
import { blockKey, blockSpanMaxMs, rollupKey } from '../../../src/history/keys.ts';
import { addToChunk } from '../../../src/history/rollup/chunk.ts';
import { slice } from '../../../src/history/rollup/merge-rollups.ts';
import { rollUp } from '../../../src/history/rollup/roll-up.ts';
import { type RollupStep, rollupSteps, type Tier } from '../../../src/ports/history.ts';

export interface Sample {
  readonly tag: number;
  readonly value: number;
  readonly quality: number;
  readonly timeMs: number;
  readonly receiveMs: number;
  readonly rawMs: number;
  readonly exact?: bigint;
}

export interface TagRow {
  readonly source: string;
  readonly name: string;
  readonly unit?: string;
  readonly kind?: ValueKind;
  readonly tier?: Tier;
}

export function seriesOf(samples: readonly Sample[]): Series {
  const column = (of: (sample: Sample) => number) => Float64Array.from(samples, of);
  const isExact = samples.some(({ exact }) => exact !== undefined);
  return {
    length: samples.length,
    value: column(({ value }) => value),
    quality: Uint32Array.from(samples, ({ quality }) => quality),
    timeMs: column(({ timeMs }) => timeMs),
    receiveMs: column(({ receiveMs }) => receiveMs),
    rawMs: column(({ rawMs }) => rawMs),
    exact: isExact ? BigInt64Array.from(samples, ({ exact }) => exact ?? 0n) : new BigInt64Array(0),
  };
}

export function columnsOf(samples: readonly Sample[]): SampleColumns {
  return { ...seriesOf(samples), tag: Int32Array.from(samples, ({ tag }) => tag) };
}

export function samplesOf(series: Series, tag: number): Sample[] {
  return Array.from({ length: series.length }, (_, i) => ({
    tag,
    value: series.value[i]!,
    quality: series.quality[i]!,
    timeMs: series.timeMs[i]!,
    receiveMs: series.receiveMs[i]!,
    rawMs: series.rawMs[i]!,
    ...(series.exact.length > 0 && { exact: series.exact[i]! }),
  }));
}

export interface StoredFile {
  readonly file: string;
  readonly db: Connection;
  tags(rows: readonly TagRow[]): void;
  /** One block, and its samples in the rollups; returns its key. `seconds`: whether hours of these have rows. */
  block(tag: number, samples: readonly Sample[], seconds?: boolean): number;
  /** One row; returns its seq. */
  journal(samples: readonly Sample[]): number;
  moved(tag: number, seq: number): void;
  /** Of all that was put into it. */
  empty(): void;
  remove(): void;
}

export function createStored(): StoredFile {
  const folder = mkdtempSync(join(tmpdir(), 'gemel-query-'));
  const file = join(folder, 'history.db');
  const db = openDatabase(file);
  db.pragma('synchronous = OFF');
  return {
    file,
    db,
    tags(rows) {
      const insert = db.prepare('INSERT INTO tags (source, name, unit, kind, tier) VALUES (?, ?, ?, ?, ?)');
      for (const { source, name, unit = '', kind = 'number', tier = 'raw' } of rows) {
        insert.run(source, name, unit, kind, tier);
      }
    },
    block: (tag, samples, seconds = true) => db.transaction(() => putBlock(db, tag, samples, seconds))(),
    journal(samples) {
      const received = samples.map(({ receiveMs }) => receiveMs);
      const { lastInsertRowid } = db
        .prepare('INSERT INTO journal (received_first, received_last, samples, data) VALUES (?, ?, ?, ?)')
        .run(
          Math.min(...received),
          Math.max(...received),
          samples.length,
          encodeJournal(columnsOf(samples), (tag) => tag),
        );
      return Number(lastInsertRowid);
    },
    moved(tag, seq) {
      db.prepare('INSERT INTO moved (tag, seq) VALUES (?, ?)').run(tag, seq);
    },
    empty() {
      for (const table of ['tags', 'journal', 'moved', 'blocks', 'rollups']) db.exec(`DELETE FROM ${table}`);
    },
    remove() {
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function putBlock(db: Connection, tag: number, samples: readonly Sample[], seconds: boolean): number {
  const series = seriesOf(samples);
  const times = samples.map(({ timeMs }) => timeMs);
  const received = samples.map(({ receiveMs }) => receiveMs);
  const [startMs, endMs] = [Math.floor(Math.min(...times)), Math.ceil(Math.max(...times))];
  if (endMs - startMs > blockSpanMaxMs) throw new RangeError('no block spans so much');
  const exists = db.prepare<[number], number>('SELECT 1 FROM blocks WHERE key = ?').pluck();
  let key = blockKey(tag, startMs);
  while (exists.get(key) !== undefined) key++;
  const bad = samples.filter(({ quality }) => isBad(quality)).length;
  db.prepare(
    `INSERT INTO blocks (key, start_ms, end_ms, received_first, received_last, samples, bad, min, max, sum, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?)`,
  ).run(
    key,
    startMs,
    endMs,
    Math.min(...received),
    Math.max(...received),
    samples.length,
    bad,
    encodeBlock(series),
  );
  putRollups(db, tag, series, seconds ? rollupSteps : rollupSteps.slice(1));
  return key;
}

function putRollups(db: Connection, tag: number, series: Series, steps: readonly RollupStep[]): void {
  const read = db.prepare<[number], Buffer>('SELECT data FROM rollups WHERE key = ?').pluck();
  const write = db.prepare('INSERT OR REPLACE INTO rollups (key, data) VALUES (?, ?)');
  for (const stepMs of steps) {
    const all = rollUp(series, stepMs);
    const keyAt = (i: number) => rollupKey(tag, stepMs, all.startMs[i]!);
    for (let from = 0; from < all.startMs.length; ) {
      const key = keyAt(from);
      let to = from;
      while (to < all.startMs.length && keyAt(to) === key) to++;
      write.run(key, addToChunk(read.get(key), slice(all, from, to)));
      from = to;
    }
  }
}
