// Files as people have them: whatever is in them, as many rows come out as went in, with the times as they stood there.
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { newChance } from './chance.ts';
import { detectJson, detectRows, workFolder } from './run-detect.ts';

const folder = workFolder();
afterAll(folder.remove);
let files = 0;
const file = (text: string | Uint8Array, name = 'csv') => folder.file(`${++files}.${name}`, text);

const count = 400;
const spikeAt = 300;

/** One line for each row, with a spike in the row `spikeAt`. */
function lines(line: (value: string, i: number) => string, decimal = '.'): string {
  const chance = newChance(77);
  return Array.from({ length: count }, (_, i) => {
    const value = 20 + chance.gauss() + (i === spikeAt ? 30 : 0);
    return `${line(value.toFixed(3).replace('.', decimal), i)}\n`;
  }).join('');
}

const iso = (i: number, stepMs = 1000) => new Date(1_767_225_600_000 + i * stepMs).toISOString();
const two = (n: number) => String(n).padStart(2, '0');

/** What is in the file, the time of the row with the spike, the columns that are looked at, the step in seconds. */
const kinds: [string, string | Uint8Array, string, string[], number][] = [
  ['ISO times', `time,v\n${lines((v, i) => `${iso(i)},${v}`)}`, iso(spikeAt), ['v'], 1],
  ['no header', lines((v, i) => `${iso(i, 60_000)},${v}`), iso(spikeAt, 60_000), ['2'], 60],
  ['one column and no time', `value\n${lines((v) => v)}`, String(spikeAt + 1), ['value'], 1],
  ['one column and no header', lines((v) => v), String(spikeAt + 1), ['1'], 1],
  [
    'semicolons and decimal commas',
    `Zeit;T\n${lines((v, i) => `${i * 2};${v}`, ',')}`,
    String(spikeAt * 2),
    ['T'],
    2,
  ],
  ['tabs', `t\tx\n${lines((v, i) => `${i / 1000}\t${v}`)}`, '0.3', ['x'], 0.001],
  ['blanks, as of instruments', lines((v, i) => ` ${i}  ${v}`), String(spikeAt), ['2'], 1],
  [
    'ms',
    `timestamp,v\n${lines((v, i) => `${1_767_225_600_000 + i * 20},${v}`)}`,
    '1767225606000',
    ['v'],
    0.02,
  ],
  [
    'ns',
    `ts,v\n${lines((v, i) => `${1_767_225_600 + i}000000000,${v}`)}`,
    `${1_767_225_600 + spikeAt}000000000`,
    ['v'],
    1,
  ],
  ['time_us', `time_us,v\n${lines((v, i) => `${i * 500},${v}`)}`, String(spikeAt * 500), ['v'], 0.0005],
  [
    'a date with points',
    `Datum,v\n${lines((v, i) => `03.01.2026 ${two(Math.floor(i / 60))}:${two(i % 60)},${v}`)}`,
    '03.01.2026 05:00',
    ['v'],
    60,
  ],
  [
    'a date with slashes',
    `date,v\n${lines((v, i) => `1/${1 + Math.floor(i / 24)}/2026 ${i % 24}:00,${v}`)}`,
    '1/13/2026 12:00',
    ['v'],
    3600,
  ],
  [
    'date and time apart',
    `date,time,v\n${lines((v, i) => `2026-01-03,${two(Math.floor(i / 60))}:${two(i % 60)}:00,${v}`)}`,
    '2026-01-03 05:00:00',
    ['v'],
    60,
  ],
  [
    'numbers of the rows, as of pandas',
    `,value,label\n${lines((v, i) => `${i},${v},${i === spikeAt ? 1 : 0}`)}`,
    String(spikeAt),
    ['value'],
    1,
  ],
  [
    'words and labels beside',
    `time,state,v,is_anomaly\n${lines((v, i) => `${iso(i)},${i % 2 ? 'on' : 'off'},${v},${i === spikeAt}`)}`,
    iso(spikeAt),
    ['v'],
    1,
  ],
  ['JSON lines', lines((v, i) => JSON.stringify({ time: iso(i), v: Number(v) })), iso(spikeAt), ['v'], 1],
  ['packed', gzipSync(`time,v\n${lines((v, i) => `${iso(i)},${v}`)}`), iso(spikeAt), ['v'], 1],
  [
    'Windows text',
    Buffer.from(`time,T °C\r\n${lines((v, i) => `${iso(i)},${v}\r`)}`, 'latin1'),
    iso(spikeAt),
    ['T °C'],
    1,
  ],
  [
    'remarks before it',
    `# made by hand\n# twice\ntime,v\n${lines((v, i) => `${iso(i)},${v}`)}`,
    iso(spikeAt),
    ['v'],
    1,
  ],
];

