// Files that are no export of ours to the letter: what of them is taken, what is refused, and that it is said.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { runExport } from '../../src/cli/export.ts';
import { runImport } from '../../src/cli/import.ts';
import { openDatabase } from '../../src/history/database.ts';
import { openReader } from '../../src/history/reader/open.ts';
import type { Imported } from '../../src/transfer/import.ts';
import type { ImportedRow } from '../../src/transfer/imported.ts';
import { readParquet } from '../../src/transfer/read-parquet.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { startMs, tagOf, writeHistory } from './history-fixture.ts';

useCleanUp();

const quiet = { env: {}, print: () => undefined, tell: () => {}, terminal: false };

async function imported(
  name: string,
  content: string | Uint8Array,
): Promise<{ done: Imported; text: string; dir: string }> {
  const dir = await stateDir();
  const file = join(dir, name);
  writeFileSync(file, content);
  const history = join(dir, 'history.db');
  const done = await runImport(file, { history }, quiet);
  return { done, text: await exportedFrom(history, dir), dir };
}

async function exportedFrom(history: string, dir: string): Promise<string> {
  const flags = { tier: 'all', delimiter: 'comma', decimal: 'point', times: 'iso', force: true } as const;
  await runExport(join(dir, 'out.csv'), { ...flags, history }, quiet);
  return readFileSync(join(dir, 'out.csv'), 'utf8');
}

const head = 'time,source,tag,value,unit,quality,status,received,raw_ms,kind,tier\n';

test('the least a long table needs: time, source, tag, value; a sample is received when it was true', async () => {
  const { done, text } = await imported(
    'least.csv',
    'Tag,Value,Time,Source\na,1.5,2026-03-02T09:00:00.000250+01:00,s\na,true,1772438401000,s\nb,,2026-03-02 08:00:02,s\n',
  );
  expect(done).toMatchObject({ stored: 2, refused: 1, examples: ['least.csv:4 there is no value'] });
  expect(text).toBe(
    `${head}2026-03-02T08:00:00.000250Z,s,a,1.5,,good,0,2026-03-02T08:00:00.001Z,,number,raw
2026-03-02T08:00:01.000Z,s,a,1,,good,0,2026-03-02T08:00:01.000Z,,number,raw
`,
  );
});

test('what cannot be read to the bit is refused, row by row, and the rest is taken', async () => {
  const row = (more: object) =>
    `${JSON.stringify({ time: '2026-03-02T08:00:00Z', source: 's', tag: 'a', value: 1, ...more })}\n`;
  const lines = [
    row({}),
    row({ time: 'noon' }),
    row({ time: '2126-03-02T08:00:00Z' }),
    row({ quality: 'fine' }),
    row({ status: -1 }),
    row({ value: 'high' }),
    row({ kind: 'int64', value: '9223372036854775808' }),
    row({ kind: 'uint64', value: '18446744073709551615' }),
    row({ kind: 'word' }),
    row({ tier: 'third' }),
    row({ source: '' }),
    row({ value: null, quality: 'bad' }),
    '{"torn\n',
  ];
  const { done, text } = await imported('rows.jsonl', lines.join(''));
  expect(done).toMatchObject({ stored: 3, refused: 10 });
  expect(done.examples).toEqual([
    'rows.jsonl:2 "noon" is no time',
    'rows.jsonl:3 it lies in the future: 2126-03-02T08:00:00.000Z',
    'rows.jsonl:4 "fine" is no quality',
  ]);
  expect(text.split('\n').map((line) => line.split(',').slice(3, 7).join())).toEqual([
    'value,unit,quality,status',
    '1,,good,0',
    ',,bad,2147483648',
    '18446744073709551615,,good,0',
    '',
  ]);
});

test('of a torn file what came before is stored, and whole it stores the rest', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => {
    const time = new Date(startMs + i * 100).toISOString();
    return `${time},s,a,${Math.sin(i * i)},A,good,0,${time},,number,raw\n`;
  });
  const packed = gzipSync(head + rows.join(''));
  const dir = await stateDir();
  const file = join(dir, 'x.csv.gz');
  const history = join(dir, 'history.db');
  writeFileSync(file, packed.subarray(0, packed.length / 2));
  await expect(runImport(file, { history }, quiet)).rejects.toThrow('is damaged');
  const reader = openReader(history);
  const { samples } = await reader.span(1);
  reader.close();
  expect(samples).toBeGreaterThan(5000);
  writeFileSync(file, packed);
  expect(await runImport(file, { history }, quiet)).toMatchObject({
    known: samples,
    stored: 20_000 - samples,
  });
  expect(await exportedFrom(history, dir)).toBe(head + rows.join(''));
});

test('an import is no run of a gateway: when that last received, and how it ended, stays what it was', async () => {
  const dir = await stateDir();
  const history = writeHistory(dir, [tagOf('s', 'a')], [{ tag: 0, timeMs: startMs, value: 1 }]);
  const file = join(dir, 'x.csv');
  writeFileSync(file, 'time,source,tag,value\n2020-03-02T08:00:00Z,s,a,7\n');
  await runImport(file, { history }, quiet);
  await runImport(file, { history }, quiet);
  const database = openDatabase(history, { readonly: true });
  const runs = database.prepare('SELECT id, received_last FROM runs');
  const ends = database.prepare("SELECT run FROM acts WHERE kind = 'end'");
  expect([runs.all(), ends.all()]).toEqual([[{ id: 1, received_last: startMs }], [{ run: 1 }]]);
  database.close();
});

test('a file that is nothing of the kind is said to be none', async () => {
  await expect(imported('x.csv', '')).rejects.toThrow('there is nothing in it');
  await expect(imported('x.csv', 'a,b\n1,2\n')).rejects.toThrow(
    'there is no column time, no source, no tag, no value',
  );
  await expect(imported('x.csv', `${head}`)).rejects.toThrow('nothing of x.csv can be imported');
  await expect(imported('x.parquet', 'PAR1 and nothing more')).rejects.toThrow(
    'nothing of x.parquet can be imported',
  );
  await expect(runImport('/nowhere.csv', { history: '/tmp/none.db' }, quiet)).rejects.toThrow(
    'there is no such file',
  );
});

test('of Parquet with large row groups a part at a time is read, and all of it once', async () => {
  const dir = await stateDir();
  const samples = Array.from({ length: 100 }, (_, i) => ({
    tag: 0,
    timeMs: startMs + i * 100.125,
    value: i,
  }));
  const history = writeHistory(dir, [tagOf('s', 'a')], samples);
  const file = join(dir, 'one-group.parquet');
  const flags = { tier: 'all', delimiter: 'comma', decimal: 'point', times: 'iso' } as const;
  await runExport(file, { ...flags, history }, quiet);
  for (const sliceRows of [7, 50, 1000]) {
    const source = await readParquet(file, Number.POSITIVE_INFINITY, sliceRows);
    const slices: (readonly ImportedRow[])[] = [];
    for await (const rows of source.rows) slices.push(rows);
    expect(slices.length).toBe(Math.ceil(100 / sliceRows));
    expect(slices.flat().map(({ timeMs, value }) => ({ tag: 0, timeMs, value }))).toEqual(samples);
    expect([source.share(), source.damage()]).toEqual([1, '']);
  }
});
