// Row: Unit change, declared and not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { JumpVerdict, newJumpWatch, watchJump } from '../../src/core/jump.ts';
import { poll } from '../poll.ts';
import { seeded } from '../virtual-time.ts';
import { type Inputs, openInputs } from './fixture.ts';
import { gradual, noise, type Signal, setpoints } from './plausible-signals.ts';

/** How often something was suspected, found and over, in so many samples. */
function watched(unit: string, signal: Signal, samples = 2000) {
  const watch = newJumpWatch(unit);
  const seen = [0, 0, 0, 0];
  for (let i = 0; i < samples; i++) seen[watchJump(watch, signal())]!++;
  const { none, suspected, found, over } = JumpVerdict;
  return { none: seen[none]!, suspected: seen[suspected]!, found: seen[found]!, over: seen[over]! };
}

const row =
  'Unit change: declared in the payload: convert when known, else reject `unit`; undeclared: Uncertain';

describe(row, () => {
  let shop: Inputs;
  beforeAll(async () => {
    const field = { unit: 'degC', unitField: 'u', unitJump: true };
    shop = await openInputs({
      shop: {
        type: 'mqtt',
        topics: [
          {
            topic: 'shop/{m}',
            fields: { a: { tag: '{m}/a', ...field }, b: { tag: '{m}/b', unit: 'bar' } },
          },
        ],
      },
    });
  });
  afterAll(() => shop.close());

  test('declared in the payload and known: converted', async () => {
    const { samples } = await shop.send('shop/m', { a: 212, u: 'degF' });
    expect(samples).toMatchObject([{ tag: 'm/a', quality: 'Good' }]);
    expect(samples[0]!.value).toBeCloseTo(100, 9);
  });
  test.each(['furlong', 'bar', 7, null])('declared and not convertible (%s): reject `unit`', async (u) => {
    const { samples, rejected, letters } = await shop.send('shop/m', { a: 212, u });
    expect({ samples, rejected }).toEqual({ samples: [], rejected: ['unit'] });
    expect(letters[0]!.excerpt).toContain('212');
  });

  test('undeclared, of a tag that is watched: Uncertain, raw, counted, told once, and over when it is over', async () => {
    const feed = async (count: number, base: number) => {
      const all = [];
      for (let i = 0; i < count; i++)
        all.push(...(await shop.send('shop/n', { a: base + (i % 3) * 0.05 })).samples);
      return all;
    };
    await feed(20, 41.3);
    const remarked = shop.report().remarks.unit_jump;
    const inFahrenheit = await feed(8, 106.4);
    expect(inFahrenheit.map(({ quality }) => quality)).toEqual(
      new Array(8).fill('UncertainEngineeringUnitsExceeded'),
    );
    // Never rescaled.
    expect(inFahrenheit[0]!.value).toBe(106.4);
    expect(shop.report().remarks.unit_jump).toBe(remarked + 8);
    const told = () => shop.events.filter(({ kind }) => kind === 'unit-changed');
    await poll('the event', () => told().length === 1);
    expect(told()[0]!.text).toMatch(/shop\/n\/a went from 41\.\d+ degC to 106\.\d+ at once.*x 1\.8 \+ 32/);
    const back = await feed(8, 41.3);
    expect(back.map(({ quality }) => quality === 'Good')).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
    await poll('the news of the end', () => told().length === 2);
    expect(told()[1]!.text).toContain('back in its unit');
  });

  test('undeclared, of a tag that is not watched: taken as it is', async () => {
    for (let i = 0; i < 20; i++) await shop.send('shop/n', { b: 2.5 });
    for (let i = 0; i < 6; i++) {
      expect((await shop.send('shop/n', { b: 250 })).samples).toMatchObject([
        { value: 250, quality: 'Good' },
      ]);
    }
  });

  describe('the rule of `unitJump: true`', () => {
    test.each([
      ['mA', 3.2, 0.0032, 'mA to A'],
      ['A', 3.2, 3200, 'A to mA'],
      ['mm', 120, 120 / 25.4, 'mm to inches'],
      ['mm', 4.7, 4.7 * 25.4, 'inches to mm'],
      ['g', 1.01, 1.01 * 9.80665, 'g to m/s2'],
      ['m/s2', 9.8, 1, 'm/s2 to g'],
      ['rpm', 6000, 100, 'rpm to Hz'],
      ['Hz', 50, 3000, 'Hz to rpm'],
      ['%', 62, 0.62, 'percent to ratio'],
      ['ratio', 0.62, 62, 'ratio to percent'],
      ['degC', 21, 294.15, 'degC to K'],
      ['degC', 0.2, 32.36, 'degC to degF, about zero'],
      ['', 5, 5000, 'a factor of 1000, the tag without a unit'],
      ['bar', 6.1, 88.47, 'bar to psi'],
    ])('%s: %d becomes %d (%s)', (unit, before, after) => {
      for (let seed = 0; seed < 20; seed++) {
        const random = seeded(seed);
        let i = 0;
        const ratio = Math.abs(after) / Math.max(0.5, Math.abs(before));
        // Noise grows with the unit, as it does when the unit is what changed.
        const signal = () =>
          i++ < 100 ? before + noise(random, before * 0.004) : after + noise(random, before * ratio * 0.004);
        const { found, over, suspected } = watched(unit, signal, 200);
        expect({ found, over }).toEqual({ found: 1, over: 0 });
        expect(suspected + found).toBe(100);
      }
    });

    test.each(Object.keys(gradual))('leaves alone: %s', (name) => {
      for (const unit of ['', 'degC', 'A', 'mm', 'rpm', 'bar', 'g', '%']) {
        for (let seed = 0; seed < 15; seed++) {
          const { found } = watched(unit, gradual[name]!(seeded(seed)));
          expect({ unit, seed, found }).toEqual({ unit, seed, found: 0 });
        }
      }
    });

    test('takes some steps between setpoints for it: the reason why it must be asked for', () => {
      let found = 0;
      let steps = 0;
      for (let seed = 0; seed < 40; seed++) {
        const signal = setpoints(seeded(seed));
        let last = signal();
        found += watched('', () => {
          const value = signal();
          if (value !== last) steps++;
          last = value;
          return value;
        }).found;
      }
      // About one in a hundred. Were it none, the rule could be on for every tag.
      expect(steps).toBeGreaterThan(1000);
      expect(found / steps).toBeGreaterThan(0.002);
      expect(found / steps).toBeLessThan(0.05);
    });

    test.each([1.06, 0.94, 1.03])(
      'a step that misses a known conversion by a factor of %d is no suspect',
      (miss) => {
        let i = 0;
        const { suspected, found } = watched('A', () => (i++ < 50 ? 3.2 : 3200 * miss), 200);
        expect({ suspected, found }).toEqual({ suspected: 0, found: 0 });
      },
    );

    test('a single wrong sample is not believed, and is no finding', () => {
      let i = 0;
      const { suspected, found } = watched('A', () => (i++ === 50 ? 3200 : 3.2), 200);
      expect({ suspected, found }).toEqual({ suspected: 1, found: 0 });
    });
  });
});
