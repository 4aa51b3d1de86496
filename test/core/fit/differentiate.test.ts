import { describe, expect, test } from 'vitest';
import { lowPassAt, smooth } from '../../../src/core/fit/butterworth.ts';
import { differentiate, planDifferentiation } from '../../../src/core/fit/differentiate.ts';
import type { FitRecord } from '../../../src/core/fit/fit.ts';
import { piecesOf, stepOf } from '../../../src/core/fit/pieces.ts';
import { dice } from './dice.ts';

const over = (timeS: Float64Array, x: Float64Array, cuts: readonly number[] = []): FitRecord => ({
  timeS,
  columns: { x },
  segments: [0, ...cuts].map((from, k) => ({ from, to: cuts[k] ?? timeS.length, use: 'fit' as const })),
});

const grid = (rows: number, rateHz: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => i / rateHz);

/** Size and phase (in radians behind) of a sine of `omega` in `values`, edges left aside. */
function sineIn(timeS: Float64Array, values: Float64Array, omega: number, aside: number): [number, number] {
  let [c, s] = [0, 0];
  const periods = Math.floor(((timeS.at(-aside - 1)! - timeS[aside]!) * omega) / (2 * Math.PI));
  const end = timeS[aside]! + (periods * 2 * Math.PI) / omega;
  let rows = 0;
  for (let i = aside; i < timeS.length && timeS[i]! < end - 1e-9; i++) {
    c += values[i]! * Math.cos(omega * timeS[i]!);
    s += values[i]! * Math.sin(omega * timeS[i]!);
    rows++;
  }
  return [(2 * Math.hypot(c, s)) / rows, Math.atan2(s, c)];
}

const worst = (a: Float64Array, b: (i: number) => number, from: number, to: number): number => {
  let most = 0;
  for (let i = from; i < to; i++) most = Math.max(most, Math.abs(a[i]! - b(i)));
  return most;
};

describe('a low-pass forwards and backwards', () => {
  test('lets half the power through at its cutoff, all below, nothing above, without a shift', () => {
    const timeS = grid(4000, 1000);
    const through = (hz: number): [number, number] => {
      const wave = timeS.map((t) => Math.cos(2 * Math.PI * hz * t));
      return sineIn(timeS, smooth(wave, lowPassAt(0.05)), 2 * Math.PI * hz, 500);
    };
    expect(through(50)[0]).toBeCloseTo(Math.SQRT1_2, 2);
    expect(through(20)[0]).toBeCloseTo(1, 2);
    expect(through(200)[0]).toBeLessThan(1e-4);
    for (const hz of [10, 50, 80]) expect(Math.abs(through(hz)[1])).toBeLessThan(1e-3);
  });

  test('leaves a level and a slope as they are, edges included, however short the column', () => {
    for (const rows of [3, 4, 10, 1000]) {
      const slope = Float64Array.from({ length: rows }, (_, i) => 7 - 0.3 * i);
      expect(worst(smooth(slope, lowPassAt(0.01)), (i) => slope[i]!, 0, rows)).toBeLessThan(1e-6);
    }
  });
});

