// The arithmetic of the learners, without a model.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bound,
  condition,
  type Estimate,
  forget,
  newEstimate,
  observe,
  project,
  varianceOf,
} from '../../../src/core/calibrate/estimate.ts';
import { gauss } from './bed.ts';

const noise = 0.1;

/** Measures φ·truth `times` times, with φ from `row`. */
function learn(
  estimate: Estimate,
  truth: readonly number[],
  times: number,
  row: (i: number) => readonly number[],
  options: { keep?: number; random?: () => number } = {},
): void {
  const { keep = 0.99, random = gauss(7) } = options;
  for (let i = 0; i < times; i++) {
    const phi = Float64Array.from(row(i));
    const measured = phi.reduce((sum, value, j) => sum + value * truth[j]!, 0) + noise * random();
    const predicted = phi.reduce((sum, value, j) => sum + value * estimate.mean[j]!, 0);
    observe(estimate, phi, measured - predicted, noise * noise, 2.5, 1);
    forget(estimate, phi, noise * noise, keep);
  }
}

const rich = (i: number) => [Math.sin(i), Math.cos(1.7 * i), 1];

describe('recursive least squares', () => {
  it('recovers three numbers under noise, as well as it says', () => {
    const estimate = newEstimate(3);
    learn(estimate, [0.8, -0.5, 1.2], 2000, rich);
    for (const [j, truth] of [0.8, -0.5, 1.2].entries()) {
      const sigma = Math.sqrt(varianceOf(estimate, j));
      expect(sigma).toBeLessThan(0.03);
      expect(Math.abs(estimate.mean[j]! - truth)).toBeLessThan(3.5 * sigma);
    }
  });

  it('follows a change within its memory; without forgetting it would not', () => {
    const [forgets, keeps] = [newEstimate(3), newEstimate(3)];
    for (const [estimate, keep] of [
      [forgets, 0.98],
      [keeps, 1],
    ] as const) {
      learn(estimate, [0.8, -0.5, 1.2], 2000, rich, { keep });
      learn(estimate, [0.8, 0.5, 1.2], 1500, rich, { keep });
    }
    expect(forgets.mean[1]).toBeCloseTo(0.5, 1);
    expect(keeps.mean[1]).toBeLessThan(0);
  });

  it('keeps what it knows of what is no longer excited, and knows no more of it', () => {
    const estimate = newEstimate(3);
    learn(estimate, [0.8, -0.5, 1.2], 500, rich);
    const mean = estimate.mean[0]!;
    const variance = varianceOf(estimate, 0);
    learn(estimate, [0.1, -0.5, 1.2], 20_000, (i) => [0, Math.cos(1.7 * i), 1]);
    expect(Math.abs(estimate.mean[0]! - mean)).toBeLessThan(0.02);
    expect(varianceOf(estimate, 0)).toBeGreaterThan(0.3 * variance);
    expect(varianceOf(estimate, 0)).toBeLessThan(3 * variance);
  });

  it('is not led astray by one lie in twenty', () => {
    const estimate = newEstimate(3);
    const honest = gauss(3);
    let i = 0;
    learn(estimate, [0.8, -0.5, 1.2], 2000, rich, { random: () => honest() + (i++ % 20 === 0 ? 100 : 0) });
    expect(estimate.mean[2]).toBeCloseTo(1.2, 1);
  });

  it('keeps a covariance that is one, whatever it is told', () => {
    const number = fc.double({ min: -5, max: 5, noNaN: true });
    const rows = fc.array(fc.tuple(number, number, number, number), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(rows, (all) => {
        const estimate = newEstimate(3);
        for (const [a, b, c, residual] of all) {
          const phi = Float64Array.of(a, b, c);
          observe(estimate, phi, residual, 0.01, 2.5, 1);
          forget(estimate, phi, 0.01, 0.95);
          for (let j = 0; j < 3; j++) bound(estimate, j, 1);
        }
        const { covariance: p } = estimate;
        for (let j = 0; j < 3; j++) {
          expect(p[j * 3 + j]).toBeGreaterThanOrEqual(0);
          expect(p[j * 3 + j]).toBeLessThanOrEqual(1 + 1e-9);
          for (let k = 0; k < j; k++) {
            expect(p[j * 3 + k]).toBe(p[k * 3 + j]);
            expect(Math.abs(p[j * 3 + k]!)).toBeLessThanOrEqual(Math.sqrt(p[j * 4]! * p[k * 4]!) + 1e-9);
          }
        }
        expect(estimate.mean.every(Number.isFinite)).toBe(true);
      }),
    );
  });
});

describe('bounds', () => {
  it('takes the others along as the covariance says when one is moved back inside', () => {
    const estimate = newEstimate(2);
    // Only the sum of the two is known: 2.
    for (let i = 0; i < 50; i++) {
      const phi = Float64Array.of(1, 1);
      observe(estimate, phi, 2 - estimate.mean[0]! - estimate.mean[1]!, 1e-4, 9, 9);
    }
    project(estimate, 0, 0.4);
    expect(estimate.mean[0]).toBe(0.4);
    expect(estimate.mean[1]).toBeCloseTo(1.6, 2);
  });

  it('knows the second when the first is given', () => {
    const estimate = newEstimate(2);
    observe(estimate, Float64Array.of(1, 1), 2, 1e-4, 9, 9);
    expect(Math.sqrt(varianceOf(estimate, 1))).toBeGreaterThan(0.5);
    condition(estimate, 0, 0.5);
    expect(estimate.mean[1]).toBeCloseTo(1.5, 3);
    expect(Math.sqrt(varianceOf(estimate, 1))).toBeLessThan(0.02);
    expect(varianceOf(estimate, 0)).toBe(0);
  });
});
