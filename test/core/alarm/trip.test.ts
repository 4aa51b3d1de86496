// Warning and trip over the ends of an alarm: what comes back is what stands now, whatever stood before, and no shelf hides a
// trip that nobody has seen.
import { expect, test } from 'vitest';
import { bookOf, condition } from './book-of.ts';

const hot = condition('hot');

function goneAfterTrip() {
  const mill = bookOf([hot]);
  mill.set('hot', 2);
  mill.run(2);
  mill.set('hot', 0);
  mill.run(6);
  expect(mill.alarm('hot')).toMatchObject({ state: 'cleared', trip: true });
  mill.told();
  return mill;
}

test('what was a trip and comes back as a warning is a warning', () => {
  const mill = goneAfterTrip();
  mill.set('hot', 1);
  mill.run(2);
  expect(mill.alarm('hot')).toMatchObject({ state: 'raised', trip: false, severity: 'medium' });
  expect(mill.alarm('hot')?.text).not.toMatch(/trip/);
  mill.ask({ alarm: 'hot', action: 'acknowledge' });
  mill.set('hot', 2);
  mill.run(2);
  expect(mill.alarm('hot')).toMatchObject({ state: 'raised', trip: true, severity: 'critical' });
  expect(mill.told('hot').filter((kind) => kind !== 'evidence')).toEqual([
    ...['returned', 'acknowledged', 'escalated'],
  ]);
});

test('and as a trip it is one still, told once', () => {
  const mill = goneAfterTrip();
  mill.set('hot', 2);
  mill.run(2);
  expect(mill.alarm('hot')).toMatchObject({ state: 'raised', trip: true, severity: 'critical' });
  expect(mill.told('hot')).toEqual(['returned']);
});

test.each([
  [1, undefined],
  [2, expect.any(Number)],
] as const)('shelved at level %i and over: a trip that comes then', (level, shelved) => {
  const mill = bookOf([hot]);
  mill.set('hot', level);
  mill.run(2);
  mill.ask({ alarm: 'hot', action: 'shelve', forS: 3600 });
  mill.set('hot', 0);
  mill.run(6);
  expect(mill.alarm('hot')).toMatchObject({ state: 'normal' });
  mill.set('hot', 2);
  mill.run(2);
  expect(mill.alarm('hot')).toMatchObject({ state: 'raised', trip: true, occurrence: 2 });
  expect(mill.alarm('hot')?.shelvedUntilMs).toEqual(shelved);
});

test('what ends a shelf by itself bears the name and the words of nobody', () => {
  const mill = bookOf([hot]);
  mill.set('hot', 1);
  mill.run(2);
  mill.ask({ alarm: 'hot', action: 'shelve', forS: 60, comment: 'fan is on order' });
  mill.run(61);
  const { alarm } = mill.changes.findLast(({ kind }) => kind === 'unshelved')!;
  expect([alarm.by, alarm.comment]).toEqual([undefined, undefined]);
  mill.ask({ alarm: 'hot', action: 'shelve', forS: 3600 });
  mill.set('hot', 2);
  mill.run(2);
  expect(mill.changes.findLast(({ kind }) => kind === 'unshelved')!.alarm.by).toBeUndefined();
});
