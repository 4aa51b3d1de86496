// Whatever a file holds below its header, the decoder does not throw, and gives nothing that is no number.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBad } from '../../../src/core/quality.ts';
import { decoderOf } from '../../../src/sources/replay/format.ts';
import type { Row } from '../../../src/sources/replay/row.ts';
import { replaySourceSchema } from '../../../src/sources/replay/schema.ts';
import { createKeptFeed } from '../../kept-feed.ts';

const config = replaySourceSchema.parse({
  type: 'replay',
  file: 'junk.csv',
  quality: { column: 'q' },
  tags: {
    a: 'a',
    b: { column: 'b', kind: 'boolean', coerce: true },
    c: { column: 'c', kind: 'int64' },
    d: { column: 'd', kind: 'enum', enum: { on: 1 } },
  },
});

const word = fc.oneof(
  fc.constantFrom(
    '1',
    '-0',
    '1e999',
    'NaN',
    'true',
    'on',
    '',
    '"',
    '""',
    '#',
    '\ufffd',
    '9'.repeat(30),
    '0x1',
  ),
  fc.string({ maxLength: 6 }),
  fc.double().map(String),
);
const line = fc.oneof(
  fc.array(word, { minLength: 4, maxLength: 7 }).map((cells) => cells.join(',')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

function run(format: 'csv' | 'jsonl', text: string) {
  const feed = createKeptFeed();
  const decode = decoderOf(config, format, feed);
  const rows: Row[] = [];
  decode.write(text, rows);
  decode.end(rows);
  for (const row of rows) decode.take(row, row.timeMs);
  return { feed, rows };
}

test('CSV of any content is samples and rejections, and every rejection names its line', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const { feed } = run('csv', ['time,a,b,c,d,q', ...lines].join('\n'));
      for (const { value, quality } of feed.samples) expect(Number.isFinite(value)).toBe(!isBad(quality));
      for (const { excerpt } of feed.rejects) expect(excerpt).toMatch(/^junk\.csv:\d+ /);
      for (const { excerpt } of feed.rejects) expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(2048);
    }),
    { numRuns: 300 },
  );
});

test('JSON lines of any content too', () => {
  const object = fc.dictionary(
    fc.constantFrom('time', 'a', 'b', 'c', 'd', 'q', 'x'),
    fc.jsonValue({ maxDepth: 2 }),
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          object.map((o) => JSON.stringify(o)),
          line,
        ),
        { maxLength: 12 },
      ),
      (lines) => {
        const { feed } = run('jsonl', ['{"time":0,"a":1}', ...lines].join('\n'));
        for (const { value, quality } of feed.samples) expect(Number.isFinite(value)).toBe(!isBad(quality));
        for (const { excerpt } of feed.rejects) expect(excerpt).toMatch(/^junk\.csv:\d+ /);
      },
    ),
    { numRuns: 300 },
  );
});

test('a relative time that no calendar has a day for is no time, and said so', () => {
  const feed = createKeptFeed();
  const relative = replaySourceSchema.parse({
    ...{ type: 'replay', file: 'far.csv', time: { column: 't', format: 's', relative: true } },
    start: '1970-01-01',
    tags: { a: 'a' },
  });
  const decode = decoderOf(relative, 'csv', feed);
  const rows: Row[] = [];
  decode.write('t,a\n1,1\n1e16,2\n-1e300,3\n', rows);
  decode.end(rows);
  expect(rows.map(({ timeMs }) => timeMs)).toEqual([1000, Number.NaN, Number.NaN]);
});
