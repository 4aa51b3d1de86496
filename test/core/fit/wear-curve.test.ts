// Wear curves against ones that are known: shapes, lives with honest quantiles, and refusals.
import { describe, expect, test } from 'vitest';
import type { FitSegment } from '../../../src/core/fit/fit.ts';
import { FitRefusal } from '../../../src/core/fit/refusal.ts';
import { fitWear } from '../../../src/core/fit/wear-curve.ts';
import { wearCoverage } from './coverage.ts';
import { dice } from './dice.ts';
import { limit, recordOf, told, wornOut } from './worn-tools.ts';

describe('a curve that is known', () => {
  test('linear: its rate and its life, and mostly by the plainest shape', () => {
    let plain = 0;
    let held = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const answer = fitWear(recordOf(wornOut(dice(seed), 'linear', 1, 40, 1)), told);
      const [rate, life] = answer.parameters;
      expect([rate!.name, rate!.unit, life!.name, life!.unit]).toEqual(['rate', 'µm/h', 'life', 'h']);
      expect(Math.abs(rate!.value / 7.5 - 1)).toBeLessThan(0.08);
      expect(Math.abs(life!.value / 40 - 1)).toBeLessThan(0.08);
      if (answer.family === 'linear') plain++;
      if (rate!.low95 <= 7.5 && rate!.high95 >= 7.5) held++;
    }
    expect(plain).toBeGreaterThanOrEqual(8);
    expect(held).toBeGreaterThanOrEqual(8);
  });

  test('the size of the noise, and that it grows with the wear', () => {
    const { noise } = fitWear(recordOf(wornOut(dice(3), 'linear', 1, 40, 1, 25)), told);
    expect(noise.kind).toBe('relative');
    expect(noise.size).toBeGreaterThan(0.035);
    expect(noise.size).toBeLessThan(0.07);
  });

  test('a power of use: its exponent', () => {
    const answer = fitWear(recordOf(wornOut(dice(3), 'power', 1, 40, 0.9, 15)), told);
    expect(answer.family).toBe('power');
    const exponent = answer.parameters.find(({ name }) => name === 'exponent')!;
    expect(Math.abs(exponent.value / 1.5 - 1)).toBeLessThan(0.06);
    expect(exponent.low95).toBeLessThan(1.5);
    expect(exponent.high95).toBeGreaterThan(1.5);
  });

  test('three zones: where the end begins, from several tools with a rate each', () => {
    const roll = dice(4);
    const lives = [30, 36, 40, 44, 52];
    const seen = lives.flatMap((life, k) => wornOut(roll, 'zones', k + 1, life, 1, 14));
    const answer = fitWear(recordOf(seen), told);
    expect(answer.family).toBe('threeZones');
    const start = answer.parameters.find(({ name }) => name === 'endZone.start')!;
    expect(Math.abs(start.value - 0.75)).toBeLessThan(0.08);
    for (const [k, { life, rate }] of answer.runs.entries()) {
      expect(Math.abs(life!.p50 / lives[k]! - 1)).toBeLessThan(0.06);
      if (k > 0) expect(rate).toBeLessThan(answer.runs[k - 1]!.rate);
    }
    // What a tool not seen yet may live: as different as these were.
    expect(answer.life!.p10).toBeLessThan(36);
    expect(answer.life!.p90).toBeGreaterThan(44);
  });

  test('without a limit there is a curve, and no life', () => {
    const answer = fitWear(recordOf(wornOut(dice(14), 'linear', 1, 40, 0.5)));
    expect(answer.life).toBeUndefined();
    expect(answer.runs[0]!.life).toBeUndefined();
    expect(Math.abs(answer.parameters[0]!.value / 7.5 - 1)).toBeLessThan(0.08);
    expect(answer.traces[0]!.fit.r2).toBeGreaterThan(0.97);
  });

  test('never falls, whatever the noise', () => {
    const roll = dice(5);
    const seen = wornOut(roll, 'zones', 1, 40, 1, 10).map((s) => ({
      ...s,
      wear: s.wear + 25 * roll.normal(),
    }));
    for (const family of ['linear', 'power', 'endZone', 'threeZones'] as const) {
      const { predicted } = fitWear(recordOf(seen), { ...told, families: [family] }).traces[0]!;
      for (let k = 1; k < predicted.length; k++)
        expect(predicted[k]!).toBeGreaterThanOrEqual(predicted[k - 1]!);
    }
  });
});

