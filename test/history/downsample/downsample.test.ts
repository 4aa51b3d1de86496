// Thinned out lines: few enough points, in order, nothing made up; min-max loses no peak and no gap.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lttb } from '../../../src/history/downsample/lttb.ts';
import { minMax } from '../../../src/history/downsample/min-max.ts';
import type { PointColumns } from '../../../src/history/downsample/points.ts';
import type { HistoryPoints } from '../../../src/ports/history.ts';

const seed = 20_261_121;
const badCode = 0x80310000;
const startMs = 1_763_700_000_000;

function columnsOf(values: readonly number[], stepsMs: readonly number[] = []): PointColumns {
  let timeMs = startMs;
  return {
    length: values.length,
    timeMs: Float64Array.from(values, (_, i) => {
      timeMs += stepsMs[i] ?? 100;
      return timeMs;
    }),
    value: Float64Array.from(values),
    quality: Uint32Array.from(values, (value) => (Number.isNaN(value) ? badCode : 0)),
  };
}

const line = fc
  .tuple(
    fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 300 }),
    fc.array(fc.constantFrom(0, 1, 100, 100, 100, 60_000), { maxLength: 300 }),
    fc.array(fc.nat(299), { maxLength: 20 }),
    fc.boolean(),
  )
  .map(([values, stepsMs, bad, anyBad]) => {
    if (anyBad) for (const i of bad) if (i < values.length) values[i] = Number.NaN;
    return columnsOf(values, stepsMs);
  });
const points = fc.nat(320);

function isThinned(found: HistoryPoints, of: PointColumns, most: number): void {
  expect(found.timeMs.length).toBeLessThanOrEqual(most);
  expect(found.samples).toBe(of.length);
  expect([found.value.length, found.quality.length]).toEqual([found.timeMs.length, found.timeMs.length]);
  // Each is one of the samples, and they are in their order: so times never go back.
  let k = 0;
  for (let i = 0; i < of.length && k < found.timeMs.length; i++) {
    const isIt = found.timeMs[k] === of.timeMs[i] && Object.is(found.value[k], of.value[i]);
    if (isIt && found.quality[k] === of.quality[i]) k++;
  }
  expect(k).toBe(found.timeMs.length);
  if (most >= 2 && of.length > 0) {
    expect(found.timeMs[0]).toBe(of.timeMs[0]);
    expect(found.timeMs.at(-1)).toBe(of.timeMs[of.length - 1]);
  }
  if (of.length <= most) expect(found.timeMs.length).toBe(of.length);
}

describe('min-max', () => {
  test('gives some of the samples in their order, the first and the last, and never too many', () => {
    fc.assert(
      fc.property(line, points, (of, most) => isThinned(minMax(of, most), of, most)),
      { seed, numRuns: 500 },
    );
  });

  test('keeps the least and the most of all, and a gap where there is one', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 5, max: 320 }), (of, most) => {
        const good = of.value.filter((value) => !Number.isNaN(value));
        const found = minMax(of, most);
        const kept = found.value.filter((value) => !Number.isNaN(value));
        expect(Math.min(...kept)).toBe(Math.min(...good));
        expect(Math.max(...kept)).toBe(Math.max(...good));
        if (good.length < of.length) expect(kept.length).toBeLessThan(found.value.length);
      }),
      { seed, numRuns: 500 },
    );
  });

  test('keeps each of many short peaks of a long flat line', () => {
    const values = new Array<number>(10_000).fill(1);
    const peaks = [17, 1234, 5678, 9876];
    for (const at of peaks) values[at] = 50 + at;
    const found = minMax(columnsOf(values), 100);
    expect(peaks.every((at) => found.value.includes(50 + at))).toBe(true);
    // A sample out of each hundred would have lost them all.
    expect(values.filter((_, i) => i % 100 === 0).some((value) => value > 1)).toBe(false);
  });

  test('shows an outage, though all before and after it is dense', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i >= 500 && i < 510 ? Number.NaN : i));
    const found = minMax(columnsOf(values), 50);
    const gap = found.value.findIndex((value) => Number.isNaN(value));
    expect(found.timeMs[gap]).toBe(columnsOf(values).timeMs[500]);
    expect(found.quality[gap]).toBe(badCode);
  });
});

describe('largest triangle', () => {
  test('gives some of the samples in their order, the first and the last, and never too many', () => {
    fc.assert(
      fc.property(line, points, (of, most) => isThinned(lttb(of, most), of, most)),
      { seed, numRuns: 500 },
    );
  });

  test('keeps the corners of a line', () => {
    const values = Array.from({ length: 900 }, (_, i) => Math.abs(((i + 150) % 300) - 150));
    const found = lttb(columnsOf(values), 40);
    expect(found.timeMs.length).toBe(40);
    // Between the points the line is straight: it is nowhere far off.
    const of = columnsOf(values);
    let k = 0;
    for (let i = 0; i < values.length; i++) {
      while (k < found.timeMs.length - 2 && found.timeMs[k + 1]! < of.timeMs[i]!) k++;
      const share = (of.timeMs[i]! - found.timeMs[k]!) / (found.timeMs[k + 1]! - found.timeMs[k]!);
      const drawn = found.value[k]! + share * (found.value[k + 1]! - found.value[k]!);
      expect(Math.abs(drawn - values[i]!)).toBeLessThan(12);
    }
  });

  test('shows an outage', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i >= 300 && i < 600 ? Number.NaN : i % 7));
    const found = lttb(columnsOf(values), 60);
    expect(found.value.some((value) => Number.isNaN(value))).toBe(true);
    expect(found.timeMs.length).toBeLessThanOrEqual(60);
  });
});
