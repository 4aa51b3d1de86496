// What the detectors are made of: sizes and their tail, innovations, middles. Against what is known of them in theory.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countSize,
  halveSizes,
  newHistogram,
  sizeAbove,
  sizesOf,
  takeSizes,
} from '../../../src/core/detect/histogram.ts';
import { findInnovation, newInnovations, newPast } from '../../../src/core/detect/innovation.ts';
import { newLearning, usualLearning } from '../../../src/core/detect/learning.ts';
import { learnMiddle, newMiddle, settled, straying } from '../../../src/core/detect/middle.ts';
import { normalPower, sigmasBeyond, sizePassed } from '../../../src/core/detect/tail.ts';
import { uniformFrom } from '../../../src/core/fit/random.ts';
import { type Course, courses, normalFrom } from '../../suites/detector-stream.ts';

describe('sizes', () => {
  test('any quantile of numbers within five octaves lies within a bin of the true one', () => {
    const size = fc.double({ min: 3, max: 96, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 20, maxLength: 200 }),
        fc.double({ min: 0.05, max: 0.9, noNaN: true }),
        (all, share) => {
          const histogram = newHistogram(2);
          for (const each of all) countSize(histogram, 1, each);
          const found = sizeAbove(histogram, 1, share);
          const least = all.filter((each) => each > found * 1.26).length;
          const most = all.filter((each) => each >= found / 1.26).length;
          expect(least).toBeLessThanOrEqual(share * all.length);
          expect(most).toBeGreaterThanOrEqual(share * all.length - 1e-9);
          expect(sizeAbove(histogram, 0, share)).toBe(0);
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  test('one absurd number first or last costs nothing in the long run', () => {
    const uniform = uniformFrom(5);
    const histogram = newHistogram(1);
    countSize(histogram, 0, 1e-3);
    for (let i = 0; i < 5000; i++) countSize(histogram, 0, i === 200 ? 1e300 : 1 + uniform());
    expect(sizeAbove(histogram, 0, 0.5)).toBeCloseTo(1.5, 1);
    halveSizes(histogram, 0);
    expect(sizeAbove(histogram, 0, 0.1)).toBeCloseTo(1.9, 1);
  });

  test('what is remembered of it gives the same quantiles', () => {
    const normal = normalFrom(6);
    const histogram = newHistogram(1);
    for (let i = 0; i < 3000; i++) countSize(histogram, 0, i % 3 === 0 ? 0 : Math.abs(normal()));
    const copy = newHistogram(1);
    expect(takeSizes(copy, 0, JSON.parse(JSON.stringify(sizesOf(histogram, 0))))).toBe(true);
    for (const share of [0.01, 0.1, 0.5])
      expect(sizeAbove(copy, 0, share)).toBe(sizeAbove(histogram, 0, share));
    for (const wrong of [
      [],
      [0, 0, 0, 70],
      [1, 1, 1, 60, 1, 2, 3, 4, 5],
      [0, 0, Number.NaN, 0],
      [0, -1, 5, 0, 6],
    ]) {
      expect(takeSizes(copy, 0, wrong)).toBe(false);
    }
    expect(sizeAbove(copy, 0, 0.1)).toBe(sizeAbove(histogram, 0, 0.1));
  });
});

describe('tails', () => {
  test.each([
    [0.022_750_132, 2],
    [0.001_349_898, 3],
    [2.866_516e-7, 5],
    [9.865_876e-10, 6],
  ])('normal numbers pass with probability %d %d sigmas', (p, sigmas) => {
    expect(sigmasBeyond(p)).toBeCloseTo(sigmas, 3);
  });

  test('what has been seen of normal and of exponential numbers says how far they go once in a billion', () => {
    const normal = normalFrom(8);
    const uniform = uniformFrom(8);
    const [gauss, exponential] = [newHistogram(1), newHistogram(1)];
    for (let i = 0; i < 20_000; i++) {
      countSize(gauss, 0, Math.abs(normal()));
      countSize(exponential, 0, -Math.log(1 - uniform()));
    }
    // Of both sides: 6.1 sigmas; of an exponential 20.7.
    expect(sizePassed(gauss, 0, 1e-9, normalPower)).toBeGreaterThan(6.1);
    expect(sizePassed(gauss, 0, 1e-9, normalPower)).toBeLessThan(7.5);
    expect(sizePassed(exponential, 0, 1e-9, normalPower)).toBeGreaterThan(18);
    expect(sizePassed(exponential, 0, 1e-9, normalPower)).toBeLessThan(25);
  });

  test('few say less than many: the bound is wider', () => {
    const normal = normalFrom(9);
    const histogram = newHistogram(1);
    for (let i = 0; i < 300; i++) countSize(histogram, 0, Math.abs(normal()));
    expect(sizePassed(histogram, 0, 1e-9, normalPower)).toBeGreaterThan(6.1);
    expect(sizePassed(histogram, 0, 1e-9, normalPower, 10)).toBeGreaterThan(
      sizePassed(histogram, 0, 1e-9, normalPower),
    );
  });
});

/** Innovations of a course, after `from` views. */
function innovations(course: Course, views: number, from: number): { sigma: number; all: number[] } {
  const [known, past] = [newInnovations(1), newPast(1)];
  const all: number[] = [];
  const newest = new Float64Array(1);
  for (let t = 0; t < views; t++) {
    newest[0] = course(t);
    findInnovation(known, past, 0, newest, true, 1e6);
    if (t >= from) all.push(past.sigmas[0]!);
  }
  return { sigma: known.sigma[0]!, all };
}

function correlation(all: readonly number[], lag: number): number {
  const mean = all.reduce((sum, z) => sum + z, 0) / all.length;
  const product = (k: number) =>
    all.reduce((sum, z, i) => sum + (i >= k ? (z - mean) * (all[i - k]! - mean) : 0), 0);
  return product(lag) / product(0);
}

describe('innovations', () => {
  test.each([
    ['white noise', courses.white(1), 2],
    ['what follows itself with 0.9', courses.correlated(2, 0.9), Math.sqrt(1 - 0.81)],
    ['a walk', courses.walk(3), 1],
  ])('of %s are white, and of one sigma', (_, course, sigma) => {
    const { sigma: found, all } = innovations(course, 12_000, 2000);
    expect(found / sigma).toBeGreaterThan(0.93);
    expect(found / sigma).toBeLessThan(1.07);
    for (const lag of [1, 2, 5]) expect(Math.abs(correlation(all, lag))).toBeLessThan(0.05);
  });

  test('a swing without noise holds nothing new', () => {
    const { sigma } = innovations((t) => 1e6 + 10 * Math.sin(t / 45), 4000, 2000);
    expect(sigma).toBeLessThan(0.01);
  });

  test('whatever the unit and the zero, they are the same', () => {
    const plain = innovations(courses.correlated(4), 4000, 3000).all;
    for (const [unit, zero] of [
      [1e-9, 0],
      [1e9, -3e10],
      [1, 1e6],
    ] as const) {
      const course = courses.correlated(4);
      const { all } = innovations((t) => zero + unit * course(t), 4000, 3000);
      const furthest = Math.max(...all.map((z, i) => Math.abs(z - plain[i]!)));
      expect(furthest).toBeLessThan(0.1);
    }
  });
});

describe('middles', () => {
  const learn = (course: Course, views: number) => {
    const middle = newMiddle(1);
    const learning = newLearning({ columns: 1, modes: 1, periodS: 0.1 }, usualLearning);
    for (let t = 0; t < views; t++) learnMiddle(middle, 0, Float64Array.of(course(t)), learning);
    return middle;
  };

  test('median and sigma are those of the numbers, a tenth of them absurd or not', () => {
    const clean = courses.white(1);
    for (const course of [courses.white(1), (t: number) => (t % 10 === 7 && t > 100 ? 1e6 : clean(t))]) {
      const { median, sigma } = learn(course, 8000);
      // A tenth on one side moves the median itself by 0.28; it is known to 0.15.
      expect(Math.abs(median[0]! - 5)).toBeLessThan(0.73);
      expect(sigma[0]).toBeGreaterThan(1.8);
      expect(sigma[0]).toBeLessThan(3.2);
    }
  });

  test('a slow swing is settled when it has gone round, not when it has been watched for long', () => {
    const slow = (t: number) => Math.sin(t / 2000);
    expect(settled(learn(slow, 4000), 0, 30)).toBeLessThan(0.2);
    expect(settled(learn(courses.white(2), 4000), 0, 30)).toBe(1);
    const constant = learn(() => 4, 4000);
    expect([settled(constant, 0, 30), straying(constant, 0, 4)]).toEqual([0, 0]);
    expect(straying(constant, 0, 5)).toBeNaN();
  });
});
