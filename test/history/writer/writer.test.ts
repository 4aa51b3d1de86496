// What the writer promises on a real file: all that was committed is there, once, bit by bit, wherever it was stopped.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import type { Writer } from '../../../src/history/commit.ts';
import { createWriter, type WriterOptions } from '../../../src/history/writer.ts';
import {
  columnsOf,
  commitOf,
  keepAll,
  numbered,
  type Sample,
  seeded,
  someRun,
  startMs,
  tagsOf,
  victimTags,
} from './samples.ts';
import { lineOf, readStored } from './stored.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gemel-writer-'));
  file = join(dir, 'history.db');
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function open(options: Partial<WriterOptions> = {}): Writer {
  return createWriter({
    file,
    run: someRun,
    config: { keep: keepAll, ballastMb: 0 },
    tell: () => {},
    ...options,
  });
}

/** Small enough that each commit may begin a batch, and each slice ends after one tag. */
const eager = { waitMs: 0, samplesMin: 1, samplesPerTag: 0, sliceMs: 0 };

/** As the disk is at this moment: what a process that is killed now leaves. */
function copyAsKilled(name: string): string {
  const folder = join(dir, name);
  mkdirSync(folder);
  for (const end of ['', '-wal']) {
    if (existsSync(file + end)) copyFileSync(file + end, join(folder, `history.db${end}`));
  }
  return join(folder, 'history.db');
}

const tags = 3;

/** In order of receipt; some late, some in the future, some Bad, some of 64 bits. */
const anySamples = fc
  .array(
    fc.record({
      tag: fc.nat(tags - 1),
      afterMs: fc.oneof(fc.constant(0), fc.nat(200), fc.nat(5_000_000)),
      lateMs: fc.oneof(fc.constant(0), fc.nat(50), fc.integer({ min: -90_000_000, max: 400_000_000 })),
      cents: fc.integer({ min: -1e6, max: 1e6 }),
      kind: fc.constantFrom('plain', 'bad', 'raw', 'exact'),
    }),
    { maxLength: 120 },
  )
  .map((made) => {
    let receiveMs = startMs;
    return made.map(({ tag, afterMs, lateMs, cents, kind }): Sample => {
      receiveMs += afterMs;
      const timeMs = receiveMs - lateMs;
      return {
        tag,
        value: kind === 'bad' ? Number.NaN : cents / 100,
        quality: kind === 'bad' ? Quality.badOutOfRange : Quality.good,
        timeMs,
        receiveMs,
        ...(kind === 'raw' ? { rawMs: timeMs - 1.5 } : {}),
        ...(kind === 'exact' ? { exact: 2n ** 62n - BigInt(cents) } : {}),
      };
    });
  });

/** Tags of the file count from 1. */
function linesFor(samples: readonly Sample[]): string[] {
  const hasExact = new Set(samples.filter(({ exact }) => exact !== undefined).map(({ tag }) => tag));
  return samples
    .map((sample) => lineOf({ ...sample, tag: sample.tag + 1, ...(hasExact.has(sample.tag) ? {} : {}) }))
    .sort();
}

test('any samples are there once, bit by bit, after each slice of work and after the end', () => {
  let round = 0;
  fc.assert(
    fc.property(anySamples, fc.integer({ min: 1, max: 40 }), fc.nat(8), (samples, group, stop) => {
      rmSync(file, { force: true });
      const writer = open({ tuning: eager });
      let slices = 0;
      const committed: Sample[] = [];
      writer.commit(commitOf({ tags: tagsOf(tags) }));
      for (let from = 0; from < samples.length; from += group) {
        const some = samples.slice(from, from + group);
        writer.commit(commitOf({ nowMs: some.at(-1)!.receiveMs, samples: columnsOf(some) }));
        committed.push(...some);
        while (writer.work(some.at(-1)!.receiveMs)) {
          if (slices++ !== stop) continue;
          const stored = readStored(copyAsKilled(`killed-${round++}`));
          expect(stored.faults).toEqual([]);
          expect(stored.lines).toEqual(linesFor(committed));
        }
      }
      writer.close();
      const stored = readStored(file);
      expect(stored.faults).toEqual([]);
      expect(stored.journalRows).toBe(0);
      expect(stored.lines).toEqual(linesFor(samples));
    }),
    { numRuns: 40, seed: 5 },
  );
  expect(round).toBeGreaterThan(10);
});

test('control: the judge notices a block that is there twice, and rollups that do not tell of it', () => {
  const writer = open({ tuning: eager });
  const samples = Array.from({ length: 500 }, (_, n) => numbered(n));
  writer.commit(commitOf({ nowMs: startMs, tags: tagsOf(victimTags), samples: columnsOf(samples) }));
  writer.close();
  const tamper = (sql: string) => {
    const copy = copyAsKilled(`tampered-${Math.random()}`);
    const database = new Database(copy);
    database.exec(sql);
    database.close();
    return readStored(copy);
  };
  const columns = 'start_ms, end_ms, received_first, received_last, samples, bad, min, max, sum, data';
  const doubled = `INSERT INTO blocks (key, ${columns}) SELECT key + 1, ${columns} FROM blocks LIMIT 1`;
  expect(tamper('SELECT 1').faults).toEqual([]);
  expect(tamper(doubled).faults.length).toBeGreaterThan(0);
  expect(tamper(doubled).lines.length).toBeGreaterThan(500);
  expect(tamper('DELETE FROM rollups WHERE key = (SELECT min(key) FROM rollups)').faults).toHaveLength(1);
  expect(tamper('UPDATE blocks SET start_ms = start_ms + 60000').faults.length).toBeGreaterThan(0);
});

test('a backlog that comes in between live samples makes no heap of small blocks', () => {
  const writer = open({ tuning: eager });
  const hour = 3_600_000;
  writer.commit(commitOf({ tags: tagsOf(1) }));
  for (let n = 0; n < 20_000; n += 500) {
    const some = Array.from({ length: 500 }, (_, i): Sample => {
      const receiveMs = startMs + (n + i) * 50;
      const timeMs = (n + i) % 2 === 0 ? receiveMs : receiveMs - 30 * hour;
      return { tag: 0, value: n + i, timeMs, receiveMs };
    });
    writer.commit(commitOf({ nowMs: some[0]!.receiveMs, samples: columnsOf(some) }));
    while (writer.work(some[0]!.receiveMs));
  }
  writer.close();
  const stored = readStored(file);
  expect(stored.faults).toEqual([]);
  expect(stored.lines).toHaveLength(20_000);
  expect(stored.blocks).toBeLessThan(10);
});

test('samples that come in any order of a year find the blocks of their time', () => {
  const writer = open({ tuning: eager });
  const random = seeded(3);
  const samples = Array.from({ length: 4000 }, (_, n): Sample => {
    const day = Math.floor(random() * 365);
    return { tag: 0, value: n, timeMs: startMs - day * 86_400_000 - random() * 1e6, receiveMs: startMs + n };
  });
  writer.commit(commitOf({ tags: tagsOf(1) }));
  for (let n = 0; n < 4000; n += 250) {
    writer.commit(commitOf({ nowMs: startMs + n, samples: columnsOf(samples.slice(n, n + 250)) }));
    while (writer.work(startMs + n));
  }
  writer.close();
  const stored = readStored(file);
  expect(stored.faults).toEqual([]);
  expect(stored.lines).toEqual(linesFor(samples));
  // Each day has a stretch of a quarter of an hour, some cut in two by where it began.
  expect(stored.blocks).toBeLessThan(3 * 365);
});
