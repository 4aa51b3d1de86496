// What goes because it is old, and what stays though it seems to be.
import { describe, expect, test } from 'vitest';
import { removedUpTo } from '../../../src/history/upkeep/removed.ts';
import { createRetention, type Retention } from '../../../src/history/upkeep/retention.ts';
import {
  blockMs,
  dayMs,
  generous,
  type HistoryFileUnderTest,
  hourMs,
  newFile,
  nowMs,
} from './history-files.ts';

function retentionOf({ db, file }: HistoryFileUnderTest, lastReceivedMs = nowMs - 1000, keep = generous) {
  return createRetention({ db, file, keep, lastReceivedMs, tell: () => undefined });
}

function removedIn({ db }: HistoryFileUnderTest): number {
  const rows = db.prepare<[], { key: string; text: string }>('SELECT key, text FROM memory').all();
  return removedUpTo(new Map(rows.map(({ key, text }) => [key, text])));
}

/** Until nothing is left to do at this time. */
function settle(retention: Retention, atMs = nowMs): void {
  for (let i = 0; retention.step(atMs, 3); i++) if (i > 10_000) throw new Error('it never ends');
}

/** An hour goes by, a look each half minute. */
function anHour(retention: Retention, fromMs: number): number {
  const endMs = fromMs + hourMs + 60_000;
  for (let ms = fromMs; ms < endMs; ms += 30_000) settle(retention, ms);
  return endMs;
}

/** A tag of each tier with a block each six hours, of so many days. */
function fill(file: HistoryFileUnderTest, days: number): void {
  file.run(nowMs - days * dayMs);
  file.tag(1, 'raw');
  file.tag(2, 'twin');
  for (let ms = nowMs - days * dayMs; ms < nowMs; ms += 6 * hourMs) {
    file.block(1, ms);
    file.block(2, ms);
    for (const step of [1000, 60_000, 3_600_000] as const) file.chunk(1, step, ms);
  }
}

const oldest = (times: readonly number[]) => (nowMs - Math.min(...times)) / dayMs;

