import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Affine, advance, newAffine } from '../../../src/core/models/affine.ts';
import { always } from './stand.ts';

function prepared(a: readonly number[], value: readonly number[], b: readonly number[]): Affine {
  const affine = newAffine();
  affine.a.set(a);
  affine.value.set(value);
  slopeAgain(affine, b);
  return affine;
}

function slopeAgain({ a, value, slope }: Affine, b: readonly number[]): void {
  for (let row = 0; row < 3; row++) {
    const flow = a[3 * row]! * value[0]! + a[3 * row + 1]! * value[1]! + a[3 * row + 2]! * value[2]!;
    slope[row] = flow + b[row]!;
  }
}

const entry = fc.double({ min: 0, max: 1, noNaN: true });

/** Three nodes that exchange heat and lose some: every such matrix is stable. */
const network = fc
  .array(entry, { minLength: 6, maxLength: 6 })
  .map(([ab, bc, ac, a0, b0, c0]) => [
    ...[-(ab! + ac! + a0!), ab!, ac!],
    ...[ab!, -(ab! + bc! + b0!), bc!],
    ...[ac!, bc!, -(ac! + bc! + c0!)],
  ]);
const vector = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 3 });

describe('three nodes', () => {
  it('follow the exponential, alone, at any step', () => {
    for (const h of [1e-6, 0.01, 0.4, 0.6, 3, 50, 1e4, 1e9]) {
      const affine = prepared([-0.5, 0, 0, 0, -0.02, 0, 0, 0, 0], [100, 50, 7], [10, 0, 0.25]);
      advance(affine, h);
      const decay = (rate: number) => -Math.expm1(-rate * h) / rate;
      expect(affine.value[0]).toBeCloseTo(20 + 80 * Math.exp(-0.5 * h), 9);
      expect(affine.value[1]).toBeCloseTo(50 * Math.exp(-0.02 * h), 9);
      expect(affine.value[2]! / (7 + 0.25 * h)).toBeCloseTo(1, 9);
      expect(affine.mean[0]).toBeCloseTo(20 + (80 * decay(0.5)) / h, 9);
      expect(affine.mean[1]).toBeCloseTo((50 * decay(0.02)) / h, 9);
      expect(affine.mean[2]! / (7 + 0.125 * h)).toBeCloseTo(1, 9);
    }
  });

  it('end in one long step where many short ones do, and have the same mean', () => {
    always(
      fc.property(network, vector, vector, fc.double({ min: 0.01, max: 300, noNaN: true }), (a, t, b, h) => {
        const once = prepared(a, t, b);
        advance(once, h);
        const often = prepared(a, t, b);
        const sum = [0, 0, 0];
        for (let i = 0; i < 1024; i++) {
          slopeAgain(often, b);
          advance(often, h / 1024);
          for (let node = 0; node < 3; node++) sum[node]! += often.mean[node]! / 1024;
        }
        for (let node = 0; node < 3; node++) {
          const scale = 1 + Math.abs(often.value[node]!) + Math.abs(sum[node]!);
          expect(Math.abs(once.value[node]! - often.value[node]!) / scale).toBeLessThan(1e-10);
          expect(Math.abs(once.mean[node]! - sum[node]!) / scale).toBeLessThan(1e-10);
        }
      }),
      60,
    );
  });

  it('keep the energy over any step: inflow less outflow by the means is what is stored', () => {
    always(
      fc.property(network, vector, vector, fc.double({ min: 1e-4, max: 1e5, noNaN: true }), (a, t, b, h) => {
        const affine = prepared(a, t, b);
        advance(affine, h);
        for (let row = 0; row < 3; row++) {
          const terms = [0, 1, 2].map((column) => a[3 * row + column]! * affine.mean[column]!);
          const net = terms.reduce((sum, term) => sum + term, b[row]!) * h;
          const gross = terms.reduce((sum, term) => sum + Math.abs(term), Math.abs(b[row]!)) * h;
          expect(Math.abs(affine.value[row]! - t[row]! - net)).toBeLessThan(1e-9 * (gross + 1));
        }
      }),
    );
  });
});
