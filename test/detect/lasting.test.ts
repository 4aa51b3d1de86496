// Several voices become one score, and a flag of something that lasts holds on while it lasts, and no longer.
import { expect, test } from 'vitest';
import { holdRow, holdRowsMost, newHold } from '../../src/core/detect/ensemble/hold.ts';
import { concludeChorus, hearVoice, newChorus } from '../../src/core/detect/ensemble/voices.ts';
import { judgeOf } from '../../src/detect/judges.ts';
import { type Made, make } from './generator.ts';

const threshold = 0.5;

function held(scores: readonly number[]): boolean[] {
  const hold = newHold(threshold);
  return scores.map((score) => holdRow(hold, score));
}

const times = (count: number, score: number) => new Array<number>(count).fill(score);

test('one high row, and a few, hold nothing', () => {
  expect(held([...times(100, 0.2), 1, ...times(50, 0.2), 1, 1, 1, ...times(50, 0.2)])).not.toContain(true);
});

test('what has been high for a while is held through weaker rows, and ends soon after it is over', () => {
  const found = held([...times(100, 0.2), ...times(60, 0.7), ...times(40, 0.43), ...times(60, 0.15)]);
  expect(found.slice(0, 110)).not.toContain(true);
  expect(found.slice(140, 200)).not.toContain(false);
  expect(found.slice(212)).not.toContain(true);
});

test('what never ends is the new normal in the end, and what comes later is held again', () => {
  const found = held([...times(5000, 0.6), ...times(50, 0.1), ...times(80, 0.6)]);
  expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(holdRowsMost);
  expect(found.slice(holdRowsMost + 50, 5050)).not.toContain(true);
  expect(found.at(-1)).toBe(true);
});

/** What several voices say together; all but the last may lead. */
function together(...scores: number[]): { score: number; lead: number } {
  const chorus = newChorus(scores.length, scores.length - 1);
  for (const [k, score] of scores.entries()) hearVoice(chorus, k, score);
  concludeChorus(chorus);
  return { score: chorus.score, lead: chorus.lead };
}

test('the strongest leads, the others second it, and a second alone is not enough', () => {
  expect(together(0.3, 0.8, 0.1).lead).toBe(1);
  expect(together(0.3, 0.8, 0.6).score).toBeGreaterThan(together(0.3, 0.8, 0.1).score);
  expect(together(0.1, 0, 0.95).lead).toBe(0);
  expect(together(0.1, 0, 0.95).score).toBeLessThan(threshold + 0.1);
  expect(together(0, 0, 0).score).toBe(0);
  expect(together(1, 1, 1).score).toBeLessThanOrEqual(1);
});

function judged({ columns, names, label }: Made) {
  const judge = judgeOf(['ensemble'], { names, periodS: 1, limits: [], moded: false, threshold });
  const values = new Float64Array(columns.length);
  return Array.from(label, (_, row) => {
    for (let c = 0; c < columns.length; c++) values[c] = columns[c]![row]!;
    judge.judge(values, row * 1000, row === 0 ? 0 : 1, 0);
    const flag = judge.score >= threshold || judge.spoke;
    return { flag, word: judge.detector, shares: judge.shares.reduce((sum, share) => sum + share, 0) };
  });
}

test('a level that stays away is flagged while it does, with a word and columns in each row', () => {
  let [rows, flagged, before] = [0, 0, 0];
  for (const seed of [521, 522]) {
    const made = make({ shape: 'white', faults: ['level'], rows: 1600, seed });
    const found = judged(made);
    const [event] = made.events;
    rows += event!.to - event!.from;
    flagged += found.slice(event!.from, event!.to).filter(({ flag }) => flag).length;
    before += found.slice(0, event!.from).filter(({ flag }) => flag).length;
    for (const { flag, word, shares } of found) {
      if (flag && (word === '' || Math.abs(shares - 1) > 1e-9)) throw new Error(`"${word}" ${shares}`);
    }
  }
  expect(flagged / rows).toBeGreaterThan(0.9);
  expect(before).toBeLessThan(10);
});