describe('by age', () => {
  test('each tier as long as it is kept, and not a block longer or shorter', () => {
    using file = newFile();
    fill(file, 200);
    settle(retentionOf(file));
    expect([oldest(file.blocks(1)), oldest(file.blocks(2))]).toEqual([30, 20]);
    expect(file.blocks(1)).toHaveLength(30 * 4);
    // Of samples it is known how far they went; what the twins said is of no matter to a replay.
    expect(removedIn(file)).toBe(nowMs - 30 * dayMs - 6 * hourMs + blockMs);
    // 90 days of seconds, an hour a chunk with one of six filled; minutes a day, hours thirty days a chunk.
    expect(file.count('rollups')).toBe(90 * 4 + 200 + Math.ceil(200 / 30));
    expect(file.db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  test('as time goes on, more goes, without looking at what is young', () => {
    using file = newFile();
    fill(file, 40);
    const retention = retentionOf(file);
    settle(retention);
    let ms = nowMs;
    for (; ms < nowMs + dayMs; ms += 60_000) settle(retention, ms);
    expect(oldest(file.blocks(1))).toBeCloseTo(29, 0);
  });

  test('what was filled in late stays as long as if it were new', () => {
    using file = newFile();
    file.run(nowMs - dayMs);
    file.tag(1, 'raw');
    const longAgo = nowMs - 400 * dayMs;
    file.block(1, longAgo, { firstMs: nowMs - 10 * dayMs, lastMs: nowMs - 10 * dayMs });
    file.block(1, longAgo + dayMs, { firstMs: nowMs - 31 * dayMs, lastMs: nowMs - 31 * dayMs });
    settle(retentionOf(file));
    expect(file.blocks(1)).toEqual([longAgo]);
  });

  test('a stamp of next year neither saves nor costs anything else, and goes when its receipt is old', () => {
    using file = newFile();
    file.run(nowMs - 100 * dayMs);
    file.tag(1, 'raw');
    const ahead = nowMs + 365 * dayMs;
    file.block(1, ahead, { firstMs: nowMs - 40 * dayMs, lastMs: nowMs - 40 * dayMs });
    file.block(1, ahead + hourMs, { firstMs: nowMs - dayMs, lastMs: nowMs - dayMs });
    file.block(1, nowMs - 31 * dayMs);
    file.block(1, nowMs - 29 * dayMs);
    settle(retentionOf(file));
    expect(file.blocks(1)).toEqual([nowMs - 29 * dayMs, ahead + hourMs]);
  });

  test('what no sink has fetched yet stays, and is told when it goes', () => {
    using file = newFile();
    fill(file, 60);
    file.db
      .prepare("INSERT INTO cursors VALUES ('mqtt', 'samples', ?), ('mqtt', 'events', 12)")
      .run(nowMs - 45 * dayMs);
    settle(retentionOf(file));
    expect(oldest(file.blocks(1))).toBeCloseTo(45, 0);
    expect(oldest(file.blocks(2))).toBe(20);
    expect(file.gaps()).toEqual([]);
  });
});

describe('a sink that fetches nothing', () => {
  /** One that was taken out of the configuration so many days ago, and one that has all. */
  function filled(days: number): HistoryFileUnderTest {
    const file = newFile();
    fill(file, 100);
    file.db
      .prepare("INSERT INTO cursors VALUES ('gone', 'samples', ?), ('mqtt', 'samples', ?)")
      .run(nowMs - days * dayMs, nowMs);
    return file;
  }

  test('holds what it has not fetched for as long again as it is kept', () => {
    using file = filled(59);
    settle(retentionOf(file));
    expect(oldest(file.blocks(1))).toBeCloseTo(59, 0);
    expect(file.gaps()).toEqual([]);
  });

  test('holds nothing for ever; what was held for it is told as a gap, and what goes later at its time is not', () => {
    using file = filled(61);
    const retention = retentionOf(file);
    settle(retention);
    expect(oldest(file.blocks(1))).toBe(30);
    const [gap, ...others] = file.gaps();
    expect(others).toEqual([]);
    expect(gap).toMatchObject({ reason: 'retention', samples: 100 * 4 * 30 });
    expect((nowMs - gap!.from_ms) / dayMs).toBeCloseTo(61, 0);
    expect((nowMs - gap!.to_ms) / dayMs).toBeCloseTo(31, 0);
    for (let ms = nowMs; ms < nowMs + dayMs / 2; ms += 60_000) settle(retention, ms);
    expect(oldest(file.blocks(1))).toBeLessThan(30);
    expect(file.gaps()).toEqual([gap]);
  });
});

describe('a clock that is wrong', () => {
  test('1970 to now: what was received a minute ago under 1970 stays for thirty days', () => {
    using file = newFile();
    file.tag(1, 'raw');
    file.run(60_000);
    for (let i = 1; i < 20; i++) file.block(1, i * 600_000);
    file.run(nowMs - 10_000);
    const retention = retentionOf(file, 19 * 600_000);
    settle(retention);
    const after = anHour(retention, nowMs);
    expect(file.blocks(1)).toHaveLength(19);
    expect(file.count('runs')).toBe(2);
    // Thirty days later, and another start.
    const later = retentionOf(file, after + 30 * dayMs);
    settle(later, after + 30 * dayMs + 1000);
    expect(file.blocks(1)).toHaveLength(0);
  });

  test('while it says 1970 nothing gets old', () => {
    using file = newFile();
    fill(file, 200);
    file.run(5000);
    const retention = retentionOf(file, nowMs);
    settle(retention, 10_000);
    anHour(retention, 10_000);
    expect(file.blocks(1)).toHaveLength(800);
  });

  test('a leap of ten years ahead deletes nothing within the hour, and nothing at all when it is taken back', () => {
    using file = newFile();
    fill(file, 29);
    const retention = retentionOf(file);
    settle(retention);
    const wrongMs = nowMs + 3650 * dayMs;
    for (let ms = wrongMs; ms < wrongMs + hourMs - 120_000; ms += 30_000) settle(retention, ms);
    expect(file.blocks(1)).toHaveLength(29 * 4);
    for (let ms = nowMs + hourMs; ms < nowMs + 3 * hourMs; ms += 30_000) settle(retention, ms);
    expect(file.blocks(1)).toHaveLength(29 * 4);
  });

  test.each([hourMs, -hourMs, 120_000, -120_000])(
    'a step of %i ms, at a new start, deletes nothing that is not old',
    (step) => {
      using file = newFile();
      fill(file, 29);
      file.block(1, nowMs - 30 * dayMs + 1000);
      const blocks = file.blocks(1).length;
      const retention = retentionOf(file, nowMs);
      settle(retention, nowMs + step);
      expect(file.blocks(1)).toHaveLength(blocks);
    },
  );

  test('samples of a run whose clock was a year ahead do not outlive all others, nor go at once', () => {
    using file = newFile();
    file.tag(1, 'raw');
    const aheadMs = nowMs + 365 * dayMs;
    file.run(aheadMs);
    file.block(1, aheadMs);
    file.run(nowMs - 10 * dayMs);
    file.block(1, nowMs - 10 * dayMs);
    settle(retentionOf(file));
    expect(file.blocks(1)).toHaveLength(2);
    settle(retentionOf(file, nowMs + 21 * dayMs), nowMs + 21 * dayMs + 1000);
    expect(file.blocks(1)).toEqual([]);
  });
});

describe('what belongs to old samples', () => {
  test('runs, acts and snapshots go with the last of their samples; the run of now stays', () => {
    using file = newFile();
    file.tag(1, 'raw');
    const days = [100, 60, 40, 20, 1];
    for (const day of days) {
      const run = file.run(nowMs - day * dayMs);
      for (let tick = 0; tick < 300; tick++) {
        file.db.prepare("INSERT INTO acts (run, tick, kind, text) VALUES (?, ?, 'hash', 'x')").run(run, tick);
      }
      file.db.prepare("INSERT INTO snapshots VALUES (?, 10, x'00')").run(run);
    }
    for (let day = 100; day > 0; day--) file.block(1, nowMs - day * dayMs);
    settle(retentionOf(file));
    // Samples of the last thirty days are left: the run of forty days ago has some of them.
    expect(file.count('runs')).toBe(3);
    // Of that one, what lies before its snapshot is of no use.
    expect(file.count('acts')).toBe(890);
    expect(file.count('snapshots')).toBe(3);
  });

  test('of a run of months what lies before the snapshot that a replay can begin at', () => {
    using file = newFile();
    file.tag(1, 'raw');
    const run = file.run(nowMs - 100 * dayMs);
    const ticksADay = dayMs / 100;
    for (let day = 0; day < 100; day++) {
      file.db
        .prepare("INSERT INTO acts (run, tick, kind, text) VALUES (?, ?, 'hash', 'x')")
        .run(run, day * ticksADay);
      file.db.prepare("INSERT INTO snapshots VALUES (?, ?, x'00')").run(run, day * ticksADay);
      file.block(1, nowMs - (100 - day) * dayMs);
    }
    settle(retentionOf(file));
    expect(file.count('snapshots')).toBe(30);
    expect(file.count('acts')).toBe(30);
    expect(file.count('runs')).toBe(1);
  });

  test('events as long as rollups', () => {
    using file = newFile();
    const insert = file.db.prepare("INSERT INTO events (time_ms, event) VALUES (?, '{}')");
    for (const years of [5, 4, 2, 1]) insert.run(nowMs - years * 365 * dayMs);
    settle(retentionOf(file, nowMs, { ...generous, rollupMs: 3 * 365 * dayMs }));
    expect(file.count('events')).toBe(2);
  });
});