describe('derivatives', () => {
  test('of a sine: no shift of phase, and the size within 1 % in the pass band, at any rate', () => {
    for (const rateHz of [50, 1000]) {
      const timeS = grid(3000, rateHz);
      const cutoffHz = 0.1 * rateHz;
      const omega = 2 * Math.PI * 0.55 * cutoffHz;
      const x = timeS.map((t) => Math.sin(omega * t));
      const record = over(timeS, x);
      const pieces = piecesOf(record, [x], 1 / rateHz);
      const { first, second } = differentiate(pieces, x, { way: 'low-pass', cutoffHz, window: 0, degree: 0 });
      const [size, behind] = sineIn(timeS, first, omega, 200);
      expect(size / omega).toBeCloseTo(1, 2);
      expect(Math.abs(behind)).toBeLessThan(1e-3);
      const [bend, turned] = sineIn(timeS, second, omega, 200);
      expect(bend / omega ** 2).toBeCloseTo(1, 2);
      expect(Math.abs(turned)).toBeCloseTo(Math.PI / 2, 2);
    }
  });

  test('at the edges a slow motion is still within 3 %, and no edge is looked across', () => {
    const timeS = grid(1000, 500);
    const x = timeS.map((t, i) => (i < 500 ? Math.sin(3 * t + 1) : 50 + Math.sin(3 * t + 1)));
    const pieces = piecesOf(over(timeS, x, [500]), [x], 1 / 500);
    const { first } = differentiate(pieces, x, { way: 'low-pass', cutoffHz: 50, window: 0, degree: 0 });
    expect(worst(first, (i) => 3 * Math.cos(3 * timeS[i]! + 1), 0, 1000)).toBeLessThan(0.09);
  });

  test('a pause in the record cuts it, a few rows missing do not', () => {
    const whole = grid(2000, 1000);
    const kept = [...whole.keys()].filter((i) => (i < 700 || i >= 1200) && i % 97 !== 0);
    const timeS = Float64Array.from(kept, (i) => whole[i]!);
    const x = timeS.map((t) => Math.sin(20 * t));
    x[40] = Number.NaN;
    const record = over(timeS, x);
    const stepS = stepOf(record, 'fit');
    const pieces = piecesOf(record, [x], stepS);
    expect(pieces).toHaveLength(2);
    const { first } = differentiate(pieces, x, { way: 'low-pass', cutoffHz: 80, window: 0, degree: 0 });
    expect(first[40]).toBeNaN();
    const error = first.map((v, i) => (i === 40 ? 0 : v - 20 * Math.cos(20 * timeS[i]!)));
    expect(worst(error, () => 0, 50, pieces[0]!.rows.length - 50)).toBeLessThan(0.3);
  });

  test('slow or irregular samples go by a polynomial at their actual times', () => {
    const { uniform } = dice(31);
    let t = 0;
    const timeS = Float64Array.from({ length: 400 }, () => (t += 0.5 + uniform()));
    const x = timeS.map((at) => Math.sin(at / 8));
    const record = over(timeS, x);
    const stepS = stepOf(record, 'fit');
    const pieces = piecesOf(record, [x], stepS);
    const plan = planDifferentiation(pieces, x, stepS, { order: 2, name: 'position' });
    expect(plan).toMatchObject({ way: 'local' });
    expect(plan.why).toContain('slow samples');
    const { first, second } = differentiate(pieces, x, plan);
    expect(worst(first, (i) => Math.cos(timeS[i]! / 8) / 8, 5, 395)).toBeLessThan(0.01 / 8);
    expect(worst(second, (i) => -Math.sin(timeS[i]! / 8) / 64, 5, 395)).toBeLessThan(0.05 / 64);
  });

  test('segments too short to differentiate have no derivative, and short ones have one', () => {
    const timeS = grid(20, 100);
    const x = timeS.map((t) => 3 * t);
    const pieces = piecesOf(over(timeS, x, [2, 10]), [x], 0.01);
    const { first } = differentiate(pieces, x, { way: 'low-pass', cutoffHz: 10, window: 0, degree: 0 });
    expect([first[0], first[1]]).toEqual([Number.NaN, Number.NaN]);
    expect(worst(first, () => 3, 2, 20)).toBeLessThan(1e-6);
    const local = differentiate(pieces, x, { way: 'local', cutoffHz: 10, window: 5, degree: 3 }).first;
    expect(worst(local, () => 3, 2, 20)).toBeLessThan(1e-6);
    expect(local[0]).toBeNaN();
  });
});

describe('the cutoff nobody gave', () => {
  const timeS = grid(20_000, 1000);
  const motion = timeS.map(
    (t) => 0.2 * Math.sin(2 * Math.PI * 1.5 * t) + 0.01 * Math.sin(2 * Math.PI * 7 * t),
  );
  const planFor = (encoderStep: number) => {
    const x = motion.map((value) => Math.round(value / encoderStep) * encoderStep);
    const pieces = piecesOf(over(timeS, x), [x], 1e-3);
    const plan = planDifferentiation(pieces, x, 1e-3, { order: 2, name: 'position' });
    const { second } = differentiate(pieces, x, plan);
    let [error, power] = [0, 0];
    for (let i = 500; i < 19_500; i++) {
      const t = timeS[i]!;
      const [slow, fast] = [2 * Math.PI * 1.5, 2 * Math.PI * 7];
      const truth = -0.2 * slow ** 2 * Math.sin(slow * t) - 0.01 * fast ** 2 * Math.sin(fast * t);
      error += (second[i]! - truth) ** 2;
      power += truth ** 2;
    }
    return { plan, share: Math.sqrt(error / power) };
  };

  test('is lower for a coarser encoder, leaves the motion whole, and is explained', () => {
    const fine = planFor(1e-7);
    const coarse = planFor(2e-5);
    expect(coarse.plan.cutoffHz).toBeLessThan(fine.plan.cutoffHz);
    expect(coarse.plan.cutoffHz).toBeGreaterThan(10);
    for (const { share } of [fine, coarse]) expect(share).toBeLessThan(0.05);
    expect(coarse.plan.why).toMatch(/low-pass at [\d.]+ Hz: above it, noise of the position/);
  });

  test('says so when noise drowns everything', () => {
    const { normal } = dice(41);
    const x = timeS.map(() => normal());
    const pieces = piecesOf(over(timeS, x), [x], 1e-3);
    const { why } = planDifferentiation(pieces, x, 1e-3, { order: 2, name: 'position' });
    expect(why).toContain('drowns');
  });
});
