// Each format to the bit: numbers, times, texts; and Parquet as its own footer tells of it.
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { readTime } from '../../src/formats/time.ts';
import { createCsvEncoder, numberText, plainCsv } from '../../src/transfer/csv.ts';
import { formOf } from '../../src/transfer/file-format.ts';
import { createJsonlEncoder } from '../../src/transfer/jsonl.ts';
import { createParquetEncoder } from '../../src/transfer/parquet.ts';
import type { Batch, Column } from '../../src/transfer/table.ts';
import { durationMs, momentMs } from '../../src/transfer/time-span.ts';
import { createTimeText, timeStyles } from '../../src/transfer/time-text.ts';

const nowMs = Date.UTC(2026, 2, 2, 8);

test('a number is the shortest text that is this number again', () => {
  const bits = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(fc.property(bits, (value) => Object.is(Number(numberText(value)), value)));
  expect([-0, 0, Number.NaN, 1e21].map(numberText)).toEqual(['-0', '0', '', '1e+21']);
});

test('a time comes back from its text, to the bit, in every style', () => {
  const micros = fc.integer({ min: 1e14, max: 4e15 }).map((us) => us / 1000);
  const any = fc.double({ min: 1e12, max: 4e12, noNaN: true });
  for (const style of timeStyles) {
    const text = createTimeText(style);
    const back = (timeMs: number) =>
      readTime(style === 'ms' ? Number(text(timeMs)) : text(timeMs), style === 'ms' ? 'ms' : 'auto', 0);
    fc.assert(fc.property(fc.oneof(micros, any), (timeMs) => Object.is(back(timeMs), timeMs)));
  }
  expect(createTimeText('iso')(nowMs + 0.25)).toBe('2026-03-02T08:00:00.000250Z');
  expect(createTimeText('plain')(nowMs + 7)).toBe('2026-03-02 08:00:00.007');
});

const columns: Column[] = [
  { name: 'time', kind: 'time' },
  { name: 'a "b", c', kind: 'text', unit: 'l' },
  { name: 'v', kind: 'value' },
  { name: 'n', kind: 'count' },
  { name: 's', kind: 'code' },
];

function batchOf(length: number): Batch {
  const rows = Array.from({ length }, (_, i) => i);
  const texts = ['plain', 'with, comma', 'with "quote"', 'two\nlines', ' blanks ', 'a;b', ''];
  const big = rows.map((i) => (i % 5 === 4 ? -(2n ** 63n) + BigInt(i) : undefined));
  return {
    length,
    cells: [
      { numbers: Float64Array.from(rows, (i) => nowMs + i * 0.125) },
      { texts: rows.map((i) => texts[i % texts.length]) },
      {
        numbers: Float64Array.from(rows, (i) => [-0, 0, Number.NaN, 1 / 3, Number(big[i] ?? 0)][i % 5]!),
        exact: big,
      },
      { numbers: Float64Array.from(rows, (i) => i * 2 ** 40) },
      { numbers: Uint32Array.from(rows, (i) => 0x80310000 + i) },
    ],
  };
}

test('CSV quotes what would fall apart', () => {
  const encoder = createCsvEncoder(columns, { ...plainCsv, units: true });
  expect(`${String(encoder.begin())}${String(encoder.rows(batchOf(7)))}`).toBe(
    'time,"a ""b"", c",v,n,s\n,l,,,\n' +
      '2026-03-02T08:00:00.000Z,plain,-0,0,2150694912\n' +
      '2026-03-02T08:00:00.000125Z,"with, comma",0,1099511627776,2150694913\n' +
      '2026-03-02T08:00:00.000250Z,"with ""quote""",,2199023255552,2150694914\n' +
      '2026-03-02T08:00:00.000375Z,"two\nlines",0.3333333333333333,3298534883328,2150694915\n' +
      '2026-03-02T08:00:00.000500Z," blanks ",-9223372036854775804,4398046511104,2150694916\n' +
      '2026-03-02T08:00:00.000625Z,a;b,-0,5497558138880,2150694917\n' +
      '2026-03-02T08:00:00.000750Z,,0,6597069766656,2150694918\n',
  );
});

test('where a spreadsheet reads it, no text is a formula', () => {
  const texts = ['=1+1', '+1', '-1', '@A1', '\tx', 'a=1', "'", '=A,"B"'];
  const batch = { length: texts.length, cells: [{ texts }, { numbers: new Float64Array(8).fill(-1) }] };
  const shape: Column[] = [
    { name: '=cmd', kind: 'text' },
    { name: 'v', kind: 'number' },
  ];
  const encoder = createCsvEncoder(shape, { ...plainCsv, noFormulas: true });
  expect(`${String(encoder.begin())}${String(encoder.rows(batch))}`).toBe(
    `'=cmd,v\n'=1+1,-1\n'+1,-1\n'-1,-1\n'@A1,-1\n'\tx,-1\na=1,-1\n',-1\n"'=A,""B""",-1\n`,
  );
  expect(String(createCsvEncoder(shape, plainCsv).rows(batch))).toMatch(/^=1\+1,-1\n/);
});

