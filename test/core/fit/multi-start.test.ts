import { describe, expect, test } from 'vitest';
import { goodnessOf } from '../../../src/core/fit/goodness.ts';
import { leastSquares } from '../../../src/core/fit/least-squares.ts';
import { multiStart, spread } from '../../../src/core/fit/multi-start.ts';
import { free } from './curves.ts';
import { dice } from './dice.ts';

describe('several starts', () => {
  const { normal } = dice(21);
  const x = Float64Array.from({ length: 200 }, (_, i) => i / 20);
  const y = x.map((at) => 2 * Math.sin(3.7 * at) + 0.05 * normal());
  const parameters = [free('size', 1, 0, 10), free('pace', 1, 0.5, 8)];
  const problem = {
    parameters,
    length: x.length,
    residuals: (theta: Float64Array, out: Float64Array) => {
      for (const [i, at] of x.entries()) out[i] = theta[0]! * Math.sin(theta[1]! * at) - y[i]!;
    },
  };

  test('find the valley that one start misses, and say how many ended there', () => {
    expect(Math.abs(leastSquares(problem).theta[1]! - 3.7)).toBeGreaterThan(0.5);
    const told: number[] = [];
    const { best, tried, agreed } = multiStart(problem, {
      starts: 20,
      onProgress: (share) => told.push(share),
    });
    expect(best.theta[0]).toBeCloseTo(2, 1);
    expect(best.theta[1]).toBeCloseTo(3.7, 2);
    expect(agreed).toBeGreaterThanOrEqual(2);
    expect(tried).toBeGreaterThanOrEqual(agreed);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });

  test('the same seed gives the same bits, another seed another way to the same place', () => {
    const [once, again, other] = [1, 1, 2].map((seed) => multiStart(problem, { starts: 20, seed }));
    expect(once).toEqual(again);
    expect(other!.best.theta[1]).toBeCloseTo(once!.best.theta[1]!, 6);
  });

  test('starts lie within bounds, by ratio where these span decades, and near a prior', () => {
    const places = spread(
      [
        free('plain', 0, -2, 6),
        free('decades', 1, 1e-3, 1e3),
        { ...free('told', 1, -100, 100), prior: { mean: 5, sigma: 1 } },
        free('anything', 3, -1e12, 1e12),
      ],
      400,
      5,
    );
    const column = (j: number): number[] => places.map((place) => place[j]!).toSorted((a, b) => a - b);
    expect(column(0)[0]).toBeGreaterThanOrEqual(-2);
    expect(column(0)[200]).toBeCloseTo(2, 0);
    expect(Math.log10(column(1)[200]!)).toBeCloseTo(0, 0);
    expect(column(1)[20]!).toBeLessThan(0.01);
    expect(column(2)[0]).toBeGreaterThanOrEqual(3);
    expect(column(2)[399]).toBeLessThanOrEqual(7);
    expect(Math.max(...column(3).map(Math.abs))).toBeLessThan(1000);
    // Evenly: no tenth of the range is left empty or crowded.
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = column(0).filter((v) => v >= -2 + 0.8 * tenth && v < -2 + 0.8 * (tenth + 1)).length;
      expect(Math.abs(inside - 40)).toBeLessThan(10);
    }
  });
});

describe('goodness', () => {
  const all = [{ from: 0, to: 5 }];
  test('in figures worked out by hand, a row with a hole skipped', () => {
    const measured = Float64Array.of(1, 2, 3, Number.NaN, 4);
    const predicted = Float64Array.of(1, 2.5, 3, 9, 3);
    const found = goodnessOf(measured, predicted, all);
    expect(found.samples).toBe(4);
    expect(found.rmse).toBeCloseTo(Math.sqrt(1.25 / 4), 12);
    expect(found.nrmseRange).toBeCloseTo(Math.sqrt(1.25 / 4) / 3, 12);
    expect(found.nrmseStd).toBeCloseTo(Math.sqrt(1.25 / 5), 12);
    expect(found.r2).toBeCloseTo(1 - 1.25 / 5, 12);
    expect(found.relativeError).toBeCloseTo(Math.sqrt(1.25 / 30), 12);
    expect(found.bias).toBeCloseTo(-0.125, 12);
    expect(found.worst).toBe(1);
  });

  test('says NaN where there is nothing to say', () => {
    const level = new Float64Array(5).fill(2);
    expect(goodnessOf(level, level, all)).toMatchObject({ rmse: 0, r2: Number.NaN, nrmseRange: Number.NaN });
    expect(goodnessOf(level, level, [])).toMatchObject({ samples: 0, rmse: Number.NaN, worst: Number.NaN });
  });
});
