// Row: Int64 / UInt64.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mqttSourceSchema } from '../../src/sources/mqtt/schema.ts';
import { type Inputs, openInputs } from './fixture.ts';

let shop: Inputs;
beforeAll(async () => {
  const topics = [
    {
      topic: 'shop/{m}',
      fields: { i: { tag: '{m}/i', kind: 'int64' }, u: { tag: '{m}/u', kind: 'uint64' } },
    },
    { topic: 'rows/{m}', payload: 'array', periodMs: 1, fields: { i: { tag: '{m}/i', kind: 'int64' } } },
    { topic: 'bare/{m}', payload: 'number', value: { tag: '{m}/bare', kind: 'uint64' } },
  ];
  shop = await openInputs({ shop: { type: 'mqtt', topics } });
});
afterAll(() => shop.close());

const bits = (exact: bigint, tag: string) => (tag.endsWith('/i') ? exact : BigInt.asUintN(64, exact));

describe('Int64 / UInt64: BigInt inside, exact, JSON string above 2^53', () => {
  test.each([
    ['i', 0],
    ['i', -42],
    ['i', Number.MAX_SAFE_INTEGER],
    ['i', '9007199254740993'],
    ['i', '9223372036854775807'],
    ['i', '-9223372036854775808'],
    ['u', '18446744073709551615'],
    ['u', '007'],
  ])('%s: %j keeps all its digits', async (field, raw) => {
    const { samples, rejected } = await shop.send('shop/m', { [field]: raw });
    expect(rejected).toEqual([]);
    expect(samples).toMatchObject([{ quality: 'Good', value: Number(raw) }]);
    expect(bits(samples[0]!.exact, samples[0]!.tag)).toBe(BigInt(raw));
  });
  test.each([
    ['i', '9223372036854775808'],
    ['i', '-9223372036854775809'],
    ['u', '18446744073709551616'],
    ['u', '-1'],
    ['u', -1],
    ['i', 'NaN'],
    ['i', null],
  ])('%s: %j has no room there: null, BadOutOfRange', async (field, raw) => {
    const { samples } = await shop.send('shop/m', { [field]: raw });
    expect(samples).toMatchObject([{ value: null, quality: 'BadOutOfRange' }]);
  });
  test.each([
    ['a number that has lost digits already', '9007199254740993'],
    ['a fraction', '1.5'],
    ['a boolean', 'true'],
    ['a word', '"many"'],
    ['a fraction as a string', '"1.5"'],
    ['hex', '"0x10"'],
  ])('%s: reject `type`', async (_what, raw) => {
    expect(await shop.send('shop/m', `{"i":${raw}}`)).toMatchObject({ samples: [], rejected: ['type'] });
  });
  test('a bare number needs no quotes, for nothing has read it yet', async () => {
    const { samples } = await shop.send('bare/m', '18446744073709551615');
    expect(BigInt.asUintN(64, samples[0]!.exact)).toBe(18_446_744_073_709_551_615n);
  });
  test('in batches too', async () => {
    const { samples } = await shop.send('rows/m', [{ i: '9007199254740993' }, { i: '9007199254740995' }]);
    expect(samples.map(({ exact }) => exact)).toEqual([9_007_199_254_740_993n, 9_007_199_254_740_995n]);
  });
  test('scale, offset and unitField would lose digits: the configuration is refused', () => {
    for (const detail of [{ scale: 2 }, { offset: 1 }, { unit: 'A', unitField: 'u' }]) {
      const field = { tag: 'i', kind: 'int64', ...detail };
      const parsed = mqttSourceSchema.safeParse({
        type: 'mqtt',
        topics: [{ topic: 'x', fields: { i: field } }],
      });
      expect(parsed.error?.issues[0]?.message).toContain('keeps all digits');
    }
  });
});
