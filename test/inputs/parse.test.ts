// Row: Malformed or truncated JSON, bad UTF-8, BOM, depth > 16, `__proto__` keys.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Inputs, openInputs } from './fixture.ts';

let shop: Inputs;
beforeAll(async () => {
  const fields = { v: '{m}/v', 'deep.er': '{m}/deep' };
  shop = await openInputs({ shop: { type: 'mqtt', topics: [{ topic: 'shop/{m}', fields }] } });
});
afterAll(() => shop.close());

const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{"v":1}${'}'.repeat(levels - 1)}`;

describe('Malformed or truncated JSON, bad UTF-8, BOM, depth > 16, `__proto__` keys: reject `parse`', () => {
  test.each([
    ['nothing', ''],
    ['truncated JSON', '{"v": 4.2, "w": [1, 2'],
    ['a trailing comma', '{"v": 4.2,}'],
    ['two documents', '{"v":1}{"v":2}'],
    ['single quotes', "{'v': 1}"],
    ['a leading zero', '{"v": 007}'],
    ['bad UTF-8', Buffer.from('7b2276223a312c2277223a22ff fe22 7d'.replaceAll(' ', ''), 'hex')],
    ['overlong UTF-8', Buffer.from('7b2276223a312c2277223a22c0af227d', 'hex')],
    ['UTF-16', Buffer.from('{"v":1}', 'utf16le')],
    ['a byte order mark', Buffer.from('\ufeff{"v":1}')],
    ['17 levels', nested(17)],
    ['10,000 levels', '['.repeat(10_000)],
    ['a __proto__ key', '{"v":1,"__proto__":{"admin":true}}'],
    ['a __proto__ key below', '{"v":1,"a":{"__proto__":{"admin":true}}}'],
    ['an escaped __proto__ key', '{"v":1,"\\u005f_proto__":{"admin":true}}'],
    ['binary', Buffer.from(Array.from({ length: 256 }, (_, i) => 255 - i))],
  ])('%s', async (_what, payload) => {
    const before = await shop.metric('gemel_samples_rejected_total{source="shop",reason="parse"}');
    const { samples, rejected, letters } = await shop.send('shop/m', payload);
    expect(samples).toEqual([]);
    expect(rejected).toEqual(['parse']);
    expect(letters).toMatchObject([{ source: 'shop', reason: 'parse' }]);
    expect(letters[0]!.excerpt).toMatch(/^shop\/m: /);
    expect(await shop.metric('gemel_samples_rejected_total{source="shop",reason="parse"}')).toBe(before + 1);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test('16 levels are taken, and after all that the source still runs', async () => {
    expect((await shop.send('shop/m', nested(16))).rejected).toEqual(['unmapped']);
    expect((await shop.send('shop/m', '{"v":4.2}')).samples).toMatchObject([{ tag: 'm/v', value: 4.2 }]);
    expect(shop.report().link).toBe('up');
  });
});
