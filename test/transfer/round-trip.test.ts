// What is exported and imported again is what was there, to the bit, in every format; and twice imported is there once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ExportFlags, runExport } from '../../src/cli/export.ts';
import { runImport } from '../../src/cli/import.ts';
import { Quality } from '../../src/core/quality.ts';
import { openReader } from '../../src/history/reader/open.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { type Sample, startMs, tagOf, writeHistory } from './history-fixture.ts';

useCleanUp();

const tags = [
  tagOf('shop', 'spindle.current'),
  tagOf('shop', 'odd, "name"', { unit: 'k,"\n' }),
  tagOf('shop', 'count', { unit: '', kind: 'int64' }),
  tagOf('cnc', 'serial', { unit: '', kind: 'uint64' }),
  tagOf('cnc', 'door', { unit: '', kind: 'boolean' }),
  tagOf('mill-1', 'spindle.current', { tier: 'twin' }),
];

function samplesOfAllKinds(): Sample[] {
  const all: Sample[] = [];
  for (let i = 0; i < 1500; i++) {
    const timeMs = startMs + i * 100 + (i % 7 === 0 ? 0.125 : 0);
    const late = i % 50 === 0 ? 70_000 : 3;
    const bad = i % 11 === 0;
    const quality = bad ? Quality.badSensorFailure : i % 13 === 0 ? Quality.uncertainSubNormal + 7 : 0;
    const value = bad ? Number.NaN : i % 17 === 0 ? -0 : Math.sin(i) * 10;
    all.push({
      tag: 0,
      timeMs,
      value,
      quality,
      rawMs: timeMs - 1234.5678,
      receiveMs: Math.ceil(timeMs + late),
    });
    if (i % 3 === 0) all.push({ tag: 1, timeMs, value: i / 3 });
    if (i % 10 === 0) {
      const exact = 2n ** 53n + BigInt(i) * (i % 20 === 0 ? 1n : -3n);
      all.push({ tag: 2, timeMs, value: Number(exact), exact });
      const serial = 2n ** 64n - 1n - BigInt(i);
      all.push({ tag: 3, timeMs, value: Number(serial), exact: serial });
      all.push({ tag: 4, timeMs, value: i % 20 === 0 ? 1 : 0 });
      all.push({ tag: 5, timeMs, value: i / 7 });
    }
    // A device that says the same twice in a moment said it twice.
    if (i % 500 === 0) all.push({ tag: 1, timeMs, value: i / 3 }, { tag: 1, timeMs, value: i / 3 });
  }
  return all.toSorted((a, b) => (a.receiveMs ?? a.timeMs) - (b.receiveMs ?? b.timeMs));
}

const flags: ExportFlags = { tier: 'all', delimiter: 'comma', decimal: 'point', times: 'iso' };
const quiet = { env: {}, print: () => undefined, tell: () => {}, terminal: false };

async function exported(history: string, file: string, more: Partial<ExportFlags> = {}): Promise<Buffer> {
  await runExport(file, { ...flags, history, ...more }, quiet);
  return readFileSync(file);
}

const imported = (file: string, history: string) => runImport(file, { history }, quiet);

describe.each(['csv', 'jsonl', 'parquet', 'csv.gz', 'jsonl.gz'])('%s', (ending) => {
  test('export, import, export: the same bytes; and a second import stores nothing', async () => {
    const dir = await stateDir();
    const history = writeHistory(dir, tags, samplesOfAllKinds());
    const first = await exported(history, join(dir, `first.${ending}`));
    const copy = join(dir, 'copy.db');
    const done = await imported(join(dir, `first.${ending}`), copy);
    expect(done).toMatchObject({ read: 2606, stored: 2606, known: 0, refused: 0, tags: 6 });
    const second = await exported(copy, join(dir, `second.${ending}`));
    expect(second.equals(first)).toBe(true);
    expect(await imported(join(dir, `first.${ending}`), copy)).toMatchObject({ stored: 0, known: 2606 });
    const third = await exported(copy, join(dir, `third.${ending}`));
    expect(third.equals(first)).toBe(true);
  });
});

test('the styles of CSV come back the same: semicolons, decimal commas, plain times, a mark', async () => {
  const dir = await stateDir();
  const history = writeHistory(dir, tags, samplesOfAllKinds());
  const plain = await exported(history, join(dir, 'plain.csv'));
  const styled = { delimiter: 'semicolon', decimal: 'comma', excel: true } as const;
  const text = (await exported(history, join(dir, 'styled.csv'), styled)).toString();
  expect(text.startsWith('\ufefftime;source;tag;value;')).toBe(true);
  expect(text).toContain('2026-03-02 08:00:00.100;shop;spindle.current;8,41470984807896');
  const copy = join(dir, 'copy.db');
  await imported(join(dir, 'styled.csv'), copy);
  expect((await exported(copy, join(dir, 'again.csv'))).equals(plain)).toBe(true);
});

test('what is there in part is completed, and the accounts add up', async () => {
  const dir = await stateDir();
  const samples = samplesOfAllKinds();
  const whole = writeHistory(dir, tags, samples);
  const file = join(dir, 'whole.jsonl');
  await exported(whole, file);
  const part = await stateDir();
  const half = writeHistory(
    part,
    tags,
    samples.filter((_, i) => i % 2 === 0),
  );
  const done = await imported(file, half);
  expect(done).toMatchObject({ read: 2606, stored: 1303, known: 1303 });
  expect((await exported(half, join(part, 'whole.jsonl'))).equals(readFileSync(file))).toBe(true);
  const reader = openReader(half);
  const { sources } = await reader.ledger();
  reader.close();
  const shop = sources.find(({ source }) => source === 'shop')!.row;
  expect(shop.received).toBe(shop.stored + shop.rejected.duplicate);
  expect(sources.reduce((sum, { row }) => sum + row.received, 0)).toBe(2606 - 150);
});
