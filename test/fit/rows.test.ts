// Rows in order of time, cut at gaps, bridged and split: nothing lost, nothing made up.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutAndBridge } from '../../src/fit/cut.ts';
import { decimate } from '../../src/fit/decimate.ts';
import { unlagged } from '../../src/fit/late.ts';
import { inOrder } from '../../src/fit/order.ts';
import { setApart, spansOf } from '../../src/fit/segment.ts';
import { splitLast } from '../../src/fit/split.ts';

function rows(timeS: readonly number[], x: readonly number[] = timeS) {
  return { timeS: Float64Array.from(timeS), columns: new Map([['x', Float64Array.from(x)]]) };
}

describe('inOrder', () => {
  test('a late row is sorted in; a time that begins anew is a run', () => {
    const late = inOrder(rows([0, 1, 2, 4, 3, 5, 6]), undefined);
    expect([...late.timeS]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...late.columns.get('x')!]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(late).toMatchObject({ late: 1, restarts: 0, starts: [0] });
    const count = Array.from({ length: 100 }, (_, k) => k);
    const anew = inOrder(rows([...count, ...count]), undefined);
    expect(anew).toMatchObject({ late: 0, restarts: 1, starts: [0, 100], repeated: 0 });
  });

  test('a time that is said twice counts once, also where runs touch', () => {
    const told = inOrder(rows([0, 1, 1, 1, 2]), undefined);
    expect([...told.timeS]).toEqual([0, 1, 2]);
    expect(told.repeated).toBe(2);
    const two = inOrder(rows([0, 1, 1, 2]), Float64Array.of(1, 1, 2, 2));
    expect([...two.timeS]).toEqual([0, 1, 1, 2]);
    expect(two.starts).toEqual([0, 2]);
  });

  test('times ascend in every run, and no row comes from nowhere', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 120 }), (times) => {
        const out = inOrder(rows(times), undefined);
        for (const { from, to } of spansOf(out.starts, out.timeS.length)) {
          for (let row = from + 1; row < to; row++)
            expect(out.timeS[row]!).toBeGreaterThan(out.timeS[row - 1]!);
        }
        expect(out.timeS.length + out.repeated).toBe(times.length);
        expect(new Set(out.timeS)).toEqual(new Set(times));
        expect([...out.columns.get('x')!]).toEqual([...out.timeS]);
      }),
    );
  });
});

describe('cutAndBridge', () => {
  const use = (key: string, need: 'always' | 'sometimes') =>
    ({ key, need, mapping: {} }) as Parameters<typeof cutAndBridge>[1][number];

  test('a short hole is bridged, a long one and a gap cut; what may be missing stays missing', () => {
    const times = Array.from({ length: 60 }, (_, k) => (k < 40 ? k : k + 100));
    const x = times.map((t, k) => (k === 5 || (k >= 20 && k < 33) ? Number.NaN : 2 * t));
    const ordered = inOrder(rows(times, x), undefined);
    const cut = cutAndBridge(ordered, [use('x', 'always')], undefined);
    expect(cut.spans).toEqual([
      { from: 0, to: 20, apart: true },
      { from: 33, to: 40, apart: false },
      { from: 40, to: 60, apart: false },
    ]);
    expect(cut).toMatchObject({ stepS: 1, maxGapS: 10, gaps: 1, tooShort: 0 });
    expect(cut.rows.columns.get('x')![5]).toBe(10);
    const kept = cutAndBridge(inOrder(rows(times, x), undefined), [use('x', 'sometimes')], undefined);
    expect(kept.spans).toHaveLength(2);
    expect(kept.rows.columns.get('x')![5]).toBeNaN();
  });

  test('what is told seldom is bridged over its own steps', () => {
    const times = Array.from({ length: 101 }, (_, k) => k / 10);
    const seldom = times.map((t, k) => (k % 50 === 0 ? t : Number.NaN));
    const cut = cutAndBridge(inOrder(rows(times, seldom), undefined), [use('x', 'always')], undefined);
    expect(cut.spans).toMatchObject([{ from: 0, to: 101 }]);
    expect(cut.rows.columns.get('x')![25]).toBeCloseTo(2.5, 9);
  });
});

