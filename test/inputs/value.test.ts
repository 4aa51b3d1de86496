// Rows: NaN and its kin; numbers that are none; what cannot be, physically.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { type FrameMessage, type FrameSignal, type Inputs, openInputs } from './fixture.ts';

let shop: Inputs;
beforeAll(async () => {
  shop = await openInputs(
    {
      shop: {
        type: 'mqtt',
        topics: [
          { topic: 'shop/bare', payload: 'number', tag: 'bare' },
          {
            topic: 'shop/{m}',
            fields: {
              v: '{m}/v',
              loose: { tag: '{m}/loose', coerce: true },
              on: { tag: '{m}/on', kind: 'boolean' },
              temp: { tag: '{m}/temp', unit: 'degC', min: -20, max: 120 },
              rpm: { tag: '{m}/rpm', unit: 'rpm' },
            },
          },
          {
            topic: 'timed/{m}',
            time: { field: 't', format: 'ms' },
            fields: { pos: { tag: '{m}/pos', unit: 'mm', slewPerS: 100 } },
          },
        ],
      },
    },
    {
      mill: {
        model: 'mill',
        lagMs: 0,
        signals: {
          'spindle.speed': { tag: 'shop/mill/rpm', missingMs: 600_000, staleMs: 600_000 },
          'spindle.windingTemp': 'shop/mill/temp',
        },
      },
    },
  );
});
afterAll(() => shop.close());

const winding = () => shop.frames.at(-1)?.signals['spindle.windingTemp'];
/** A frame of what is sent; sent again and again, for a busy machine may have no frame while it is fresh. */
function shown(payload: object, fits: (signal: FrameSignal) => boolean): Promise<FrameMessage> {
  return poll('the value in a frame', async () => {
    const from = shop.frames.length;
    await shop.send('shop/mill', payload);
    await poll('two more frames', () => shop.frames.length >= from + 2);
    return shop.frames.slice(from).find(({ signals }) => fits(signals['spindle.windingTemp']!));
  });
}
const twinTemp = () => {
  const { core } = shop.gateway;
  const { outputs } = core.twins[0]!.model;
  return core.frames[0]!.twin[outputs.findIndex(({ name }) => name === 'spindle.windingTemp')]!;
};

describe('NaN, ±Infinity, `"NaN"`, 1e999, null: value null, `BadOutOfRange`', () => {
  test.each(['NaN', 'Infinity', '-Infinity', '"NaN"', '"Infinity"', '"-inf"', '1e999', '-1e999', 'null'])(
    '%s',
    async (raw) => {
      const { samples, rejected } = await shop.send('shop/m', `{"v":${raw}}`);
      expect(rejected).toEqual([]);
      expect(samples).toMatchObject([{ tag: 'm/v', value: null, quality: 'BadOutOfRange' }]);
    },
  );
  test.each(['NaN', 'nan', '-inf', '1e999', 'null'])('%s as a bare number', async (raw) => {
    const { samples } = await shop.send('shop/bare', raw);
    expect(samples).toMatchObject([{ tag: 'bare', value: null, quality: 'BadOutOfRange' }]);
  });

  test('the twin sees the signal age, not a zero', async () => {
    await shown({ rpm: 3000, temp: 41.5 }, ({ value, quality }) => value === 41.5 && quality === 'good');
    await shop.send('shop/mill', '{"temp":NaN}');
    // The twin stands in for it with its own estimate, marked as such; a zero would have been 41.5 K off.
    const seen = await poll('the twin to stand in', () => {
      const now = winding();
      return now?.origin === 'predicted' ? now : undefined;
    });
    expect(seen).toMatchObject({ quality: 'uncertain', code: 'UncertainSubstituteValue' });
    expect(seen.value).toBeGreaterThan(15);
    const first = seen.ageMs!;
    await poll('the age to grow', () => (winding()?.ageMs ?? 0) > first);
  });
});

describe('Number as a string, boolean for a number, decimal comma: reject `type`, unless `coerce: true`', () => {
  test.each(['"4.2"', '"4,2"', 'true', '"1 000"', '"0x10"', '""', '[1]', '{"v":1}', '"four"'])(
    '%s for a number',
    async (raw) => {
      const outcome = await shop.send('shop/m', `{"v":${raw}}`);
      expect(outcome).toMatchObject({ samples: [], rejected: ['type'], remarks: {} });
      expect(outcome.letters[0]!.excerpt).toContain(raw);
    },
  );
  test.each(['2', '"yes"', '"true"', '"null"'])('%s for a boolean', async (raw) => {
    expect(await shop.send('shop/m', `{"on":${raw}}`)).toMatchObject({ samples: [], rejected: ['type'] });
  });
  test.each([
    ['"4.2"', 4.2],
    ['"4,2"', 4.2],
    ['" -1.5e3 "', -1500],
    ['true', 1],
    ['false', 0],
  ])('%s is taken with coerce: true, and counted', async (raw, value) => {
    const { samples, remarks } = await shop.send('shop/m', `{"loose":${raw}}`);
    expect(samples).toMatchObject([{ tag: 'm/loose', value, quality: 'Good' }]);
    expect(remarks).toEqual({ coerced: 1 });
  });
  test.each(['"1.234,5"', '"1 000"', '"0x10"', '""', '"four"'])(
    '%s is refused even so: nobody can know what it means',
    async (raw) => {
      expect(await shop.send('shop/m', `{"loose":${raw}}`)).toMatchObject({
        samples: [],
        rejected: ['type'],
      });
    },
  );
  test('the other fields of the message are taken', async () => {
    const { samples, rejected } = await shop.send('shop/m', '{"v":"4.2","loose":1,"on":true}');
    expect(samples.map(({ tag }) => tag)).toEqual(['m/loose', 'm/on']);
    expect(rejected).toEqual(['type']);
  });
});

describe("Outside the tag's physical range or slew limit: stored raw, `UncertainEngineeringUnitsExceeded`", () => {
  test.each([120.1, -20.1, 1e9])('%d degC', async (temp) => {
    const { samples, remarks } = await shop.send('shop/m', { temp });
    expect(samples).toMatchObject([{ value: temp, quality: 'UncertainEngineeringUnitsExceeded' }]);
    expect(remarks).toEqual({ out_of_range: 1 });
  });
  test.each([120, -20, 0])('%d degC is within', async (temp) => {
    expect((await shop.send('shop/m', { temp })).samples).toMatchObject([{ value: temp, quality: 'Good' }]);
  });
  test('faster than it can move', async () => {
    const t = Date.now() - 1000;
    await shop.send('timed/m', { t, pos: 100 });
    const { samples } = await shop.send('timed/m', { t: t + 100, pos: 111 });
    expect(samples).toMatchObject([{ value: 111, quality: 'UncertainEngineeringUnitsExceeded' }]);
    const later = await shop.send('timed/m', { t: t + 200, pos: 112 });
    expect(later.samples).toMatchObject([{ value: 112, quality: 'Good' }]);
  });
  test('kept out of calibration: it is shown, but neither compared with the twin nor does it correct it', async () => {
    const compared = async (temp: number, code: string | undefined) => {
      const frame = await shown({ temp }, (signal) => signal.value === temp && signal.code === code);
      return frame.residuals['spindle.windingTemp'];
    };
    await shop.send('shop/mill', { rpm: 3000 });
    expect(await compared(41, undefined)).toBeTypeOf('number');
    expect(await compared(5000, 'UncertainEngineeringUnitsExceeded')).toBe(null);
    expect(await compared(42, undefined)).toBeTypeOf('number');
    expect(twinTemp()).toBeLessThan(100);
  });
});
