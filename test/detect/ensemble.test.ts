// The ensemble by itself: it never looks ahead, is the same every time, and bears anything.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeRow, newEnsemble, newJudgement, rowsNeeded } from '../../src/core/detect/ensemble/ensemble.ts';
import { findPeriod } from '../../src/core/detect/ensemble/season.ts';
import { learnSize, newTail, surpriseOf } from '../../src/core/detect/ensemble/tail.ts';
import { newChance } from './chance.ts';
import { make } from './generator.ts';

function scores(columns: readonly Float64Array[], rows: number): number[] {
  const ensemble = newEnsemble({ columns: columns.length, periodS: 1 });
  const judgement = newJudgement(columns.length);
  const values = new Float64Array(columns.length);
  return Array.from({ length: rows }, (_, row) => {
    for (let c = 0; c < columns.length; c++) values[c] = columns[c]![row]!;
    judgeRow(ensemble, values, row === 0 ? 0 : 1, judgement);
    const sum = judgement.shares.reduce((total, share) => total + share, 0);
    expect(sum === 0 || Math.abs(sum - 1) < 1e-9, `shares of row ${row}: ${sum}`).toBe(true);
    return judgement.score;
  });
}

test('a row is judged by those before it alone', () => {
  const { columns } = make({ shape: 'factors', faults: ['apart'], rows: 900, seed: 511 });
  const whole = scores(columns, 900);
  // Everything after row 500 is another record.
  const changed = columns.map((column) => column.map((value, row) => (row < 500 ? value : -value * 3)));
  expect(scores(changed, 500)).toEqual(whole.slice(0, 500));
  expect(scores(changed, 900).slice(500)).not.toEqual(whole.slice(500));
});

test('it says nothing before it knows anything', () => {
  const { columns } = make({ shape: 'white', faults: [], rows: 200, seed: 512 });
  expect(
    scores(columns, 200)
      .slice(0, rowsNeeded)
      .every((score) => score === 0),
  ).toBe(true);
});

test('any numbers, and none, give a score from 0 to 1', () => {
  const number = fc.oneof(
    fc.double({ noNaN: false }),
    fc.constant(Number.NaN),
    fc.constantFrom(0, 1, 1e300, -1e300, 5e-324, 1e9),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { minLength: 70, maxLength: 160 }), (rows) => {
      const columns = [0, 1].map((c) =>
        Float64Array.from(rows, (row) => (Number.isFinite(row[c]!) ? row[c]! : Number.NaN)),
      );
      for (const score of scores(columns, rows.length)) {
        if (!(score >= 0 && score <= 1)) throw new Error(`score ${score}`);
      }
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('a surprise of one in a thousand comes no more often than that, and comes', () => {
  const chance = newChance(513);
  const tail = newTail();
  let surprised = 0;
  for (let i = 0; i < 40_000; i++) {
    const size = Math.abs(chance.gauss());
    const found = surpriseOf(tail, size);
    if (i > 2000 && found >= 3) surprised++;
    learnSize(tail, size, found, 1);
  }
  expect(surprised).toBeGreaterThan(0);
  expect(surprised / 38).toBeLessThan(1.5);
});

test.each([7, 24, 50, 168, 288])('a period of %i rows is found, and none in noise', (period) => {
  const chance = newChance(514);
  const values = Float64Array.from(
    { length: 2048 },
    (_, i) => Math.sin((2 * Math.PI * i) / period) + 0.4 * chance.gauss(),
  );
  expect(Math.abs(findPeriod(values, 0, values.length) - period)).toBeLessThanOrEqual(period / 100 + 0.5);
  const noise = values.map(() => chance.gauss());
  expect(findPeriod(noise, 0, noise.length)).toBe(0);
});
