// What `gemel detect` can be told, what it answers, and how it refuses.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { gemel } from '../gemel-process.ts';
import { newChance } from './chance.ts';
import { csvOf, make } from './generator.ts';
import { detectJson, detectRows, runDetect, workFolder } from './run-detect.ts';

const folder = workFolder();
afterAll(folder.remove);

const level = make({ shape: 'white', faults: ['level'], rows: 1500, seed: 521 });
const [event] = level.events;
const path = folder.file('level.csv', csvOf(level));
const plant = folder.file(
  'plant.csv',
  csvOf(make({ shape: 'factors', faults: ['spike'], rows: 800, seed: 522 })),
);

test('the program writes rows to standard output and the summary beside it', async () => {
  const run = gemel(['detect', path]);
  expect(await run.ended()).toBe(0);
  const [head, ...rows] = run.out().trimEnd().split('\n');
  expect(head).toBe('time,score,flag,columns,detector');
  expect(rows).toHaveLength(1500);
  for (const row of rows) expect(row).toMatch(/^2026-[^,]+Z,(0|1|0\.\d{1,4}),[01],(value)?,[a-z ]*$/);
  expect(run.err()).toContain('level.csv: 1500 rows');
  expect(run.err()).toContain('looked at 1 column: value');
});

test('--events tells each stretch, and --json all of it', async () => {
  const { out, code } = await runDetect([path, '--events']);
  expect(code).toBe(0);
  expect(out).toMatch(/^start +end +rows +peak +detector +columns\n/);
  const { eventList, events, flagged } = await detectJson([path]);
  expect(eventList).toHaveLength(events);
  expect(flagged).toBeGreaterThan(20);
  const found = eventList!.find(({ fromRow, toRow }) => fromRow <= event!.to && toRow > event!.from);
  expect(found).toMatchObject({ columns: [{ column: 'value', share: 1 }] });
  expect(found!.text).toMatch(/^value .* from 2026-.*\.$/);
  expect(found!.peakScore).toBeGreaterThan(0.5);
});

test.each(['csv', 'jsonl', 'csv.gz'])(
  '--out writes rows as %s, and nothing is overwritten unasked',
  async (ending) => {
    const out = join(folder.dir, `rows.${ending}`);
    expect((await runDetect([path, '--out', out])).code).toBe(0);
    const bytes = readFileSync(out);
    const text = (ending.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(ending === 'jsonl' ? 1500 : 1501);
    if (ending === 'jsonl')
      expect(JSON.parse(lines[700]!)).toMatchObject({ score: expect.any(Number), columns: {} });
    const again = await runDetect([path, '--out', out]);
    expect(again).toMatchObject({ code: 2 });
    expect(again.err).toContain('is there already');
    expect((await runDetect([path, '--out', out, '--force'])).code).toBe(0);
  },
);

test('a threshold decides what is flagged', async () => {
  const strict = (await detectRows([path, '--threshold', '0.9'])).filter(({ flag }) => flag).length;
  const loose = (await detectRows([path, '--threshold', '0.3'])).filter(({ flag }) => flag).length;
  expect(strict).toBeLessThan(loose);
  expect((await runDetect([path, '--threshold', '7'])).code).toBe(2);
});

test('limits are tried exactly', async () => {
  const rows = await detectRows([path, '--limit', 'value=8/11', '--limit', 'value=low:2']);
  const values = level.columns[0]!.map((value) => Number(value.toPrecision(8)));
  for (const [i, { flag, detector }] of rows.entries()) {
    expect(flag, `row ${i}: ${values[i]}`).toBe(values[i]! >= 8 || values[i]! <= 2);
    if (flag) expect(detector).toBe(values[i]! >= 11 ? 'limits trip' : 'limits');
  }
});

test.each(['rate', 'cusum', 'robust-z', 'ewma', 'change-point', 'stuck', 'pca', 'forest'])(
  '%s runs by name',
  async (kind) => {
    const rows = await detectRows([plant, '--detector', kind, '--learn', '150']);
    expect(rows).toHaveLength(800);
    const spoken = new Set(rows.map(({ detector }) => detector));
    expect([...spoken].every((name) => name === '' || name === kind)).toBe(true);
    expect(rows.slice(0, 100).every(({ score }) => score === 0)).toBe(true);
  },
);

test('a mode has a normal of its own', async () => {
  const chance = newChance(523);
  const lines = Array.from({ length: 3000 }, (_, i) => {
    const on = i % 200 >= 100;
    const wrong = i >= 2650 && i < 2660;
    const value = (on !== wrong ? 50 : 10) + chance.gauss();
    return `${i},${on ? 'run' : 'idle'},${value.toFixed(3)}`;
  });
  const moded = folder.file('moded.csv', `t,state,power\n${lines.join('\n')}\n`);
  const rows = await detectRows([moded, '--mode', 'state']);
  expect(rows.slice(2650, 2660).filter(({ flag }) => flag).length).toBeGreaterThan(5);
  expect(rows.slice(500, 2650).filter(({ flag }) => flag).length).toBeLessThan(10);
});

test.each<[string[], number, RegExp]>([
  [['nowhere.csv'], 2, /there is no such file/],
  [[path, '--detector', 'cussum'], 2, /no such detector, did you mean "cusum"/],
  [[path, '--detector', 'silent'], 2, /gaps in time are told anyway/],
  [[path, '--detector', 'limits'], 2, /--limit COLUMN=WARNING\/TRIP/],
  [[path, '--limit', 'value=90/80'], 2, /a trip is not below its warning/],
  [[path, '--limit', 'valu=90'], 2, /no column "valu", did you mean "value"/],
  [[path, '--columns', 'valeu'], 2, /did you mean "value"[\s\S]*1 {2}time/],
  [[path, '--mode', 'state'], 2, /--mode: there is no column "state"/],
  [[path, '--rate', '10', '--time', 'time'], 2, /leave out --time or --rate/],
  [[folder.file('empty.csv', ''), '--json'], 1, /there is nothing to look at/],
  [[folder.file('words.csv', 'a,b\nx,y\nz,w\n')], 2, /no column has numbers/],
  [
    [folder.file('short.csv', `v\n${'1\n2\n'.repeat(12)}`)],
    1,
    /24 rows with numbers, and ensemble needs 64 rows/,
  ],
])('%j is refused', async (words, code, text) => {
  const run = await runDetect(words);
  expect(run.err).toMatch(text);
  expect(run.code).toBe(code);
});

test('a run that fails leaves no file behind', async () => {
  const out = join(folder.dir, 'never.csv');
  expect((await runDetect([join(folder.dir, 'short.csv'), '--out', out])).code).toBe(1);
  expect(existsSync(out)).toBe(false);
});
