// Properties of the decoder: any bytes have exactly one outcome, and numbers come out as they went in.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBad } from '../../../src/core/quality.ts';
import { createDecode } from '../../../src/sources/mqtt/decode.ts';
import { compilePlan } from '../../../src/sources/mqtt/plan.ts';
import { createRouteCache } from '../../../src/sources/mqtt/route.ts';
import { mqttSourceSchema } from '../../../src/sources/mqtt/schema.ts';
import { createKeptFeed } from '../../kept-feed.ts';

function decoderOf(topic: object) {
  const config = mqttSourceSchema.parse({ type: 'mqtt', topics: [{ topic: 'shop/{machine}', ...topic }] });
  const plans = config.topics.map(compilePlan);
  const decode = createDecode(config);
  return (payload: Uint8Array, retained = false) => {
    const feed = createKeptFeed();
    // A route belongs to one feed: it keeps the indices of its tags.
    const routes = createRouteCache(plans);
    decode(routes.find('shop/m')!, payload, retained, feed);
    return feed;
  };
}

const object = decoderOf({ time: { field: 't' }, fields: { v: { tag: 'v', unit: 'A', unitField: 'u' } } });
const number = decoderOf({ payload: 'number', tag: 'v' });
const rows = decoderOf({ payload: 'array', items: 's', periodMs: 10, fields: { v: 'v' } });
const columns = decoderOf({ payload: 'statistics', periodMs: 10, fields: { v: 'v' } });

describe('any input', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
    fc.jsonValue().map((v) => Buffer.from(JSON.stringify({ t: 1, v, u: 'A' }))),
    fc
      .string({ unit: fc.constantFrom(...'{}[]":,.0123eE+-ntvs\\u NaIfity'.split('')) })
      .map((text) => Buffer.from(text)),
  );

  test('an object or a number is one sample or one rejection', () => {
    fc.assert(
      fc.property(bytes, fc.boolean(), (payload, retained) => {
        for (const decode of [object, number]) {
          const { samples, rejects } = decode(payload, retained);
          expect(samples.length + rejects.length).toBe(1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  // A message with one of these keys anywhere is refused as a whole.
  const elements = fc.jsonValue({ maxDepth: 5 }).filter((v) => !JSON.stringify(v).includes('__proto__'));

  test('a batch has as many outcomes as elements, and at least one', () => {
    fc.assert(
      fc.property(fc.array(elements, { maxLength: 20 }), (values) => {
        const s = values.map((v) => ({ v }));
        const row = rows(Buffer.from(JSON.stringify({ s })));
        const column = columns(Buffer.from(JSON.stringify({ v: values })));
        const expected = Math.max(1, values.length);
        expect(row.samples.length + row.rejects.length).toBe(expected);
        expect(column.samples.length + column.rejects.length).toBe(expected);
      }),
    );
  });

  test('a value is missing exactly when its quality is Bad', () => {
    fc.assert(
      fc.property(bytes, (payload) => {
        for (const { value, quality } of [...object(payload).samples, ...number(payload).samples]) {
          expect(Number.isFinite(value)).toBe(!isBad(quality));
        }
      }),
    );
  });
});

test('finite numbers come out bit by bit as they went in', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (v) => {
      // JSON writes -0 as 0.
      const written = v === 0 ? 0 : v;
      expect(object(Buffer.from(JSON.stringify({ v }))).samples[0]?.value).toBe(written);
      expect(number(Buffer.from(JSON.stringify(v))).samples[0]?.value).toBe(written);
    }),
  );
});

test('a decoder reads a view into a larger buffer, as a broker hands it over', () => {
  const whole = new TextEncoder().encode('xx{"v":7}yy');
  expect(object(whole.subarray(2, 9)).samples[0]?.value).toBe(7);
});

test('an excerpt is printable, says where, and is at most 1 KiB', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), (payload) => {
      for (const { excerpt } of number(payload).rejects) {
        expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(1024);
        expect(excerpt).toMatch(/^shop\/m/);
        expect(excerpt).not.toMatch(/\p{Cc}/u);
      }
    }),
  );
});
