// A wide table: what each tag was worth at each step, and nothing where nobody knows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ExportFlags, runExport } from '../../src/cli/export.ts';
import { Quality } from '../../src/core/quality.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { type Sample, startMs, type Tag, tagOf, writeHistory } from './history-fixture.ts';

useCleanUp();

const quiet = { env: {}, print: () => undefined, tell: () => {}, terminal: false };

async function wide(
  tags: readonly Tag[],
  samples: readonly Sample[],
  more: Partial<ExportFlags>,
): Promise<string[]> {
  const dir = await stateDir();
  const history = writeHistory(dir, tags, samples);
  const file = join(dir, 'wide.csv');
  const flags = {
    tier: 'all',
    delimiter: 'comma',
    decimal: 'point',
    times: 'ms',
    wide: true,
    history,
  } as const;
  await runExport(file, { ...flags, every: 100, ...more }, quiet);
  const text = readFileSync(file, 'utf8').replaceAll(/^(\d+)(?=,)/gm, (ms) => String(Number(ms) - startMs));
  return text.trimEnd().split('\n');
}

const at = (ms: number, value: number, more: Partial<Sample> = {}): Sample => ({
  tag: 0,
  timeMs: startMs + ms,
  value,
  ...more,
});
const bad = { quality: Quality.badNoCommunication };

test('previous: what the last sample said, until it is Bad or stale', async () => {
  const samples = [at(-50, 1), at(30, 2), at(110, 3), at(240, Number.NaN, bad), at(460, 5), at(900, 6)];
  expect(await wide([tagOf('s', 'a')], samples, {})).toEqual([
    'time,s/a',
    '0,1',
    '100,2',
    '200,3',
    '300,',
    '400,',
    '500,5',
    '600,5',
    '700,5',
    '800,5',
    '900,6',
  ]);
  expect(await wide([tagOf('s', 'a')], samples, { stale: 150, from: startMs + 500 })).toEqual([
    'time,s/a',
    '500,5',
    '600,5',
    '700,',
    '800,',
    '900,6',
  ]);
});

test('what was said before the first step counts', async () => {
  const rows = await wide([tagOf('s', 'a')], [at(0, 7), at(1000, 8)], { from: startMs + 700 });
  expect(rows).toEqual(['time,s/a', '700,7', '800,7', '900,7', '1000,8']);
});

test('linear: on the line between two samples, never across a Bad one or between states', async () => {
  const tags = [tagOf('s', 'a'), tagOf('s', 'door', { unit: '', kind: 'boolean' })];
  const door = (ms: number, value: number): Sample => ({ ...at(ms, value), tag: 1 });
  const samples = [at(0, 0), door(0, 0), at(400, 4), door(400, 1), at(500, Number.NaN, bad), at(700, 7)];
  expect(await wide(tags, samples, { align: 'linear' })).toEqual([
    'time,s/a,s/door',
    '0,0,0',
    '100,1,0',
    '200,2,0',
    '300,3,0',
    '400,4,1',
    '500,,1',
    '600,,1',
    '700,7,1',
  ]);
});

test('columns of one name in two units, and digits of large numbers, stay apart', async () => {
  const tags = [
    tagOf('s', 'n', { unit: '', kind: 'uint64' }),
    tagOf('s', 'a'),
    tagOf('s', 'a', { unit: 'mA' }),
  ];
  const exact = 2n ** 64n - 1n;
  const samples = [at(0, Number(exact), { exact }), at(0, 1, { tag: 1 }), at(100, 2, { tag: 2 })];
  expect(await wide(tags, samples, { units: true })).toEqual([
    'time,s/a [A] number raw,s/a [mA] number raw,s/n',
    ',A,mA,',
    `0,1,,${exact}`,
    `100,1,2,${exact}`,
  ]);
});

test('of many tags over many pages each step has what each tag said last', async () => {
  const tags = Array.from({ length: 40 }, (_, i) => tagOf('s', `t${String(i).padStart(2, '0')}`));
  const samples = Array.from({ length: 24_000 }, (_, i): Sample => {
    const step = Math.floor(i / 40);
    return { tag: i % 40, timeMs: startMs + step * 100 + (i % 40), value: step * 1000 + (i % 40) };
  });
  const rows = await wide(tags, samples, {});
  expect(rows.length).toBe(1 + 600);
  for (const [row, text] of rows.slice(2).entries()) {
    const step = row + 1;
    const cells = text.split(',').map(Number);
    // The first tag is sampled at the step itself, the others behind it.
    const wanted = tags.map((_, i) => (i === 0 ? step * 1000 : (step - 1) * 1000 + i));
    expect(cells).toEqual([step * 100, ...wanted]);
  }
});
