// A stretch of hours as points, from what is kept by the minute: no peak is lost, wherever it lies, and gaps are seen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { openDatabase } from '../../../src/history/database.ts';
import { type OpenReader, openReader } from '../../../src/history/reader/open.ts';
import { historySchema } from '../../../src/history/schema.ts';
import { createWriter } from '../../../src/history/writer.ts';
import type { HistoryPoints } from '../../../src/ports/history.ts';
import { columnsOf, type Sample } from './stored.ts';

const beginMs = Date.UTC(2026, 2, 1);
const hourMs = 3_600_000;
const minuteMs = 60_000;
const hours = 7;
/** On both sides of borders of minutes, hours and chunks, at the very ends, and in the middle of nowhere. */
const peaks = new Map<number, number>([
  [beginMs + 12_400, 901],
  [beginMs + minuteMs - 100, 902],
  [beginMs + minuteMs, -903],
  [beginMs + hourMs - 100, 904],
  [beginMs + hourMs, -905],
  [beginMs + 3.37 * hourMs, 906],
  [beginMs + 6 * hourMs, 907],
  [beginMs + 6.5 * hourMs - 100, -908],
]);
const bad = { fromMs: beginMs + 4 * hourMs, toMs: beginMs + 4.25 * hourMs };

function sampleAt(i: number): Sample {
  const timeMs = beginMs + i * 100;
  const isBad = timeMs >= bad.fromMs && timeMs < bad.toMs;
  const value = peaks.get(timeMs) ?? Math.round((20 * Math.sin(i / 4000) + ((i * 37) % 11) / 10) * 10) / 10;
  const quality = isBad ? Quality.badSensorFailure : Quality.good;
  return {
    tag: 0,
    value: isBad ? Number.NaN : value,
    quality,
    timeMs,
    receiveMs: timeMs + 3,
    rawMs: Number.NaN,
  };
}

let folder: string;
let reader: OpenReader;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemel-range-'));
  const file = join(folder, 'history.db');
  const run = {
    startMs: beginMs,
    periodMs: 100,
    openedMs: beginMs,
    gemel: '0',
    site: '',
    fingerprint: '',
    config: '{}',
  };
  const { keep } = historySchema.parse({ keep: { minFreeMb: 0, rawDays: 36500 } });
  const writer = createWriter({ file, run, config: { keep, ballastMb: 0 }, tell: () => undefined });
  const tag = { index: 0, source: 'mill', name: 'load', unit: '', kind: 'number', tier: 'raw' } as const;
  const none = { ledger: [], memory: [], events: [], acts: [], snapshots: [], cursors: [], gaps: [] };
  const atOnce = 3000;
  for (let from = 0; from < hours * 36_000; from += atOnce) {
    const samples = Array.from({ length: atOnce }, (_, k) => sampleAt(from + k));
    const nowMs = beginMs + (from + atOnce) * 100;
    writer.commit({ ...none, nowMs, tags: from === 0 ? [tag] : [], samples: columnsOf(samples) });
    // The last hour and a half stays in the journal.
    if (from < 5.5 * 36_000) while (writer.work(nowMs));
  }
  reader = openReader(file);
  return () => writer.close();
});

afterAll(() => {
  reader.close();
  rmSync(folder, { recursive: true, force: true });
});

const all = { tag: 1, fromMs: beginMs + 12_345, toMs: beginMs + 6.5 * hourMs - 50 };
const seen = (points: HistoryPoints) => new Set(points.value);