describe.each(kinds)('%s', (_what, text, time, columns, stepS) => {
  test('is read, and the spike is where it is', async () => {
    const path = file(text);
    const rows = await detectRows([path]);
    expect(rows).toHaveLength(count);
    const peak = rows.reduce((best, row) => (row.score > best.score ? row : best));
    expect(peak).toMatchObject({ time, flag: true, columns });
    const found = await detectJson([path]);
    expect(found).toMatchObject({ rows: count, columns });
    expect(found.periodS).toBeCloseTo(stepS, 9);
  });
});

test('holes, words among numbers and torn lines keep their rows, with score 0', async () => {
  const text = lines((v, i) =>
    i === 50 ? `${iso(i)},` : i === 60 ? `${iso(i)},broken` : i === 70 ? 'half a line' : `${iso(i)},${v}`,
  );
  const path = file(`time,v\n${text}`);
  const rows = await detectRows([path]);
  expect(rows).toHaveLength(count);
  for (const row of [50, 60, 70]) expect(rows[row]).toMatchObject({ score: 0, flag: false });
  expect(rows[spikeAt]?.flag).toBe(true);
  const { notes, usable } = await detectJson([path]);
  expect(usable).toBe(count - 3);
  expect(notes.join('\n')).toMatch(
    /1 line is no row[\s\S]*3 of 400 rows have no number[\s\S]*words instead of numbers in 1 of/,
  );
});

test('a gap of hours, times that repeat and times that go back are told and survived', async () => {
  const at = (i: number) => (i === 120 ? i - 5 : i === 130 ? i - 1 : i) + (i > 200 ? 9000 : 0);
  const path = file(`time,v\n${lines((v, i) => `${iso(at(i))},${v}`)}`);
  const rows = await detectRows([path]);
  expect(rows.filter(({ flag }) => flag).map(({ time }) => time)).toEqual([iso(at(spikeAt))]);
  const { notes } = await detectJson([path]);
  expect(notes.join('\n')).toMatch(
    /1 gap in time, the longest of 9000 s[\s\S]*time goes back 1 time[\s\S]*1 row repeats/,
  );
});

test('a constant column says nothing, and does not hide the others', async () => {
  const path = file(`time,zero,v,one\n${lines((v, i) => `${iso(i)},0,${v},1`)}`);
  const flagged = (await detectRows([path])).filter(({ flag }) => flag);
  expect(flagged).toHaveLength(1);
  expect(flagged[0]).toMatchObject({ time: iso(spikeAt), columns: ['v'] });
});

test('a record may come by the standard input, packed or not', async () => {
  const text = `time,v\n${lines((v, i) => `${iso(i)},${v}`)}`;
  const ofFile = await detectRows([file(text)]);
  expect(await detectRows(['-'], text)).toEqual(ofFile);
});

test('the time of a file without one is the number of the row, or by its rate', async () => {
  const path = file(`v\n${lines((v) => v)}`);
  expect((await detectRows([path]))[0]?.time).toBe('1');
  const rated = await detectRows([path, '--rate', '1000']);
  expect(rated[spikeAt]).toMatchObject({ time: '0.3', flag: true });
});