test('JSON lines keep -0, have null for nothing, and digits beyond 2^53 as text', () => {
  const lines = String(createJsonlEncoder(columns, 'iso').rows(batchOf(5)))
    .trimEnd()
    .split('\n');
  expect(lines[0]).toContain('"v":-0,');
  expect(lines.map((line) => (JSON.parse(line) as { v: unknown }).v)).toEqual([
    -0,
    0,
    null,
    1 / 3,
    '-9223372036854775804',
  ]);
});

describe('Parquet', () => {
  const written = (rows: number, groupRows: number) => {
    const encoder = createParquetEncoder(columns, groupRows);
    const pieces = [encoder.begin()];
    for (let at = 0; at < rows; at += 70) pieces.push(encoder.rows(batchOf(Math.min(70, rows - at))));
    const largest = Math.max(...pieces.map((piece) => piece.length));
    const bytes = Buffer.concat([...pieces, encoder.end()].map((piece) => Buffer.from(piece as Uint8Array)));
    return { largest, file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) };
  };

  test('is written a row group at a time, with the types other readers know', () => {
    const { file, largest } = written(1000, 100);
    const signs = new TextDecoder();
    expect([signs.decode(file.slice(0, 4)), signs.decode(file.slice(-4))]).toEqual(['PAR1', 'PAR1']);
    const { num_rows, row_groups, schema, key_value_metadata, created_by } = parquetMetadata(file);
    expect([num_rows, created_by]).toEqual([1000n, 'gemel']);
    expect(row_groups.map((group) => group.num_rows)).toEqual(new Array(10).fill(100n));
    expect(
      schema.slice(1).map(({ name, type, converted_type = '' }) => `${name} ${type} ${converted_type}`),
    ).toEqual([
      'time INT64 TIMESTAMP_MICROS',
      'a "b", c BYTE_ARRAY UTF8',
      'v DOUBLE ',
      'v_exact BYTE_ARRAY UTF8',
      'n INT64 ',
      's INT32 UINT_32',
    ]);
    expect(key_value_metadata).toEqual([{ key: 'units', value: '{"a \\"b\\", c":"l"}' }]);
    const encodings = row_groups[0]!.columns.map(({ meta_data }) => meta_data!.encodings.join(' '));
    expect(encodings[0]).toBe('DELTA_BINARY_PACKED');
    expect(encodings[1]).toContain('RLE_DICTIONARY');
    // A dictionary of numbers would take -0 for 0.
    expect(encodings[2]).toBe('PLAIN');
    expect(largest).toBeLessThan(file.byteLength / 5);
  });

  test('is read back as it was, row for row', async () => {
    const { file } = written(140, 64);
    const parsers = { timestampFromMicroseconds: (us: bigint) => Number(us) / 1000 };
    const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
    const rows = await parquetReadObjects({ file, compressors, parsers });
    const { cells } = batchOf(70);
    expect(rows.length).toBe(140);
    for (const [at, row] of rows.entries()) {
      const i = at % 70;
      const value = cells[2]!.numbers![i]!;
      expect(row['time']).toBe(cells[0]!.numbers![i]);
      expect(row['a "b", c']).toBe(cells[1]!.texts![i]);
      expect(row['v']).toBe(Number.isNaN(value) ? null : value);
      expect(row['v_exact']).toBe(cells[2]!.exact![i]?.toString() ?? null);
      expect([row['n'], row['s']]).toEqual([BigInt(i * 2 ** 40), 0x80310000 + i]);
    }
  });

  test('without a row is a whole file all the same', () => {
    const { file } = written(0, 64);
    expect(parquetMetadata(file).num_rows).toBe(0n);
  });
});

test('moments and durations as people say them', () => {
  expect(['100ms', '1.5s', '10min', '2h', '7d', '1w', '5', '-1s', 'x'].map(durationMs)).toEqual([
    100,
    1500,
    600_000,
    7_200_000,
    604_800_000,
    604_800_000,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ]);
  const moments = [
    'now',
    '-24h',
    '2026-03-02',
    '2026-03-02T08:00+01:00',
    '2026-03-02 08:00:00.5',
    'noon',
    '-1000000000d',
  ];
  expect(moments.map((text) => momentMs(text, nowMs))).toEqual([
    nowMs,
    nowMs - 86_400_000,
    nowMs - 8 * 3_600_000,
    nowMs - 3_600_000,
    nowMs + 500,
    Number.NaN,
    Number.NaN,
  ]);
});

test('the format is told by the name, or by a word', () => {
  expect(formOf('a.csv.gz', undefined)).toEqual({ format: 'csv', gzip: true });
  expect(formOf('a.ndjson', undefined)).toEqual({ format: 'jsonl', gzip: false });
  expect(formOf('-', 'parquet')).toEqual({ format: 'parquet', gzip: false });
  expect(formOf('-', undefined)).toEqual({ format: 'csv', gzip: false });
  expect(() => formOf('a.parqet', undefined)).toThrow('did you mean "parquet"?');
  expect(() => formOf('a', undefined)).toThrow('say it with --format');
  expect(() => formOf('a.parquet.gz', undefined)).toThrow('leave .gz out');
});
