// What subscribers see of the back-fill, byte by byte, since others parse it.
import { expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { encodeMark, encodeMissed, encodeMissedGap } from '../../../src/sinks/mqtt/backfill.ts';

const missed = {
  machine: 'mill-1',
  seq: 1_795_218_360,
  ...{ part: 0, parts: 1, fromMs: 1_795_218_360_000, toMs: 1_795_218_361_000, late: false, samples: 3 },
  signals: [
    {
      name: 'spindle.current',
      timeMs: [1_795_218_360_100, 1_795_218_360_100.125],
      value: [4.213_456_789, -0.5],
      quality: [Quality.good, Quality.good],
    },
    { name: 'bearing "temp"', timeMs: [1_795_218_360_500], value: [Number.NaN], quality: [Quality.bad] },
  ],
};

const head = '{"v":1,"machine":"mill-1","seq":1795218360';
const span = '"from":"2026-11-20T23:46:00.000Z","to":"2026-11-20T23:46:01.000Z"';
const signals =
  '"signals":{"spindle.current":{"time":[1795218360100,1795218360100.125],"value":[4.21346,-0.5]},' +
  '"bearing \\"temp\\"":{"time":[1795218360500],"value":[null],"quality":[2147483648]}}}';

test('samples: columns by signal; quality only where not all is good', () => {
  expect(encodeMissed(missed)).toBe(`${head},${span},${signals}`);
  expect(JSON.parse(encodeMissed(missed))).toMatchObject({ machine: 'mill-1' });
});

test('a part says of how many, what came too late says so', () => {
  expect(encodeMissed({ ...missed, part: 1, parts: 3, late: true })).toBe(
    `${head},"part":1,"parts":3,${span},"late":true,${signals}`,
  );
});

test('a gap with its reason, and with a number where one is known', () => {
  const { machine, seq, fromMs, toMs } = missed;
  const gap = { machine, seq, fromMs, toMs, reason: 'disk_full' } as const;
  expect(encodeMissedGap({ ...gap, samples: 12 })).toBe(
    `${head},"gap":{${span},"reason":"disk_full","samples":12}}`,
  );
  expect(encodeMissedGap({ ...gap, samples: 0 })).toBe(`${head},"gap":{${span},"reason":"disk_full"}}`);
});

test('the mark', () => {
  expect(encodeMark({ upToMs: 1_795_218_360_000, liveMs: 1_795_218_364_300 })).toBe(
    '{"v":1,"upTo":"2026-11-20T23:46:00.000Z","live":"2026-11-20T23:46:04.300Z"}',
  );
});
