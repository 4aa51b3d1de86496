// Rows: a sensor that is stuck, and one that is silent.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { seeded } from '../virtual-time.ts';
import { type Inputs, openInputs } from './fixture.ts';
import { noise } from './plausible-signals.ts';

let shop: Inputs;
beforeAll(async () => {
  shop = await openInputs(
    {
      shop: {
        type: 'mqtt',
        topics: [
          {
            topic: 'shop/{m}',
            fields: { watched: { tag: '{m}/watched', stuckSamples: 5 }, free: '{m}/free', temp: '{m}/temp' },
          },
        ],
      },
    },
    {
      mill: {
        model: 'mill',
        lagMs: 0,
        signals: {
          'spindle.windingTemp': { tag: 'shop/mill/temp', staleMs: 200, missingMs: 600 },
          'spindle.current': { tag: 'shop/mill/current', staleMs: 200, missingMs: 600 },
          'spindle.speed': { tag: 'shop/mill/free', staleMs: 200, missingMs: 600 },
        },
      },
    },
  );
});
afterAll(() => shop.close());

describe('Stuck sensor (opt-in per tag): no change in N samples where noise is expected: `UncertainLastUsableValue`', () => {
  const qualities = async (field: string, values: readonly (number | null)[]) => {
    const all = [];
    for (const value of values) all.push(...(await shop.send(`shop/${field}`, { [field]: value })).samples);
    return all.map(({ quality }) => quality);
  };
  const stuck = 'UncertainLastUsableValue';

  test('the N-th equal sample and all after it, until it changes; each is counted', async () => {
    const before = shop.report().remarks.stuck;
    expect(await qualities('watched', [1, 7, 7, 7, 7, 7, 7, 7.1, 7.1])).toEqual([
      ...new Array(5).fill('Good'),
      ...new Array(2).fill(stuck),
      'Good',
      'Good',
    ]);
    expect(shop.report().remarks.stuck).toBe(before + 2);
  });
  test('the value is kept', async () => {
    const last = await shop.during('shop', () => qualities('watched', new Array(6).fill(3)));
    expect(last.samples.at(-1)).toMatchObject({ value: 3, quality: stuck });
  });
  test('a missing value between neither changes it nor counts', async () => {
    expect(await qualities('watched', [9, 9, 9, null, 9, 9])).toEqual([
      'Good',
      'Good',
      'Good',
      'BadOutOfRange',
      'Good',
      stuck,
    ]);
  });
  test('a tag that did not ask may stand still', async () => {
    expect(new Set(await qualities('free', new Array(12).fill(4)))).toEqual(new Set(['Good']));
  });
  test('noise is never stuck', async () => {
    const random = seeded(1);
    const values = Array.from({ length: 40 }, () => Math.round(100 * noise(random, 1)) / 100);
    expect(new Set(await qualities('watched', values))).toEqual(new Set(['Good']));
  });
});

describe('Silent sensor: `BadNoCommunication` by monotonic age', () => {
  const temp = () => shop.frames.at(-1)?.signals['spindle.windingTemp'];
  const speed = () => shop.frames.at(-1)?.signals['spindle.speed'];

  test('held while young, Uncertain when stale, then Bad; a sensor that never spoke is no zero', async () => {
    await poll('a frame', () => shop.frames.length > 0);
    expect(shop.frames.at(-1)!.signals['spindle.current']).toMatchObject({
      value: null,
      code: 'BadWaitingForInitialData',
    });
    const phases = 'good, UncertainLastUsableValue, BadNoCommunication';
    // A busy machine may leave out the frames of a whole phase: then once more.
    await poll(phases, async () => {
      const seen = await aging();
      // Never a zero, and never the last value under a Bad label.
      for (const { code, value } of seen) expect(value).toBe(code === 'BadNoCommunication' ? null : 100);
      const held = seen.filter(({ code }) => code !== 'BadNoCommunication');
      for (const { ageMs } of held) expect(ageMs).toBeLessThanOrEqual(600);
      return [...new Set(seen.map(({ code, quality }) => code ?? quality))].join(', ') === phases;
    });
    const before = speed()!.ageMs!;
    await poll('the age to go on', () => speed()!.ageMs! > before + 100);
    await fresh('spindle.speed', { free: 100 });
  });

  /** What frames say of one value, from the first that has it until it is missing. */
  async function aging() {
    const from = shop.frames.length;
    const { samples } = await shop.send('shop/mill', { free: 100 });
    const missing = new Date(samples[0]!.receiveMs + 700).toISOString();
    await poll('the end of it', () => shop.frames.at(-1)!.time > missing);
    const seen = shop.frames.slice(from).map(({ signals }) => signals['spindle.speed']!);
    return seen.slice(seen.findIndex(({ value }) => value !== null));
  }

  /** Until a frame has it, good: sent again and again, for a busy machine may have no frame while it is fresh. */
  async function fresh(signal: string, payload: object) {
    const from = shop.frames.length;
    await poll(`${signal}, good`, async () => {
      await shop.send('shop/mill', payload);
      return shop.frames.slice(from).some(({ signals }) => signals[signal]!.quality === 'good');
    });
  }

  test('an output of the model is stood in for by the twin, marked, never Good', async () => {
    await fresh('spindle.windingTemp', { temp: 30, free: 100 });
    const stood = await poll('the twin', async () => {
      await shop.send('shop/mill', { free: 100 });
      return temp()?.origin === 'predicted' ? temp() : undefined;
    });
    expect(stood).toMatchObject({ quality: 'uncertain', code: 'UncertainSubstituteValue' });
  });
});
