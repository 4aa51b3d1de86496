// Rows: formats of time, clocks that are not set, ahead, or that drift and jump.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Inputs, openInputs } from './fixture.ts';

const formats = ['s', 'ms', 'us', 'ns', 'iso'];
let shop: Inputs;
beforeAll(async () => {
  const fields = { v: '{m}/v' };
  shop = await openInputs({
    shop: {
      type: 'mqtt',
      topics: [
        { topic: 'auto/{m}', time: { field: 't' }, fields },
        { topic: 'zoned/{m}', time: { field: 't', format: 'iso', zone: '+05:30' }, fields },
        ...formats.map((format) => ({ topic: `${format}/{m}`, time: { field: 't', format }, fields })),
      ],
    },
  });
});
afterAll(() => shop.close());

let devices = 0;
/** A device of its own for each: one with a wrong clock is watched more closely from then on. */
const device = () => `d${devices++}`;
async function sent(topic: string, t: unknown, v = 1) {
  const outcome = await shop.send(`${topic}/${device()}`, { t, v });
  return { ...outcome, sample: outcome.samples[0]! };
}

describe('Time in s / ms / µs / ns / ISO 8601 without zone: declared per tag, a heuristic only where undeclared', () => {
  // Some way back, so that the five declared formats cannot be mistaken for the time of receipt.
  const t = Date.now() - 3_600_123;
  const iso = new Date(t).toISOString();

  test.each([
    ['s', t / 1000],
    ['ms', t],
    ['us', t * 1000],
    ['ns', `${t}000000`],
    ['iso', iso],
    ['iso', iso.replace('Z', '+00:00')],
    ['iso', iso.replace('T', ' ').replace('Z', '')],
  ])('declared %s: %s', async (format, raw) => {
    const { sample, remarks } = await sent(format, raw);
    expect(sample).toMatchObject({ value: 1, quality: 'Good' });
    expect(sample.timeMs).toBeCloseTo(t, 0);
    expect(remarks).toEqual({});
  });
  test.each([
    ['s', t / 1000],
    ['ms', t],
    ['us', t * 1000],
    ['ns', t * 1e6],
    ['ns as a string, as 64-bit integers come', `${t}000000`],
    ['ISO', iso],
    ['ISO with a zone', new Date(t + 3_600_000).toISOString().replace('Z', '+01:00')],
  ])('undeclared, told by its magnitude: %s', async (_what, raw) => {
    const { sample } = await sent('auto', raw);
    expect(sample.quality).toBe('Good');
    expect(sample.timeMs).toBeCloseTo(t, 0);
  });
  test('declared means declared: seconds in a field of milliseconds are 1970, and no guess is made', async () => {
    const { sample, remarks } = await sent('ms', Math.round(t / 1000));
    expect(sample).toMatchObject({ quality: 'Uncertain', timeMs: sample.receiveMs });
    expect(remarks).toEqual({ clock_unsynced: 1 });
  });
  test('ISO without a zone uses the configured zone', async () => {
    const local = new Date(t + 5.5 * 3_600_000).toISOString().replace('Z', '');
    expect((await sent('zoned', local)).sample.timeMs).toBe(t);
    // One that it carries goes before.
    expect((await sent('zoned', iso)).sample.timeMs).toBe(t);
  });
  test.each(['2026-02-30T00:00:00Z', 'yesterday', '', -5, null, true, {}])(
    'what is no time (%s): taken at the time of receipt, Uncertain',
    async (raw) => {
      const { sample, remarks } = await sent('auto', raw);
      expect(sample).toMatchObject({ value: 1, quality: 'Uncertain', timeMs: sample.receiveMs });
      expect(remarks).toEqual({ clock_unsynced: 1 });
    },
  );
});

describe('Before 2020 (an ESP32 before NTP), 2000-epoch: source time dropped, receive time used, Uncertain', () => {
  test.each([
    ['milliseconds since boot', 12_345],
    ['1970', 86_400_000],
    ['the epoch of 2000, as if it were that of 1970', Date.now() - 946_684_800_000],
    ['the end of 2019', Date.UTC(2019, 11, 31, 23, 59, 59)],
  ])('%s', async (_what, t) => {
    const fromMs = Date.now();
    const { sample, remarks } = await sent('ms', t);
    expect(sample).toMatchObject({ value: 1, quality: 'Uncertain', timeMs: sample.receiveMs, rawMs: t });
    expect(sample.timeMs).toBeGreaterThan(fromMs - 1000);
    expect(sample.timeMs).toBeLessThan(Date.now() + 1000);
    expect(remarks).toEqual({ clock_unsynced: 1 });
  });
  test('the first second of 2020 is a time', async () => {
    const t = Date.UTC(2020, 0, 1, 0, 0, 1);
    expect((await sent('ms', t)).sample.timeMs).toBe(t);
  });
});

describe('More than 5 s in the future: receive time, Uncertain; more than 24 h: Bad and a finding', () => {
  // The edge itself is tried where time stands still, in test/core/intake.test.ts: here it goes on meanwhile.
  test('a minute', async () => {
    const { sample, remarks } = await sent('ms', Date.now() + 60_000);
    expect(sample).toMatchObject({ value: 1, quality: 'Uncertain', timeMs: sample.receiveMs });
    expect(remarks).toEqual({ future: 1 });
  });
  test('4 s is not doubted, and is not put later than now either', async () => {
    const { sample, remarks } = await sent('ms', Date.now() + 4000);
    expect(sample).toMatchObject({ value: 1, quality: 'Good', timeMs: sample.receiveMs });
    expect(remarks).toEqual({});
  });
  test.each([25 * 3_600_000, 1000 * 365 * 86_400_000])('%d ms: Bad, and a finding', async (aheadMs) => {
    const t = Date.now() + aheadMs;
    const { sample, remarks } = await sent('ms', t);
    expect(sample).toMatchObject({ value: null, quality: 'BadInvalidTimestamp', timeMs: sample.receiveMs });
    expect(sample.rawMs).toBe(t);
    expect(remarks).toEqual({ future: 1 });
  });
  test('"latest" is never poisoned: what comes next, with a right time, is the newest', async () => {
    const topic = `ms/${device()}`;
    await shop.send(topic, { t: Date.now() + 1e12, v: 1 });
    const { samples, remarks } = await shop.send(topic, { t: Date.now(), v: 2 });
    expect(samples).toMatchObject([{ value: 2 }]);
    expect(remarks['late']).toBeUndefined();
    expect(samples[0]!.timeMs).toBeLessThanOrEqual(samples[0]!.receiveMs);
  });
  test('nothing that was stored lies in the future', () => {
    expect(shop.stored.filter(({ timeMs, receiveMs }) => timeMs > receiveMs)).toEqual([]);
  });
});
