// What goes when there is no room for all: in which order, how far, and what is told.
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import type { Keep } from '../../../src/history/upkeep/keep.ts';
import { sacrifices, sacrificesForCommits, sacrificesForOthers } from '../../../src/history/upkeep/keep.ts';
import type { UpkeepNews } from '../../../src/history/upkeep/news.ts';
import { createPressure } from '../../../src/history/upkeep/pressure.ts';
import { createRetention } from '../../../src/history/upkeep/retention.ts';
import { measureSpace } from '../../../src/history/upkeep/space.ts';
import { dayMs, generous, type HistoryFileUnderTest, hourMs, newFile, nowMs } from './history-files.ts';

/** Two raw tags and a twin's with a block an hour, and rollups, of so many days. */
function fill(file: HistoryFileUnderTest, days: number): void {
  file.run(nowMs - days * dayMs);
  file.tag(1, 'raw');
  file.tag(2, 'raw');
  file.tag(3, 'twin');
  for (let ms = nowMs - days * dayMs; ms < nowMs; ms += hourMs) {
    for (const tag of [1, 2, 3]) file.block(tag, ms);
    for (const step of [1000, 60_000, 3_600_000] as const) file.chunk(1, step, ms);
  }
}

function settle(
  file: HistoryFileUnderTest,
  keep: Partial<Keep>,
  told: UpkeepNews[] = [],
  atMs = nowMs,
): number {
  const { db, file: path } = file;
  const options = { db, file: path, keep: { ...generous, ...keep }, lastReceivedMs: atMs - 1000 };
  const retention = createRetention({ ...options, tell: (news) => told.push(news) });
  let slices = 0;
  for (; retention.step(atMs, 3); slices++) if (slices > 10_000) throw new Error('it never ends');
  return slices;
}

/** The rest of what it may have is for its log. */
const ours = 7 / 8;

function used({ db, file }: HistoryFileUnderTest): number {
  const { fileBytes, freeBytes } = measureSpace(db, file);
  return fileBytes - freeBytes;
}

const daysOf = (times: readonly number[]) => (nowMs - Math.min(...times)) / dayMs;