test('what is written out with the newest row first is read in the order of its times', () => {
  const out = inOrder(rows([12, 11, 10, 9, 8, 7, 7, 5, 4, 3, 2, 1, 0, 0.5]), undefined);
  expect([...out.timeS]).toEqual([0, 0.5, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]);
  expect([...out.columns.get('x')!]).toEqual([...out.timeS]);
  expect(out).toMatchObject({ reversed: true, restarts: 0, repeated: 1 });
  expect(inOrder(rows([0, 1, 2, 0, 1, 2]), undefined).reversed).toBe(false);
});

test('a border of what is learnt from is none of a run', () => {
  const spans = [
    { from: 0, to: 10, apart: true },
    { from: 10, to: 20, apart: true },
  ];
  expect(splitLast(spans, 0.25)).toEqual([
    { from: 0, to: 10, use: 'fit', apart: true },
    { from: 10, to: 15, use: 'fit', apart: true },
    { from: 15, to: 20, use: 'validation', apart: false },
  ]);
});

test('what comes late is put where it belongs, and nothing is taken from another segment', () => {
  const timeS = Float64Array.from({ length: 20 }, (_, k) => (k < 10 ? k : k + 5));
  const segments = [
    { from: 0, to: 10, use: 'fit' as const },
    { from: 10, to: 20, use: 'validation' as const },
  ];
  const late = timeS.map((t) => 3 * (t - 0.25));
  const out = unlagged({ timeS, segments, columns: {} }, late, 0.25);
  const edges = [9, 19];
  for (const [row, t] of timeS.entries()) {
    if (edges.includes(row)) expect(out[row]).toBeNaN();
    else expect(out[row]).toBeCloseTo(3 * t, 9);
  }
  const early = unlagged({ timeS, segments, columns: {} }, late, -0.5);
  expect([early[0], early[10]]).toEqual([Number.NaN, Number.NaN]);
  expect(early[5]).toBeCloseTo(3 * 4.25, 9);
});

test('runs that lie over each other are told one after the other', () => {
  const times = [0, 1, 2, 0, 1, 2, 100, 101];
  const runs = [
    { from: 0, to: 3 },
    { from: 3, to: 6 },
    { from: 6, to: 8 },
  ];
  const apart = setApart(Float64Array.from(times), runs, 20);
  expect([...apart.timeS]).toEqual([0, 1, 2, 22, 23, 24, 100, 101]);
  expect(apart.moved).toBe(1);
  expect(setApart(Float64Array.of(0, 1, 50), [runs[0]!], 20).moved).toBe(0);
});

test('splitLast keeps the last share back, and every row in one piece', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      (lengths, share) => {
        const ends = lengths.map((_, k) => lengths.slice(0, k + 1).reduce((sum, length) => sum + length, 0));
        const spans = ends.map((to, k) => ({ from: ends[k - 1] ?? 0, to }));
        const at = ends.at(-1)!;
        const parts = splitLast(spans, share);
        const rowsOf = (use: string) =>
          parts.filter((part) => part.use === use).reduce((sum, { from, to }) => sum + to - from, 0);
        expect(rowsOf('fit') + rowsOf('validation')).toBe(at);
        expect(rowsOf('validation')).toBe(at - Math.round(at * (1 - share)));
        const border = parts.findIndex(({ use }) => use === 'validation');
        if (border >= 0) expect(parts.slice(border).every(({ use }) => use === 'validation')).toBe(true);
      },
    ),
  );
});

test('a decimated line keeps the least and the most, in few points', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 3000 }),
      fc.integer({ min: 2, max: 100 }),
      (values, cells) => {
        const x = Float64Array.from(values, (_, k) => k);
        const y = Float64Array.from(values);
        const [line] = decimate(x, y, [{ from: 0, to: y.length }], [0, y.length - 1], cells);
        const ys = line!.points.filter((_, k) => k % 2 === 1);
        expect(Math.max(...ys)).toBe(Math.max(...values));
        expect(Math.min(...ys)).toBe(Math.min(...values));
        expect(ys.length).toBeLessThanOrEqual(Math.max(3 * (cells + 1), 2 * cells + 2));
        const xs = line!.points.filter((_, k) => k % 2 === 0);
        expect(xs).toEqual([...xs].sort((a, b) => a - b));
      },
    ),
  );
});
