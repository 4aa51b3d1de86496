import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { studentQuantile } from '../../../src/core/fit/student.ts';
import { intervalCases, intervalCoverage } from './coverage.ts';
import { type Curve, fitted, free, noise } from './curves.ts';

describe('intervals cover the truth nineteen times in twenty; bench/fit.ts counts them over more noises', () => {
  const shares = intervalCases.map(([name, rows, colour]) => intervalCoverage(name, rows, colour, 40));

  test.each(intervalCases.map(([name, , colour], k) => [name, colour, shares[k]!] as const))(
    '%s, noise that keeps %d',
    (_name, _colour, found) => {
      for (const share of found) expect(share).toBeGreaterThanOrEqual(0.85);
    },
  );

  test('in all, 90 to 99 times in a hundred', () => {
    const all = shares.flat();
    const mean = all.reduce((sum, share) => sum + share, 0) / all.length;
    expect(mean).toBeGreaterThanOrEqual(0.9);
    expect(mean).toBeLessThanOrEqual(0.99);
  });

  test('control: as if the noise were white, intervals of coloured noise miss it far too often', () => {
    expect(Math.min(...intervalCoverage('mix', 400, 0.9, 40, { white: true }))).toBeLessThan(0.7);
  });
});

describe('intervals', () => {
  test('of white noise they are the certified deviations of BoxBOD', () => {
    const at = [1, 2, 3, 5, 7, 10];
    const saturating: Curve = (b, i) => b[0]! * (1 - Math.exp(-b[1]! * at[i]!));
    const y = Float64Array.of(109, 149, 149, 191, 213, 224);
    const { sigma, freedom } = fitted(saturating, y, [free('b1', 100), free('b2', 0.75)]);
    expect(sigma[0]! / 1.2354515176e1).toBeCloseTo(1, 4);
    expect(sigma[1]! / 1.0455993237e-1).toBeCloseTo(1, 4);
    expect(freedom[0]).toBeCloseTo(4, 9);
  });

  test('what is not independent is counted as less: ten equal rows for each are no ten measurements', () => {
    const e = noise(200, 0, 4);
    const level: Curve = (b) => b[0]!;
    const once = fitted(level, e, [free('level', 0)]);
    const copies = Float64Array.from({ length: 2000 }, (_, i) => e[Math.floor(i / 10)]!);
    const tenfold = fitted(level, copies, [free('level', 0)]);
    expect(tenfold.sigma[0]! / once.sigma[0]!).toBeGreaterThan(0.8);
    expect(tenfold.sigma[0]! / once.sigma[0]!).toBeLessThan(1.25);
  });

  test('two that always go together are named, and so is one that does not show', () => {
    const e = noise(500, 0, 7);
    const curve: Curve = (b, i) => (b[0]! + b[1]!) * Math.sin(i / 9) + b[2]! + 0 * b[3]!;
    const y = e.map((value, i) => 3 * Math.sin(i / 9) + 1 + 0.1 * value);
    const names = ['mass', 'kt', 'offset', 'lever'];
    const { warnings, sigma } = fitted(
      curve,
      y,
      names.map((name) => free(name, 1)),
    );
    expect(warnings).toContain('mass and kt cannot be told apart by this data: give one of them');
    expect(warnings.join()).toContain('lever does not show in the data');
    expect([sigma[0], sigma[1], sigma[3]]).toEqual([Infinity, Infinity, Infinity]);
    expect(sigma[2]).toBeLessThan(0.02);
  });

  test('the accuracy of a sensor widens them, and more rows do not help against it', () => {
    const sigmas = [200, 20_000].map((rows) => {
      const y = noise(rows, 0, 9).map((value, i) => 5 * Math.sin(i / 7) + 0.1 * value);
      const effect = y.map((value) => -value);
      const curve: Curve = (b, i) => b[0]! * Math.sin(i / 7);
      return fitted(curve, y, [free('size', 4)], { systematic: [{ relative: 0.02, effect }] });
    });
    expect(sigmas[1]!.sigma[0]).toBeCloseTo(0.1, 3);
    expect(sigmas[0]!.sigma[0]!).toBeGreaterThan(0.1);
    expect(sigmas[1]!.high95[0]! - sigmas[1]!.result.theta[0]!).toBeCloseTo(0.196, 2);
  });

  test('a prior that is sharper than the data gives its own width, one that is duller none', () => {
    const y = noise(1000, 0, 11).map((value) => 10 + 3 * value);
    const level: Curve = (b) => b[0]!;
    const alone = fitted(level, y, [free('level', 0)]);
    const sharp = fitted(level, y, [{ ...free('level', 0), prior: { mean: 10, sigma: 0.001 } }]);
    const dull = fitted(level, y, [{ ...free('level', 0), prior: { mean: 0, sigma: 1e4 } }]);
    expect(sharp.sigma[0]).toBeCloseTo(0.001, 5);
    expect(dull.sigma[0]! / alone.sigma[0]!).toBeCloseTo(1, 4);
  });

  test('the quantiles of Student are those of the tables', () => {
    const table = [
      [1, 12.7062],
      [2, 4.30265],
      [5, 2.57058],
      [10, 2.22814],
      [30, 2.04227],
      [120, 1.97993],
      [1e9, 1.95996],
    ] as const;
    for (const [freedom, quantile] of table) expect(studentQuantile(0.975, freedom)).toBeCloseTo(quantile, 4);
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99 }), fc.double({ min: 1, max: 200 }), (p, freedom) => {
        if (Math.abs(p - 0.5) < 1e-6) return;
        expect(studentQuantile(p, freedom)).toBeCloseTo(-studentQuantile(1 - p, freedom), 6);
      }),
      { seed: 2, numRuns: 50 },
    );
  });
});