describe('a file that is too large', () => {
  test('loses its oldest raw samples first, of all tags alike, and no more than it must', () => {
    using file = newFile(4000);
    fill(file, 20);
    file.db.pragma('wal_checkpoint(TRUNCATE)');
    const before = used(file) / ours;
    const told: UpkeepNews[] = [];
    settle(file, { maxBytes: before * 0.8 }, told);
    expect(used(file)).toBeLessThan(before * 0.8 * ours);
    expect(used(file)).toBeGreaterThan(before * 0.7 * ours);
    const [one, two] = [file.blocks(1), file.blocks(2)];
    expect(Math.abs(daysOf(one) - daysOf(two))).toBeLessThanOrEqual(0.5);
    expect(daysOf(one)).toBeLessThan(20);
    expect(file.blocks(3)).toHaveLength(20 * 24);
    expect(told.map(({ kind }) => kind)).toEqual(['squeezed']);
    expect(file.gaps()).toEqual([]);
  });

  test("keeps a day of raw samples, then loses the twin's, then seconds; hours to the last", () => {
    using file = newFile(4000);
    fill(file, 20);
    file.db.pragma('wal_checkpoint(TRUNCATE)');
    const before = used(file) / ours;
    settle(file, { maxBytes: before * 0.25 });
    expect(daysOf(file.blocks(1))).toBeCloseTo(1, 1);
    expect(daysOf(file.blocks(3))).toBeLessThan(19);
    expect(file.blocks(3).length).toBeGreaterThan(23);
    settle(file, { maxBytes: before * 0.01 });
    expect(file.blocks(1).length).toBeLessThan(3);
    const hours = file.db.prepare('SELECT count(*) FROM rollups WHERE key >= 5 * 16777216').pluck().get();
    expect(hours).toBeGreaterThan(0);
  });

  test('takes what no sink has only after the rest, and says what is missing', () => {
    using file = newFile(4000);
    fill(file, 20);
    file.db.pragma('wal_checkpoint(TRUNCATE)');
    const fetched = nowMs - 10 * dayMs;
    file.db.prepare("INSERT INTO cursors VALUES ('mqtt', 'samples', ?)").run(fetched);
    const before = used(file) / ours;
    settle(file, { maxBytes: before * 0.7 });
    expect(daysOf(file.blocks(1))).toBeGreaterThanOrEqual(9.9);
    expect(file.gaps()).toEqual([]);
    settle(file, { maxBytes: before * 0.3 });
    expect(daysOf(file.blocks(3))).toBeLessThanOrEqual(1.1);
    const [gap, ...others] = file.gaps();
    expect(others).toEqual([]);
    const left = Math.min(...file.blocks(1), ...file.blocks(2));
    expect(gap!.reason).toBe('retention');
    expect(gap!.from_ms).toBeGreaterThan(fetched - hourMs);
    expect(gap!.from_ms).toBeLessThan(fetched + hourMs);
    expect(gap!.to_ms).toBeLessThan(left + hourMs);
    const gone = 2 * 10 * 24 - file.blocks(1).length - file.blocks(2).length;
    expect(gap!.samples).toBe(gone * 100);
  });

  test('shrinks on the disk, a little at a time', () => {
    using file = newFile(4000);
    fill(file, 60);
    file.db.pragma('wal_checkpoint(TRUNCATE)');
    const before = statSync(file.file).size / ours;
    const slices = settle(file, { maxBytes: before * 0.3 });
    file.db.pragma('wal_checkpoint(TRUNCATE)');
    expect(statSync(file.file).size).toBeLessThan(before * 0.5 * ours);
    expect(slices).toBeGreaterThan(5);
    expect(file.db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(file.db.pragma('synchronous', { simple: true })).toBe(0);
  });

  test('with a clock of 1970 loses the oldest first all the same', () => {
    using file = newFile(4000);
    fill(file, 20);
    file.run(5000);
    file.block(1, 5000);
    file.db.pragma('wal_checkpoint(TRUNCATE)');
    const { db, file: path } = file;
    const keep = { ...generous, maxBytes: (used(file) / ours) * 0.8 };
    const retention = createRetention({ db, file: path, keep, lastReceivedMs: nowMs, tell: () => undefined });
    for (let i = 0; retention.step(130_000, 3); i++) if (i > 10_000) throw new Error('it never ends');
    expect(file.blocks(1)[0]).toBe(5000);
    expect(daysOf(file.blocks(1).slice(1))).toBeLessThan(18);
    expect(daysOf(file.blocks(1).slice(1))).toBeGreaterThan(5);
  });
});

test('a file that cannot be made smaller is not looked through again and again', () => {
  using file = newFile(4000);
  fill(file, 2);
  const { db, file: path } = file;
  const keep = { ...generous, maxBytes: 1000 };
  const retention = createRetention({ db, file: path, keep, lastReceivedMs: nowMs, tell: () => undefined });
  for (let i = 0; retention.step(nowMs, 3); i++) if (i > 10_000) throw new Error('it never ends');
  const prepare = vi.spyOn(db, 'prepare');
  const endMs = performance.now() + 700;
  while (performance.now() < endMs) expect(retention.step(nowMs, 3)).toBe(false);
  expect(prepare).not.toHaveBeenCalled();
});

describe('a disk that is full of other things', () => {
  const space = { fileBytes: 1e9, walBytes: 0, freeBytes: 0, diskFreeBytes: 1e9 };
  const keep = { ...generous, maxBytes: 2e9, minFreeBytes: 5e8 };
  const pressure = createPressure({ sweepOf: () => expect.unreachable(), end: () => undefined });

  test('costs what is older than a day, not the last day, which is not theirs to take', () => {
    expect(pressure.of(space, keep)).toBe(0);
    expect(pressure.of({ ...space, diskFreeBytes: 4e8 }, keep)).toBe(sacrificesForOthers);
    expect(pressure.of({ ...space, diskFreeBytes: 4e8, freeBytes: 2e8 }, keep)).toBe(0);
    expect(pressure.of({ ...space, fileBytes: 2e9 }, keep)).toBe(sacrifices.length);
    for (const { floorMs } of sacrifices.slice(0, sacrificesForOthers))
      expect(floorMs).toBeGreaterThanOrEqual(dayMs);
    for (const { floorMs } of sacrifices.slice(0, sacrificesForCommits))
      expect(floorMs).toBeGreaterThanOrEqual(hourMs);
  });

  test('costs the files that were put aside, but for the newest damaged and the newest replaced', () => {
    using file = newFile();
    fill(file, 3);
    const aside = ['damaged', 'replaced'].flatMap((label) =>
      [1, 2].map((i) => `${file.file}.${label}-2026010${i}T000000Z`),
    );
    for (const path of aside) writeFileSync(path, 'x');
    settle(file, { minFreeBytes: 1e15 });
    expect(aside.map((path) => existsSync(path))).toEqual([false, true, false, true]);
    expect(daysOf(file.blocks(1))).toBeLessThanOrEqual(1.1);
    expect(file.blocks(1).length).toBeGreaterThanOrEqual(23);
  });
});
