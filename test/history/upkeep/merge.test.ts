// The log goes into the file in steps; a reader that holds on lets it grow, is told of once, and nobody waits for it.
import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createMerge } from '../../../src/history/upkeep/merge.ts';
import type { UpkeepNews } from '../../../src/history/upkeep/news.ts';
import { type HistoryFileUnderTest, hourMs, newFile, nowMs } from './history-files.ts';

const largeBytes = 2 ** 20;

function mergeOf({ db, file }: HistoryFileUnderTest) {
  const told: UpkeepNews[] = [];
  let ms = 0;
  const options = { tell: (news: UpkeepNews) => told.push(news), monotonicMs: () => ms };
  const merge = createMerge(db, file, { ...options, largeBytes, stepBytes: largeBytes / 4 });
  return {
    told,
    merge,
    /** So long it is given, a step each 50 ms. */
    run: (forMs: number) => {
      for (const end = ms + forMs; ms < end; ms += 50) merge.step();
    },
  };
}

const walBytes = ({ file }: HistoryFileUnderTest) => statSync(`${file}-wal`).size;

function write(file: HistoryFileUnderTest, blocks: number, fromMs = nowMs): void {
  for (let i = 0; i < blocks; i++) file.block(1, fromMs + i * hourMs);
}

test('what was written is in the file soon, and the log does not grow', () => {
  using file = newFile(4000);
  const { run, told } = mergeOf(file);
  for (let i = 0; i < 30; i++) {
    write(file, 50, nowMs + i * 50 * hourMs);
    run(1000);
  }
  expect(walBytes(file)).toBeLessThan(largeBytes * 2);
  expect(statSync(file.file).size).toBeGreaterThan(30 * 45 * 4000);
  expect(told).toEqual([]);
});

test('a reader that holds on is told of once, commits go on, and when it is gone the log is small again', () => {
  using file = newFile(4000);
  const { run, told, merge } = mergeOf(file);
  write(file, 10);
  const reader = new Database(file.file, { readonly: true });
  reader.exec('BEGIN');
  expect(reader.prepare('SELECT count(*) FROM blocks').pluck().get()).toBe(10);
  for (let i = 1; i <= 20; i++) {
    write(file, 50, nowMs + i * 50 * hourMs);
    run(5000);
  }
  expect(walBytes(file)).toBeGreaterThan(largeBytes);
  expect(merge.isHeld).toBe(true);
  expect(told.map(({ kind }) => kind)).toEqual(['reader-holds']);
  expect(told[0]!.details['walBytes']).toBeGreaterThan(largeBytes);
  expect(file.count('blocks')).toBe(1010);
  expect(reader.prepare('SELECT count(*) FROM blocks').pluck().get()).toBe(10);
  reader.close();
  run(10_000);
  expect(merge.isHeld).toBe(false);
  expect(walBytes(file)).toBe(0);
  expect(told.map(({ kind }) => kind)).toEqual(['reader-holds', 'reader-gone']);
  expect(file.db.pragma('busy_timeout', { simple: true })).toBe(5000);
});

test('what comes all at once after a quiet time is merged without waiting for its turn', () => {
  using file = newFile(4000);
  const { run, merge } = mergeOf(file);
  run(60_000);
  for (let i = 0; i < 20; i++) {
    write(file, 50, nowMs + i * 50 * hourMs);
    merge.step();
  }
  expect(walBytes(file)).toBeLessThan(largeBytes * 2);
});

test('readers that come and go without a pause do not keep the log from being cut', () => {
  using file = newFile(4000);
  const { run } = mergeOf(file);
  const reader = new Database(file.file, { readonly: true });
  const look = reader.prepare('SELECT count(*) FROM blocks').pluck();
  for (let i = 0; i < 30; i++) {
    write(file, 50, nowMs + i * 50 * hourMs);
    expect(look.get()).toBe((i + 1) * 50);
    run(1000);
  }
  expect(walBytes(file)).toBeLessThan(largeBytes * 2);
  reader.close();
});
