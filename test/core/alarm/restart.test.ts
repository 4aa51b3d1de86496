// What a restart keeps of alarms beside their state: the rhythm of what flaps, and the bound of a shelf whatever the clock said.
import { expect, test } from 'vitest';
import { rememberAlarms, restoreAlarms } from '../../../src/core/alarm/memory.ts';
import { bookOf, condition, counts, type TestBook } from './book-of.ts';

const hot = condition('hot');

/** The next run, `afterS` later by its clock. */
function restarted(one: TestBook, afterS: number): TestBook {
  const two = bookOf([hot]);
  restoreAlarms(two.book, JSON.parse(JSON.stringify(rememberAlarms(one.book))));
  two.after(Math.round(one.tick + afterS * 10));
  return two;
}

function flap(mill: TestBook, times: number): void {
  for (let k = 0; k < times; k++) {
    mill.set('hot', 1);
    mill.run(3);
    mill.set('hot', 0);
    mill.run(17);
  }
}

test('what flaps is held as before: a restart is no reason to clear it at the first gap', () => {
  const one = bookOf([hot]);
  flap(one, 6);
  const two = restarted(one, 5);
  one.changes.length = 0;
  flap(two, 10);
  expect(counts(two.changes)).toEqual({ restored: 1 });
  expect(two.alarm('hot')).toMatchObject({ state: 'raised', active: true, occurrence: 1 });
});

test('a rhythm of a time to come holds nothing for longer than once', () => {
  const one = bookOf([hot]);
  flap(one, 6);
  const two = restarted(one, -7200);
  two.set('hot', 0);
  two.run(2);
  two.set('hot', 1);
  two.run(2);
  two.set('hot', 0);
  two.run(6);
  expect(two.alarm('hot')).toMatchObject({ state: 'cleared' });
});

test('a shelf lasts no longer than is allowed, also when the clock was a year ahead', () => {
  const one = bookOf([hot]);
  one.set('hot', 1);
  one.run(2);
  one.ask({ alarm: 'hot', action: 'shelve', forS: 3600 });
  const two = restarted(one, -365 * 86_400);
  two.set('hot', 1);
  two.run(0.1);
  expect(two.alarm('hot')?.shelvedUntilMs).toBe(two.frame.timeMs + 8 * 3_600_000);
  two.run(8 * 3600, true);
  expect(two.alarm('hot')).toMatchObject({ state: 'raised', shelvedUntilMs: undefined });
});
