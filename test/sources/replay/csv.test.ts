// The hand-written CSV parser beside a general one, and what only it promises.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createRecords,
  type Delimiter,
  guessDelimiter,
  splitCells,
} from '../../../src/sources/replay/csv.ts';
import { createLines, lineMax } from '../../../src/sources/replay/lines.ts';

function cellsOf(text: string, delimiter: Delimiter, cut: number): string[][] {
  const rows: string[][] = [];
  const records = createRecords(delimiter, { record: (cells) => rows.push(cells), fault() {} });
  const lines = createLines((line, number) => records.line(line, number));
  for (let at = 0; at < text.length; at += cut) lines.write(text.slice(at, at + cut));
  lines.end();
  records.end();
  return rows;
}

const cell = fc.string({ unit: fc.constantFrom('a', 'B', '7', ' ', ',', ';', '"', '\n', '\t', 'é', '.') });

describe('CSV', () => {
  test('reads whatever a general parser reads, cut anywhere', () => {
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    const sign = fc.constantFrom(',' as const, ';' as const, '\t' as const);
    fc.assert(
      fc.property(table, sign, fc.integer({ min: 1, max: 9 }), (rows, delimiter, cut) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const plain = (text: string) => !/["\n\r]/.test(text) && !text.includes(delimiter);
        const text = rows
          .map((row) => row.map((one) => (plain(one) ? one : quoted(one))).join(delimiter))
          .join('\n');
        const expected = parse(text, { delimiter, relax_column_count: true, skip_empty_lines: false });
        expect(cellsOf(text, delimiter, cut)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('gives up the one line with a quote that is never closed, however long the file is', () => {
    const faults: number[] = [];
    const taken: number[] = [];
    const records = createRecords(',', {
      record: (_cells, line) => taken.push(line),
      fault: (_why, _text, line) => faults.push(line),
    });
    const lines = createLines((line, number) => records.line(line, number));
    for (let line = 1; line <= 30_000; line++) lines.write(line === 10 ? '1,"2,3\n' : `${line},2,3\n`);
    lines.end();
    records.end();
    expect(faults).toEqual([10]);
    expect(taken).toHaveLength(29_999);
  });

  test('a line without an end does not fill the memory, and the next one is read', () => {
    const seen: [number, number, boolean][] = [];
    const lines = createLines((text, line, tooLong) => seen.push([line, text.length, tooLong]));
    for (let i = 0; i < 50; i++) lines.write('x'.repeat(lineMax / 8));
    lines.write('\nshort\n');
    lines.end();
    expect(seen).toEqual([
      [1, 256, true],
      [2, 5, false],
    ]);
  });

  test.each([
    ['time,a,b', ','],
    ['time;a;b', ';'],
    ['0;1,5;2,5', ';'],
    ['time\ta, b\tc', '\t'],
    ['"a;b","c"', ','],
    ['a|b', '|'],
    ['1.0 2.0', ' '],
    ['alone', ','],
  ])('of %j the delimiter is %j', (line, delimiter) => {
    expect(guessDelimiter(line)).toBe(delimiter);
  });

  test('a quoted cell keeps what is written behind its quote', () => {
    expect(splitCells('"5" mm,7', ',')).toEqual(['5 mm', '7']);
  });
});
