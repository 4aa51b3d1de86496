import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FitParameter } from '../../../src/core/fit/fit.ts';
import { type LeastSquaresProblem, leastSquares } from '../../../src/core/fit/least-squares.ts';
import { singularOf, solveLinear } from '../../../src/core/fit/linear.ts';
import { free } from './curves.ts';
import { dice } from './dice.ts';

function curve(
  x: readonly number[],
  y: readonly number[],
  parameters: readonly FitParameter[],
  model: (theta: Float64Array, x: number) => number,
): LeastSquaresProblem {
  return {
    parameters,
    length: x.length,
    residuals: (theta, out) => {
      for (const [i, at] of x.entries()) out[i] = model(theta, at) - y[i]!;
    },
  };
}

// Data sets with certified answers, of the Statistical Reference Datasets of NIST.
const misra = {
  x: [77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760],
  y: [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78],
};
const boxBod = { x: [1, 2, 3, 5, 7, 10], y: [109, 149, 149, 191, 213, 224] };
const saturating = (b: Float64Array, x: number): number => b[0]! * (1 - Math.exp(-b[1]! * x));

describe('least squares', () => {
  test('finds the certified answers of Misra1a and BoxBOD, from either start', () => {
    for (const start of [
      [500, 1e-4],
      [250, 5e-4],
    ] as const) {
      const parameters = [free('b1', start[0]), free('b2', start[1])];
      const found = leastSquares(curve(misra.x, misra.y, parameters, saturating), { tolerance: 1e-14 });
      expect(found.converged).toBe(true);
      expect(found.theta[0]! / 2.3894212918e2).toBeCloseTo(1, 7);
      expect(found.theta[1]! / 5.5015643181e-4).toBeCloseTo(1, 7);
      expect((2 * found.cost) / 1.2455138894e-1).toBeCloseTo(1, 7);
    }
    const parameters = [free('b1', 100, 0, 1e4), free('b2', 0.75, 0, 10)];
    const found = leastSquares(curve(boxBod.x, boxBod.y, parameters, saturating), { tolerance: 1e-14 });
    expect(found.theta[0]! / 2.1380940889e2).toBeCloseTo(1, 7);
    expect(found.theta[1]! / 5.4723748542e-1).toBeCloseTo(1, 7);
  });

  test('a Jacobian of the caller, central and forward differences end at the same place', () => {
    const problem = curve(misra.x, misra.y, [free('b1', 250), free('b2', 5e-4)], saturating);
    const exact: LeastSquaresProblem = {
      ...problem,
      jacobian: (b, out) => {
        for (const [i, x] of misra.x.entries()) {
          out[i] = 1 - Math.exp(-b[1]! * x);
          out[misra.x.length + i] = b[0]! * x * Math.exp(-b[1]! * x);
        }
      },
    };
    const answers = [
      leastSquares(exact, { tolerance: 1e-13 }),
      leastSquares(problem, { tolerance: 1e-13 }),
      leastSquares(problem, { tolerance: 1e-13, differences: 'forward' }),
    ];
    for (const { theta, jacobian } of answers) {
      expect(theta[0]! / answers[0]!.theta[0]!).toBeCloseTo(1, 6);
      expect(theta[1]! / answers[0]!.theta[1]!).toBeCloseTo(1, 6);
      for (const [i, slope] of jacobian.entries()) {
        expect(slope / answers[0]!.jacobian[i]!).toBeCloseTo(1, 5);
      }
    }
  });

  test('walks the valley of Rosenbrock to its end', () => {
    const problem: LeastSquaresProblem = {
      parameters: [free('x', -1.2), free('y', 1)],
      length: 2,
      residuals: ([x, y], out) => {
        out[0] = 10 * (y! - x! * x!);
        out[1] = 1 - x!;
      },
    };
    const { theta, cost } = leastSquares(problem);
    expect(theta[0]).toBeCloseTo(1, 6);
    expect(theta[1]).toBeCloseTo(1, 6);
    expect(cost).toBeLessThan(1e-12);
  });

  test('stops at a bound, says so, and gets the others right around it', () => {
    const x = [0, 1, 2, 3, 4, 5];
    const y = x.map((at) => 3 + 2 * at);
    const line = (b: Float64Array, at: number): number => b[0]! + b[1]! * at;
    const asked: number[] = [];
    const { theta, atBound, converged } = leastSquares(
      curve(x, y, [free('a', 0), free('b', 0.5, 0, 1.5)], (b, at) => {
        asked.push(b[1]!);
        return line(b, at);
      }),
    );
    expect(converged).toBe(true);
    expect(theta[1]).toBe(1.5);
    expect(theta[0]).toBeCloseTo(3 + 0.5 * 2.5, 9);
    expect(atBound).toEqual([false, true]);
    expect(Math.max(...asked)).toBeLessThanOrEqual(1.5);
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(0);
  });

  test('in a box, no corner and no edge is better than what it found', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { normal, uniform } = dice(seed);
        const rows = 12;
        const columns = Array.from({ length: 3 }, () => Float64Array.from({ length: rows }, normal));
        const y = Float64Array.from({ length: rows }, normal);
        const parameters = columns.map((_, j) => free(`p${j}`, 0, -0.4 * uniform(), 0.4 * uniform()));
        const problem: LeastSquaresProblem = {
          parameters,
          length: rows,
          residuals: (theta, out) => {
            for (let i = 0; i < rows; i++) {
              out[i] = columns.reduce((sum, column, j) => sum + column[i]! * theta[j]!, -y[i]!);
            }
          },
        };
        const { cost } = leastSquares(problem);
        const out = new Float64Array(rows);
        for (let k = 0; k < 50; k++) {
          problem.residuals(
            Float64Array.from(parameters, (p) => p.min + uniform() * (p.max - p.min)),
            out,
          );
          expect(out.reduce((sum, r) => sum + r * r, 0) / 2).toBeGreaterThanOrEqual(cost - 1e-9);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  test('a prior weighs as much as a measurement of the same deviation, the noise being learnt', () => {
    const { normal } = dice(3);
    const y = Array.from({ length: 400 }, () => 10 + 2 * normal());
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    const parameter = { ...free('level', 0), prior: { mean: 9, sigma: 0.1 } };
    const { theta, noise } = leastSquares(curve([...y.keys()], y, [parameter], (b) => b[0]!));
    const variance = noise ** 2 / y.length;
    expect(noise).toBeCloseTo(2, 0);
    expect(theta[0]).toBeCloseTo((mean / variance + 9 / 0.01) / (1 / variance + 1 / 0.01), 2);
  });

  test('a loss after Huber is not led away by outliers, the plain one is', () => {
    const { normal } = dice(5);
    const x = Array.from({ length: 200 }, (_, i) => i / 20);
    const y = x.map((at, i) => 1 + 2 * at + 0.05 * normal() + (i % 10 === 0 ? 30 : 0));
    const problem = curve(x, y, [free('a', 0), free('b', 0)], (b, at) => b[0]! + b[1]! * at);
    const robust = leastSquares(problem, { huber: 1.345 });
    expect(robust.theta[0]).toBeCloseTo(1, 1);
    expect(robust.theta[1]).toBeCloseTo(2, 1);
    expect(robust.weights[0]).toBeLessThan(0.01);
    expect(robust.weights[1]).toBeGreaterThan(0.3);
    expect(Math.abs(leastSquares(problem).theta[0]! - 1)).toBeGreaterThan(1);
  });

  test('rows that do not count change nothing, and where there is no answer it turns back', () => {
    const x = [1, 2, 3, 4, 5, 6];
    const y = x.map((at) => Math.sqrt(at + 2));
    const problem = curve(x, y, [free('c', 30, -100, 100)], (b, at) => Math.sqrt(at + b[0]!));
    expect(leastSquares(problem).theta[0]).toBeCloseTo(2, 6);
    const gap = { ...problem, counts: Uint8Array.of(1, 1, 0, 1, 1, 1) };
    y[2] = 1e9;
    const { theta, residuals, weights } = leastSquares(gap);
    expect(theta[0]).toBeCloseTo(2, 6);
    expect(residuals[2]).toBeNaN();
    expect(weights[2]).toBe(0);
    const nowhere = leastSquares({ ...problem, residuals: (_, out) => out.fill(Number.NaN) });
    expect(nowhere).toMatchObject({ converged: false, cost: Number.POSITIVE_INFINITY });
  });
});

describe('linear least squares', () => {
  test('units of columns do not matter, and a polynomial of nearly equal columns is solved', () => {
    const x = Float64Array.from({ length: 500 }, (_, i) => 1 + i / 500);
    const columns = [0, 1, 2, 3, 4, 5].map((power) => x.map((at) => 10 ** (6 - 3 * power) * at ** power));
    const truth = [1, -2, 3, -4, 5, -6];
    const y = x.map((_, i) => columns.reduce((sum, column, j) => sum + column[i]! * truth[j]!, 0));
    const { theta, rank, condition } = solveLinear(columns, y);
    // The largest column is 1e15 times the least: what rounding y leaves of the latter is no fault of the solver.
    for (const j of [0, 1, 2]) expect(theta[j]! / truth[j]!).toBeCloseTo(1, 5);
    expect(rank).toBe(6);
    expect(condition).toBeGreaterThan(1e4);
  });

  test('a column that repeats another lowers the rank, and the sum is still right', () => {
    const a = Float64Array.from({ length: 300 }, (_, i) => Math.sin(i));
    const { theta, rank, condition } = solveLinear(
      [a, a.map((v) => 2 * v)],
      a.map((v) => 3 * v),
    );
    expect(rank).toBe(1);
    expect(condition).toBe(Number.POSITIVE_INFINITY);
    expect(theta[0]! + 2 * theta[1]!).toBeCloseTo(3, 9);
  });

  test('rows with a hole or no weight are left out', () => {
    const a = Float64Array.of(1, 2, Number.NaN, 4, 5);
    const y = Float64Array.of(2, 4, 6, 1e9, 10);
    const { theta, triangle } = solveLinear([a], y, Float64Array.of(1, 1, 1, 0, 1));
    expect(theta[0]).toBeCloseTo(2, 12);
    expect(triangle.rows).toBe(3);
    expect(triangle.rest).toBeCloseTo(0, 12);
  });

  test('singular values: their product is the determinant, their squares sum to that of the elements', () => {
    const matrix = Float64Array.of(2, 0, 1, -1, 3, 0, 0, 5, 4);
    const { values } = singularOf(matrix, 3);
    expect(values[0]! * values[1]! * values[2]!).toBeCloseTo(19, 9);
    expect(values.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(4 + 1 + 1 + 9 + 25 + 16, 9);
    expect(values[0]!).toBeGreaterThanOrEqual(values[2]!);
  });
});