describe('life is told with honest quantiles', () => {
  test('some 80 % lie between p10 and p90; bench/fit.ts counts them over more tools', () => {
    const shares = [wearCoverage('linear', 0, 15), wearCoverage('power', 0, 15), wearCoverage('zones', 2, 5)];
    const all = (15 * shares[0]! + 15 * shares[1]! + 5 * shares[2]!) / 35;
    expect(all).toBeGreaterThanOrEqual(0.7);
    expect(all).toBeLessThanOrEqual(0.9);
  });

  test('what a fleet knows narrows it', () => {
    const seen = wornOut(dice(6), 'linear', 1, 40, 0.3, 3);
    const alone = fitWear(recordOf(seen), told).life!;
    const known = fitWear(recordOf(seen), { ...told, rate: { mean: 7.5, sigma: 0.4 } }).life!;
    expect(known.p90 / known.p10).toBeLessThan(0.5 * (alone.p90 / alone.p10));
    expect(known.p10).toBeLessThan(40);
    expect(known.p90).toBeGreaterThan(40);
  });

  test('an end zone nobody has seen yet is allowed for while less than half is worn', () => {
    const answer = fitWear(recordOf(wornOut(dice(7), 'linear', 1, 40, 0.35, 8)), told);
    const end = answer.families.filter(({ family }) => family === 'endZone' || family === 'threeZones');
    expect(end.reduce((sum, { weight }) => sum + weight, 0)).toBeGreaterThanOrEqual(0.25);
    expect(answer.warnings.join()).toMatch(/% of the limit: what comes after is extrapolated/);
  });

  test('what still lives after its last measurement cannot have ended before', () => {
    const { runs } = fitWear(recordOf(wornOut(dice(8), 'power', 1, 40, 0.7)), told);
    expect(runs[0]!.life!.p10).toBeGreaterThan(28);
  });
});

describe('validation', () => {
  test('the first part of each run foretells the rest, and its life', () => {
    const roll = dice(9);
    const seen = [30, 40, 50].flatMap((life, k) => wornOut(roll, 'power', k + 1, life, 1));
    const answer = fitWear(recordOf(seen), { limit });
    expect(answer.traces[0]!.validation!.samples).toBe(9);
    expect(answer.traces[0]!.validation!.nrmseRange).toBeLessThan(0.2);
    for (const { foretold, life } of answer.runs) {
      expect(Math.abs(foretold!.p50 / life!.p50 - 1)).toBeLessThan(0.15);
    }
  });

  test('rows that the record keeps back are never learnt from', () => {
    const seen = wornOut(dice(10), 'linear', 1, 40, 1, 15);
    const segments: FitSegment[] = [
      { from: 0, to: 10, use: 'fit' },
      { from: 10, to: 15, use: 'validation' },
    ];
    const answer = fitWear(recordOf(seen, segments), { limit });
    const wild = seen.map((s, k) => (k < 10 ? s : { ...s, wear: 5 * s.wear }));
    const other = fitWear(recordOf(wild, segments), { limit });
    expect(other.parameters).toEqual(answer.parameters);
    const { predicted, validation } = answer.traces[0]!;
    expect(validation!.samples).toBe(5);
    // Against the true curve: what was measured has noise of its own.
    for (const [k, { hours }] of seen.entries())
      expect(Math.abs(predicted[k]! / (7.5 * hours) - 1)).toBeLessThan(0.06);
  });

  test('use may be counted in something else than hours', () => {
    const seen = wornOut(dice(11), 'linear', 1, 40, 1);
    const record = recordOf(seen);
    const cuts = Float64Array.from(seen, ({ hours }) => hours * 10);
    const columns = { ...record.columns, cuts };
    const answer = fitWear(
      { ...record, columns },
      { ...told, unit: 'mm', use: { column: 'cuts', unit: 'cut' } },
    );
    expect(answer.parameters.map(({ unit }) => unit)).toEqual(['mm/cut', 'cut']);
    expect(Math.abs(answer.life!.p50 / 400 - 1)).toBeLessThan(0.05);
  });
});

describe('refuses in one sentence', () => {
  const good = wornOut(dice(12), 'linear', 1, 40, 1, 6);
  test.each([
    [
      'two points',
      good.slice(0, 2),
      {},
      /2 measurements of wear are too few for a curve: at least 3 are needed/,
    ],
    [
      'two points of three runs',
      good.slice(0, 4).map((s, k) => ({ ...s, run: k % 3 })),
      {},
      /4 measurements of wear of 3 runs are too few .* at least 5/,
    ],
    ['one moment only', good.slice(0, 4).map((s) => ({ ...s, hours: 5 })), {}, /at one moment of use only/],
    ['wear that falls', good.map((s) => ({ ...s, wear: 300 - s.wear })), {}, /does not grow with use/],
    ['a limit below what is new', good, { limit: -1 }, /the limit -1 is not above/],
    ['a column that is not there', good, { use: { column: 'cuts', unit: 'cut' } }, /no column cuts/],
  ] as const)('%s', (_name, seen, options, sentence) => {
    const attempt = (): unknown => fitWear(recordOf(seen), { ...told, ...options });
    expect(attempt).toThrow(FitRefusal);
    expect(attempt).toThrow(sentence);
  });

  test('two points are enough where the fleet says the rest', () => {
    const answer = fitWear(recordOf(good.slice(0, 2)), { ...told, rate: { mean: 7, sigma: 1 } });
    expect(answer.life!.p10).toBeLessThan(40);
    expect(answer.life!.p90).toBeGreaterThan(40);
  });

  test('and asks whether the part was exchanged where wear falls by much', () => {
    const seen = [...wornOut(dice(13), 'linear', 1, 40, 1), { run: 1, hours: 42, wear: 20 }];
    expect(fitWear(recordOf(seen), told).warnings.join()).toContain('was the part exchanged');
  });
});
