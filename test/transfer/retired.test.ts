// Rollups outlive their samples by years: what is left of a time whose samples have gone can still be shown and exported.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type ExportFlags, runExport } from '../../src/cli/export.ts';
import { type HistoryFlags, runHistory } from '../../src/cli/history.ts';
import { openDatabase } from '../../src/history/database.ts';
import { createWriter } from '../../src/history/writer.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { config, type Sample, startMs, tagOf, writeHistory } from './history-fixture.ts';

useCleanUp();

const hourMs = 3_600_000;
const hours = 30;
const run = {
  startMs,
  periodMs: 1000,
  openedMs: startMs,
  gemel: '0',
  site: '',
  fingerprint: '',
  config: '{}',
};
let dir: string;
let history: string;

/** A sample a minute, all of it in blocks and rollups; then those of the first 20 hours go, as they would for their age. */
beforeEach(async () => {
  dir = await stateDir();
  const samples = Array.from({ length: hours * 60 }, (_, i): Sample => {
    return { tag: 0, timeMs: startMs + i * 60_000, value: i === 100 ? 900 : i % 7 };
  });
  history = writeHistory(dir, [tagOf('shop', 'temp')], samples);
  const writer = createWriter({ file: history, run, config, tell: () => {} });
  while (writer.work(startMs + hours * hourMs));
  writer.close();
  forget(startMs + 20 * hourMs);
});

function forget(beforeMs: number): void {
  const database = openDatabase(history);
  const { changes } = database.prepare('DELETE FROM blocks WHERE start_ms < ?').run(beforeMs);
  database.close();
  expect(changes).toBeGreaterThan(0);
}

async function rowsOf(more: Partial<ExportFlags>): Promise<string[]> {
  const usual = { tier: 'raw', delimiter: 'comma', decimal: 'point', times: 'iso', force: true } as const;
  const file = join(dir, 'out.csv');
  const to = { env: {}, print: () => undefined, tell: () => {}, terminal: false };
  await runExport(file, { ...usual, history, ...more }, to);
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
}

async function chart(more: Partial<HistoryFlags>): Promise<string> {
  let out = '';
  const flags = { tier: 'all', rows: 20, points: 400, history, ...more } as const;
  const print = (text: string) => {
    out += text;
  };
  await runHistory(['shop/temp'], flags, { env: {}, print, tell: () => {}, width: 100 });
  return out;
}

test('rollups and points go back as far as rollups do, samples as far as samples', async () => {
  const byHour = await rowsOf({ rollup: '1h' });
  expect(byHour.length).toBe(hours);
  expect(byHour[0]).toMatch(/^2026-03-02T08:00:00.000Z,shop,temp,60,0,0,/);
  expect((await rowsOf({ rollup: '1m' })).length).toBe(hours * 60);
  expect(
    (await rowsOf({ rollup: '1h', from: startMs + 3 * hourMs, to: startMs + 5 * hourMs - 1 })).length,
  ).toBe(2);
  expect((await rowsOf({ points: 50 })).some((row) => row.includes(',900,'))).toBe(true);
  const samples = await rowsOf({});
  expect(samples.length).toBeLessThan(hours * 60);
  expect(samples[0]! > '2026-03-03').toBe(true);
});

test('a chart has the peak of a time that is told of by rollups only', async () => {
  expect(await chart({ from: startMs })).toContain('max 900');
});

test('when all samples have gone, the rollups are still there', async () => {
  forget(Number.MAX_SAFE_INTEGER);
  expect((await rowsOf({ rollup: '1h' })).length).toBe(hours);
  expect(await chart({})).toContain('60 samples');
  await expect(rowsOf({})).rejects.toThrow('nothing of these tags');
  await expect(chart({ table: true })).rejects.toThrow('nothing of these tags');
});
