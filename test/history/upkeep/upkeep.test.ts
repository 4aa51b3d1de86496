// Upkeep as the writer uses it, on a file that must not grow: what a full disk is to whoever may mount none.
import { existsSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ballastFile } from '../../../src/history/upkeep/ballast.ts';
import { isFull } from '../../../src/history/upkeep/failures.ts';
import type { UpkeepNews } from '../../../src/history/upkeep/news.ts';
import { createUpkeep } from '../../../src/history/upkeep/upkeep.ts';
import { dayMs, generous, type HistoryFileUnderTest, hourMs, newFile, nowMs } from './history-files.ts';

const ballastBytes = 300_000;

function upkeepOf({ db, file }: HistoryFileUnderTest, told: UpkeepNews[]) {
  const tell = (news: UpkeepNews) => told.push(news);
  return createUpkeep({ db, file, keep: generous, ballastBytes, lastReceivedMs: nowMs - 1000, tell });
}

/** Days of a block each ten minutes, and no page more than they take. */
function fill(file: HistoryFileUnderTest, days: number): void {
  file.run(nowMs - days * dayMs);
  file.tag(1, 'raw');
  for (let ms = nowMs - days * dayMs; ms < nowMs; ms += 600_000) file.block(1, ms);
  file.db.pragma('wal_checkpoint(TRUNCATE)');
  file.db.pragma(`max_page_count = ${Number(file.db.pragma('page_count', { simple: true }))}`);
}

function refusal(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('a refused commit gives the reserve back and lets the oldest go, but not the last hour; then it goes through', () => {
  using file = newFile(3000);
  fill(file, 4);
  const told: UpkeepNews[] = [];
  const upkeep = upkeepOf(file, told);
  for (let i = 0; upkeep.work(nowMs); i++) if (i > 1000) throw new Error('it never ends');
  expect(existsSync(ballastFile(file.file))).toBe(true);
  const write = () => file.block(1, nowMs);
  const refused = refusal(() => {
    for (let i = 0; i < 100; i++) file.block(1, nowMs + i * 60_000);
  });
  expect(isFull(refused, file.file)).toBe(true);
  const before = file.blocks(1);
  expect(upkeep.makeRoom(nowMs)).toBe(true);
  expect(existsSync(ballastFile(file.file))).toBe(false);
  write();
  const after = file.blocks(1);
  expect(after[0]).toBeGreaterThan(before[0]!);
  expect(after.filter((ms) => ms > nowMs - hourMs && ms < nowMs)).toHaveLength(5);
  expect(told.map(({ kind }) => kind)).toEqual(['ballast-given']);
  // There is room on the disk: the reserve is made anew, which is news once.
  for (let i = 0; upkeep.work(nowMs + 1000); i++) if (i > 1000) throw new Error('it never ends');
  upkeep.work(nowMs + 2000);
  expect(existsSync(ballastFile(file.file))).toBe(true);
  expect(told.map(({ kind }) => kind)).toEqual(['ballast-given', 'ballast-made']);
  upkeep.close();
  expect(file.db.pragma('integrity_check', { simple: true })).toBe('ok');
});

test('the log grows to a size without a trace in the file, and keeps it', () => {
  using file = newFile(3000);
  fill(file, 1);
  const count = file.count('snapshots');
  const told: UpkeepNews[] = [];
  const upkeep = upkeepOf(file, told);
  while (upkeep.work(nowMs));
  file.db.pragma('max_page_count = 1000000');
  const cache = () => file.db.pragma('cache_size', { simple: true });
  const before = cache();
  upkeep.makeRoom(nowMs);
  expect(statSync(`${file.file}-wal`).size).toBeGreaterThanOrEqual(ballastBytes / 2);
  expect(file.count('snapshots')).toBe(count);
  expect(file.db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(cache()).toBe(before);
});
