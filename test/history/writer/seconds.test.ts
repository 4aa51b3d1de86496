// Stretches of a second are told alike, whether their hour has a row or is told from its blocks, also when samples of it
// have gone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Series } from '../../../src/core/sample.ts';
import { openDatabase } from '../../../src/history/database.ts';
import { openHistoryFile } from '../../../src/history/query/history-file.ts';
import { readRollup } from '../../../src/history/query/rollup.ts';
import { rollUp } from '../../../src/history/rollup/roll-up.ts';
import { parts } from '../../../src/history/upkeep/keep.ts';
import { shelfOf } from '../../../src/history/upkeep/shelf.ts';
import { createWriter } from '../../../src/history/writer.ts';
import type { Rollups } from '../../../src/ports/history.ts';
import { columnsOf, commitOf, keepAll, type Sample, seeded, someRun, startMs, tagsOf } from './samples.ts';

const hourMs = 3_600_000;

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gemel-seconds-'));
  file = join(dir, 'history.db');
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(samples: readonly Sample[], isClosed = true): void {
  const writer = createWriter({
    file,
    run: someRun,
    config: { keep: keepAll, ballastMb: 0 },
    tell: () => {},
    tuning: { waitMs: 0, samplesMin: 1, samplesPerTag: 0 },
  });
  for (let from = 0; from < samples.length; from += 3000) {
    const some = samples.slice(from, from + 3000);
    writer.commit(commitOf({ nowMs: startMs, tags: tagsOf(2), samples: columnsOf(some) }));
    while (isClosed && writer.work(startMs));
  }
  writer.close();
}

function read(tag: number, fromMs: number, toMs: number): string[] {
  const opened = openHistoryFile(file);
  try {
    const job = readRollup(opened, { tag, stepMs: 1000, fromMs, toMs });
    let step = job.next();
    while (!step.done) step = job.next();
    expect(opened.damages).toBe(0);
    return linesOf(step.value);
  } finally {
    opened.close();
  }
}

function linesOf({ startMs: starts, count, bad, min, max, sum }: Rollups): string[] {
  return Array.from(starts, (start, i) =>
    [start, count[i], bad[i], min[i], max[i], sum[i]!.toPrecision(12)].join(' '),
  );
}

function wanted(samples: readonly Sample[], tag: number, fromMs: number, toMs: number): string[] {
  const series: Series = columnsOf(samples.filter((sample) => sample.tag === tag));
  const all = linesOf(rollUp(series, 1000));
  return all.filter((line) => {
    const start = Number(line.split(' ')[0]);
    return start >= Math.floor(fromMs / 1000) * 1000 && start <= toMs;
  });
}

function rowCount(table: string, where = '1'): number {
  const database = openDatabase(file, { readonly: true });
  const count = Number(database.prepare(`SELECT count(*) FROM ${table} WHERE ${where}`).pluck().get());
  database.close();
  return count;
}

/** Hours of one sample in half a second, with pauses, some late; and of another tag two minutes of 200 a second. */
function someSamples(): Sample[] {
  const random = seeded(8);
  const samples: Sample[] = [];
  for (let n = 0; n < 30_000; n++) {
    const receiveMs = startMs + n * 500 + (n > 20_000 ? 9 * hourMs : 0);
    const lateMs = n % 97 === 0 ? 5 * hourMs : Math.floor(random() * 5);
    samples.push({
      tag: 0,
      value: Math.round(random() * 1000) / 100,
      timeMs: receiveMs - lateMs,
      receiveMs,
    });
    if (n >= 240) continue;
    for (let i = 0; i < 100; i++) {
      samples.push({ tag: 1, value: Math.round(random() * 10), timeMs: receiveMs + i * 5, receiveMs });
    }
  }
  return samples;
}

const ranges = [
  [0, startMs + 100 * hourMs],
  [startMs - 5.2 * hourMs, startMs + 0.3 * hourMs],
  [startMs + 1234, startMs + 61_234],
  [startMs + 2.5 * hourMs, startMs + 12 * hourMs],
] as const;

test('few samples a second have no rows of seconds, many have; both are told alike', () => {
  const samples = someSamples();
  write(samples);
  const secondsRows = (tag: number) => rowCount('rollups', `key / (1 << 24) = ${tag * 3}`);
  expect(secondsRows(1)).toBe(0);
  expect(secondsRows(2)).toBeGreaterThan(0);
  for (const tag of [0, 1]) {
    for (const [fromMs, toMs] of ranges) {
      expect(read(tag + 1, fromMs, toMs)).toEqual(wanted(samples, tag, fromMs, toMs));
    }
  }
});

test('samples that go leave their seconds behind, and late ones are added to them', () => {
  const samples = someSamples();
  write(samples);
  const database = openDatabase(file);
  const shelf = shelfOf(database, parts.raw, true);
  const keys = database.prepare<[], number>('SELECT key FROM blocks ORDER BY key').pluck().all();
  expect(keys.length).toBeGreaterThan(10);
  // Half of an hour goes before the other half, and some stays.
  for (const key of keys.slice(0, -2)) shelf.remove(key);
  database.close();
  const check = (all: readonly Sample[]) => {
    for (const tag of [0, 1]) {
      for (const [fromMs, toMs] of ranges) {
        expect(read(tag + 1, fromMs, toMs)).toEqual(wanted(all, tag, fromMs, toMs));
      }
    }
  };
  check(samples);
  const late = [1, 2, 3].map((n): Sample => {
    const timeMs = startMs + n * 1000 * 600;
    return { tag: 0, value: n / 10, timeMs, receiveMs: startMs + 30 * hourMs };
  });
  write(late);
  check([...samples, ...late]);
});
