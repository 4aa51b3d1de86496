// More than half of the lines of ten seconds bad: that is noise. Less is not, and what is older does not count.
import { expect, test } from 'vitest';
import { createNoise } from '../../../src/sources/serial/noise.ts';

/** Lines at 10 Hz for so many seconds, of which a share is bad, evenly. */
function hear(seconds: number, badShare: number, noise = createNoise(false), fromMs = 0) {
  let owed = 0;
  let loudMs = Number.NaN;
  for (let i = 0; i < seconds * 10; i++) {
    owed += badShare;
    const bad = owed >= 1;
    if (bad) owed--;
    noise.heard(!bad, fromMs + i * 100);
    if (noise.loud && Number.isNaN(loudMs)) loudMs = i * 100;
  }
  return { noise, loudMs };
}

test('a third of the lines bad is no noise, however long', () => {
  expect(hear(120, 1 / 3).loudMs).toBeNaN();
});

test('just below half is none, just above is', () => {
  expect(hear(120, 0.47).loudMs).toBeNaN();
  expect(hear(120, 0.55).loudMs).toBeLessThan(10_000);
});

test('all lines bad is noise after the tenth, not before', () => {
  expect(hear(5, 1).loudMs).toBe(900);
});

test('a device that greets with nine odd lines is no noise', () => {
  const { noise } = hear(0.9, 1);
  expect(hear(5, 0, noise, 900).loudMs).toBeNaN();
});

test('good lines of long ago do not outweigh the bad ones of now', () => {
  const { noise } = hear(600, 0);
  const { loudMs } = hear(20, 1, noise, 600_000);
  expect(loudMs).toBeGreaterThan(4000);
  expect(loudMs).toBeLessThan(6000);
});

test('it ends with five good lines in a row; till then only lines that prove themselves are believed', () => {
  for (const proven of [false, true]) {
    const { noise } = hear(2, 1, createNoise(proven));
    const believed = Array.from({ length: 6 }, (_, i) => noise.heard(true, 2000 + i));
    expect(believed).toEqual([proven, proven, proven, proven, true, true]);
    expect(noise.loud).toBe(false);
  }
});

test('after an hour of silence nothing of before counts', () => {
  const { noise } = hear(0.9, 1);
  expect(noise.heard(false, 3_600_000)).toBe(false);
  expect(noise.loud).toBe(false);
});
