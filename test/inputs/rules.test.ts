// The rules that hold for every row.
import { describe, expect, test } from 'vitest';
import { unexplained } from '../../src/runtime/ledger.ts';
import { poll } from '../poll.ts';
import { openInputs } from './fixture.ts';

const sources = {
  shop: {
    type: 'mqtt',
    topics: [
      {
        topic: 'shop/{m}',
        time: { field: 't', format: 'ms' },
        sequence: 'seq',
        fields: { v: '{m}/v', u: { tag: '{m}/u', unit: 'A', unitField: 'unit' } },
      },
    ],
    tags: 3,
  },
  other: { type: 'mqtt', topics: [{ topic: 'other/{m}', fields: { v: '{m}/v' } }] },
};

describe('Rules for all of them', () => {
  test('a rejected message is counted per source and reason, told by an excerpt of at most 1 KiB, and the source keeps running', async () => {
    const shop = await openInputs(sources);
    try {
      const t = Date.now();
      const long = `{"v": ${'9'.repeat(3000)}`;
      const cases: [string, unknown, string][] = [
        ['shop/m', long, 'parse'],
        ['shop/m', Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, i])), 'too_large'],
        ['shop/m', { t, v: '4' }, 'type'],
        ['shop/m', { t, u: 4, unit: 'furlong' }, 'unit'],
        ['shop/m', { t, nothing: 4 }, 'unmapped'],
        ['shop/..', { t, v: 4 }, 'unmapped'],
      ];
      for (const [topic, payload, reason] of cases) {
        const before = await shop.metric(`gemel_samples_rejected_total{source="shop",reason="${reason}"}`);
        const { letters, rejected } = await shop.send(topic, payload);
        expect(rejected).toEqual([reason]);
        expect(letters).toMatchObject([{ source: 'shop', reason }]);
        expect(Buffer.byteLength(letters[0]!.excerpt)).toBeLessThanOrEqual(1024);
        expect(await shop.metric(`gemel_samples_rejected_total{source="shop",reason="${reason}"}`)).toBe(
          before + 1,
        );
        expect((await shop.send('shop/m', { t: t + cases.length, v: Math.random() })).samples).toHaveLength(
          1,
        );
      }
      expect(shop.report('other').ledger.received).toBe(0);
      expect(await shop.metric('gemel_source_up{source="shop"}')).toBe(1);
    } finally {
      await shop.close();
    }
  });

  test('the excerpts come at a limited rate, and are never ingested again, whatever is subscribed', async () => {
    const greedy = { ...sources, all: { type: 'mqtt', topics: [{ topic: '#', fields: { v: 'v' } }] } };
    const shop = await openInputs(greedy, {}, { publish: { deadLettersPerS: 2 } });
    try {
      const started = performance.now();
      const { ledger } = shop.report('all');
      await shop.during(
        'shop',
        async () => {
          const device = await shop.client();
          for (let i = 0; i < 60; i++) await device.publishAsync('shop/m', `{"broken": ${i}`, { qos: 1 });
        },
        undefined,
        false,
      );
      const seconds = (performance.now() - started) / 1000;
      expect(shop.report().ledger.rejected.parse).toBe(60);
      await poll('a letter', () => shop.letters.some(({ source }) => source === 'shop'));
      const own = shop.letters.filter(({ source }) => source === 'shop').length;
      expect(own).toBeLessThanOrEqual(2 + Math.ceil(2 * seconds));
      // The greedy source takes the 60 broken messages and nothing that the gateway said about them.
      await poll('all of them', () => shop.report('all').ledger.received >= ledger.received + 60);
      const { received } = shop.report('all').ledger;
      expect(received - ledger.received).toBe(60);
      await poll('more frames of the loop', () => shop.gateway.health().ticks > 50);
      expect(shop.report('all').ledger.received).toBe(received);
    } finally {
      await shop.close();
    }
  });

  test('every sample carries value, quality, source time and receive time; a bad value is null and a Bad code', async () => {
    const shop = await openInputs(sources);
    try {
      const t = Date.now() - 250;
      const good = (await shop.send('shop/m', { t, v: 4.5 })).samples;
      expect(good).toMatchObject([{ tag: 'm/v', value: 4.5, quality: 'Good', timeMs: t, rawMs: t }]);
      expect(good[0]!.receiveMs).toBeGreaterThan(t + 200);
      await shop.send('shop/m', { t: t + 1, v: 5 });
      const bad = (await shop.send('shop/m', `{"t":${t + 2},"v":null}`)).samples;
      expect(bad).toMatchObject([{ value: null, quality: 'BadOutOfRange', timeMs: t + 2 }]);
      for (const { value, quality } of shop.stored) expect(value === null).toBe(quality.startsWith('Bad'));
    } finally {
      await shop.close();
    }
  });

  test('the ledger explains every sample: received = stored + rejected{reason} + coalesced + pending', async () => {
    const shop = await openInputs(sources);
    try {
      const device = await shop.client();
      const all: Promise<unknown>[] = [];
      const payloads = (i: number) => [
        `{"t":${Date.now() - 5 * i},"v":${i}}`,
        `{"t":${Date.now()},"seq":${i % 7},"v":1}`,
        '{"v":',
        `{"v":"${i}"}`,
        '{"v":NaN,"u":3}',
        '[]',
        `{"t":${Date.now() + 1e11},"v":2}`,
      ];
      for (let i = 0; i < 300; i++) {
        const machine = `m${i % 3}`;
        all.push(device.publishAsync(`shop/${machine}`, payloads(i)[i % 7]!, { qos: 1 }));
      }
      // While they come, and not only in the end.
      for (let looks = 0; looks < 20; looks++) {
        expect(unexplained(shop.gateway.health().ledger)).toBe(0);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(all);
      const isOver = () =>
        shop.report().ledger.pending === 0 && shop.stored.length >= shop.report().ledger.stored;
      await poll('the end', isOver);
      const { ledger } = shop.report();
      expect(unexplained(ledger)).toBe(0);
      expect(ledger.stored).toBe(shop.stored.length);
      for (const reason of ['parse', 'type', 'duplicate', 'too_many_tags'] as const) {
        expect(ledger.rejected[reason], reason).toBeGreaterThan(0);
      }
      expect(await shop.metric('gemel_samples_received_total{source="shop"}')).toBe(ledger.received);
    } finally {
      await shop.close();
    }
  });
});
