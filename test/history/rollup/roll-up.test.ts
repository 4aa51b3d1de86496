// Stretches are what their samples say, in whatever order and in how many parts these come.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Series } from '../../../src/core/sample.ts';
import { coarser, mergeRollups, noRollups, splitByChunk } from '../../../src/history/rollup/merge-rollups.ts';
import { rollUp } from '../../../src/history/rollup/roll-up.ts';
import type { Rollups } from '../../../src/ports/history.ts';
import { decimalSum, naiveRollups } from './naive.ts';
import { seriesOf } from './stretch-series.ts';

const seed = 20_261_121;
const startMs = 1_763_700_000_000;

/** In any order: minutes of samples, some of them Bad. */
const decimalRows = fc.nat(4).chain((decimals) =>
  fc
    .array(
      fc.tuple(
        fc.nat(100_000).map((ms) => startMs + ms),
        fc.oneof(
          { weight: 9, arbitrary: fc.integer({ min: -99_999, max: 99_999 }).map((k) => k / 10 ** decimals) },
          { weight: 1, arbitrary: fc.constant(Number.NaN) },
        ),
      ),
      { maxLength: 60 },
    )
    .map((rows) => ({ rows, decimals })),
);

function same(found: Rollups, series: Series, stepMs: number, decimals: number): void {
  const expected = naiveRollups(series, stepMs);
  expect(Array.from(found.startMs)).toEqual(expected.map((one) => one.startMs));
  expect(Array.from(found.count)).toEqual(expected.map((one) => one.count));
  expect(Array.from(found.bad)).toEqual(expected.map((one) => one.bad));
  const least = expected.map(({ values }) => (values.length > 0 ? Math.min(...values) : Number.NaN));
  const most = expected.map(({ values }) => (values.length > 0 ? Math.max(...values) : Number.NaN));
  // Which of the two zeros it is says nothing.
  expect(Array.from(found.min, (value) => value + 0)).toEqual(least.map((value) => value + 0));
  expect(Array.from(found.max, (value) => value + 0)).toEqual(most.map((value) => value + 0));
  expect(Array.from(found.sum, (value) => value + 0)).toEqual(
    expected.map(({ values }) => decimalSum(values, decimals) + 0),
  );
}

describe('stretches', () => {
  test('tell what a naive computation tells, whatever the order of the samples', () => {
    fc.assert(
      fc.property(decimalRows, ({ rows, decimals }) => {
        const series = seriesOf(rows);
        same(rollUp(series, 1000), series, 1000, decimals);
        same(rollUp(series, 60_000), series, 60_000, decimals);
      }),
      { seed, numRuns: 400 },
    );
  });

  test('are the same when the samples come in parts, and when a minute is made of seconds', () => {
    fc.assert(
      fc.property(decimalRows, fc.array(fc.nat(60), { maxLength: 4 }), ({ rows, decimals }, cuts) => {
        const series = seriesOf(rows);
        const edges = [0, ...cuts.filter((cut) => cut < rows.length).sort((a, b) => a - b), rows.length];
        let merged = noRollups;
        for (let k = 1; k < edges.length; k++) {
          merged = mergeRollups(merged, rollUp(series, 1000, edges[k - 1], edges[k]));
        }
        same(merged, series, 1000, decimals);
        same(coarser(merged, 60_000), series, 60_000, decimals);
      }),
      { seed, numRuns: 400 },
    );
  });

  test('keep a sum of tenths a number of tenths, in single precision too', () => {
    const tenths = Array.from({ length: 10 }, () => 0.1);
    const rows = (of: (value: number) => number) =>
      tenths.map((value, i) => [startMs + i, of(value)] as const);
    expect(rollUp(seriesOf(rows((value) => value)), 1000).sum[0]).toBe(1);
    expect(rollUp(seriesOf(rows(Math.fround)), 1000).sum[0]).toBe(1);
    const control = tenths.reduce((sum, value) => sum + value, 0);
    expect(control).not.toBe(1);
  });

  test('sum what is no decimal as it comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 50 }),
        (values) => {
          const found = rollUp(seriesOf(values.map((value, i) => [startMs + i, value])), 1000);
          const size = values.reduce((sum, value) => sum + Math.abs(value), 0);
          const sum = values.reduce((total, value) => total + value, 0);
          expect(Math.abs(found.sum[0]! - sum)).toBeLessThanOrEqual(size * 1e-14 + Number.MIN_VALUE);
        },
      ),
      { seed, numRuns: 200 },
    );
  });

  test('count Bad samples as Bad and as nothing else, and leave out a time that is none', () => {
    const found = rollUp(
      seriesOf([
        [startMs, Number.NaN],
        [startMs + 1500, 3],
        [Number.NaN, 7],
      ]),
      1000,
    );
    expect(found).toEqual({
      startMs: Float64Array.of(startMs, startMs + 1000),
      count: Float64Array.of(0, 1),
      bad: Float64Array.of(1, 0),
      min: Float64Array.of(Number.NaN, 3),
      max: Float64Array.of(Number.NaN, 3),
      sum: Float64Array.of(0, 3),
    });
  });

  test('are told apart by the row they belong to', () => {
    const hourMs = 3_600_000;
    const first = Math.floor(startMs / hourMs) * hourMs;
    const rows = [0, 10, 3599, 3600, 7200, 7201].map((s) => [first + s * 1000, 1] as const);
    const parts = splitByChunk(rollUp(seriesOf(rows), 1000), 1000);
    expect(parts.map((part) => Array.from(part.startMs, (ms) => (ms - first) / 1000))).toEqual([
      [0, 10, 3599],
      [3600],
      [7200, 7201],
    ]);
  });
});