describe.each(['min-max', 'lttb'] as const)('%s', (method) => {
  test('is in order, within the range, and no more than was asked for', async () => {
    const points = await reader.range({ ...all, points: 300, method });
    expect(points.timeMs.length).toBeGreaterThan(100);
    expect(points.timeMs.length).toBeLessThanOrEqual(300);
    expect([...points.timeMs]).toEqual([...points.timeMs].sort((a, b) => a - b));
    expect(points.timeMs[0]).toBeGreaterThanOrEqual(all.fromMs);
    expect(points.timeMs.at(-1)).toBeLessThanOrEqual(all.toMs);
    // Every 100 ms, both ends cut.
    expect(points.samples).toBe(Math.floor(all.toMs / 100) - Math.ceil(all.fromMs / 100) + 1);
  });

  test('shows where there was nothing but Bad', async () => {
    const { timeMs, value } = await reader.range({ ...all, points: 300, method });
    const inside = [...timeMs.keys()].filter((i) => timeMs[i]! >= bad.fromMs && timeMs[i]! < bad.toMs);
    expect(inside.length).toBeGreaterThan(0);
    for (const i of inside) expect(value[i]).toBeNaN();
    const outside = [...timeMs.keys()].filter((i) => !inside.includes(i));
    for (const i of outside) expect(value[i]).not.toBeNaN();
  });
});

test('no peak is lost, wherever it lies', async () => {
  const points = seen(await reader.range({ ...all, points: 300 }));
  for (const peak of peaks.values()) expect(points).toContain(peak);
});

test('what lies just outside is not in it', async () => {
  const [first] = peaks.keys();
  const later = { ...all, fromMs: first! + 1 };
  expect(seen(await reader.range({ ...later, points: 300 }))).not.toContain(901);
  const earlier = { ...all, toMs: beginMs + 6.5 * hourMs - 101 };
  expect(seen(await reader.range({ ...earlier, points: 300 }))).not.toContain(-908);
});

test('an hour by the minute, a minute from its samples: the most is that of a look at each', async () => {
  for (const spanMs of [hourMs * 5.9, hourMs, 10 * minuteMs, 5000]) {
    const fromMs = beginMs + 20_000;
    const points = await reader.range({ tag: 1, fromMs, toMs: fromMs + spanMs, points: 40 });
    const own = Array.from({ length: spanMs / 100 + 1 }, (_, k) => sampleAt(200 + k).value).filter(
      (value) => !Number.isNaN(value),
    );
    const told = [...points.value].filter((value) => !Number.isNaN(value));
    expect(Math.max(...told)).toBe(own.reduce((most, value) => Math.max(most, value)));
    expect(Math.min(...told)).toBe(own.reduce((least, value) => Math.min(least, value)));
  }
});

test('seconds that are not kept are told from the samples, those of the journal too', async () => {
  const range = { fromMs: beginMs + 5.2 * hourMs + 1, toMs: beginMs + 5.8 * hourMs };
  const { startMs, count, max } = await reader.rollup({ tag: 1, ...range, stepMs: 1000 });
  expect(startMs.length).toBe(0.6 * 3600 + 1);
  expect(new Set(count)).toEqual(new Set([10]));
  expect(max[0]).toBe(Math.max(...Array.from({ length: 10 }, (_, k) => sampleAt(5.2 * 36_000 + k).value)));
});

test('where the samples have gone, what stayed of them is told, and behind it the samples', async () => {
  const goneMs = beginMs + 2 * hourMs;
  const db = openDatabase(join(folder, 'history.db'));
  const { changes } = db.prepare('DELETE FROM blocks WHERE end_ms < ?').run(goneMs);
  db.close();
  expect(changes).toBeGreaterThan(2);
  const old = await reader.range({
    tag: 1,
    fromMs: beginMs,
    toMs: beginMs + 10 * minuteMs,
    points: 1000,
  });
  expect(seen(old)).toContain(902);
  expect(seen(old)).toContain(-903);
  expect(old.samples).toBeGreaterThanOrEqual(9 * 600);
  const fromMs = goneMs - 5 * minuteMs;
  const both = await reader.range({ tag: 1, fromMs, toMs: goneMs + 5 * minuteMs, points: 10_000 });
  expect(both.timeMs[0]).toBeLessThan(fromMs + minuteMs);
  // Of the minute in which the samples begin, what went before them is not told.
  expect(both.samples).toBeGreaterThan(8.9 * 600);
  expect(both.samples).toBeLessThanOrEqual(10 * 600 + 1);
  expect([...both.timeMs]).toEqual([...both.timeMs].sort((a, b) => a - b));
});
