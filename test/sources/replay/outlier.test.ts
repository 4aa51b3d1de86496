import { describe, expect, test } from 'vitest';
import { createOutliers } from '../../../src/sources/replay/outlier.ts';
import type { Row } from '../../../src/sources/replay/row.ts';

const day = 86_400_000;
const base = Date.UTC(2026, 0, 1);

/** The lines that pass and those that do not, of rows with these times, handed over so many at once. */
function sort(times: number[], at: number) {
  const rows = times.map((timeMs, i): Row => ({ line: i + 1, timeMs, content: [], fault: undefined }));
  const passed: number[] = [];
  const dropped: number[] = [];
  const outliers = createOutliers();
  const keep = (row: Row) => passed.push(row.line);
  const drop = (row: Row) => dropped.push(row.line);
  for (let i = 0; i < rows.length; i += at) outliers.pass(rows.slice(i, i + at), keep, drop);
  outliers.end(keep, drop);
  return { passed, dropped };
}

describe.each([1, 2, 100])('rows in batches of %i', (at) => {
  test('one that lies years ahead is dropped, those around it are not', () => {
    const times = [base, base + 100, base + 3000 * day, base + 200, base + 300];
    expect(sort(times, at)).toEqual({ passed: [1, 2, 4, 5], dropped: [3] });
  });

  test('a pause of a week passes', () => {
    const times = [base, base + 100, base + 7 * day, base + 7 * day + 100];
    expect(sort(times, at)).toEqual({ passed: [1, 2, 3, 4], dropped: [] });
  });

  test('rows a week apart pass, the last one too', () => {
    const times = [0, 1, 2, 3].map((week) => base + week * 7 * day);
    expect(sort(times, at)).toEqual({ passed: [1, 2, 3, 4], dropped: [] });
  });

  test('a first row of a clock that was not set yet is dropped', () => {
    expect(sort([100, base, base + 100, base + 200], at)).toEqual({ passed: [2, 3, 4], dropped: [1] });
  });

  test('a last row years ahead is dropped, and an only row is not', () => {
    expect(sort([base, base + 1, base + 3000 * day], at).dropped).toEqual([3]);
    expect(sort([base], at)).toEqual({ passed: [1], dropped: [] });
  });

  test('rows that go back pass: they are late, not wrong', () => {
    expect(sort([base, base + 10 * day, base + 10 * day + 1, base + 5], at).passed).toEqual([1, 2, 3, 4]);
  });
});
