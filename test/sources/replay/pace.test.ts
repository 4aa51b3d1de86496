// When rows are played: as they were recorded, whatever happened to the clock that recorded them.
import { expect, test } from 'vitest';
import { newPace } from '../../../src/sources/replay/pace.ts';

const hour = 3_600_000;
const now = 1_767_225_600_000;

test('pauses are played, at the speed that was asked for', () => {
  const pace = newPace(hour, now, 10);
  expect([hour, hour + 100, 2 * hour].map((ms) => pace.dueMs(ms) - now)).toEqual([0, 10, hour / 10]);
});

test('a clock that was set back an hour neither plays that hour at once nor stops the play', () => {
  const pace = newPace(0, now, 1);
  const recorded = [
    ...Array.from({ length: 100 }, (_, i) => hour + i * 1000),
    ...Array.from({ length: 100 }, (_, i) => i * 1000),
  ];
  const due = recorded.map((ms) => pace.dueMs(ms) - now - hour);
  expect(due.slice(0, 100)).toEqual(recorded.slice(0, 100).map((ms) => ms - hour));
  // A few rows pass at once until it is sure; from then on each is a second after the one before.
  expect(due.slice(109).map((ms) => ms - due[109]!)).toEqual(recorded.slice(100, 191));
  expect(due[109]! - due[99]!).toBe(0);
});

test('single rows from the past, and rows out of order, change nothing', () => {
  const pace = newPace(0, now, 1);
  const recorded = [0, 5000, 4000, 10_000, -hour, -hour, 11_000, 12_000];
  expect(recorded.map((ms) => pace.dueMs(ms) - now)).toEqual(recorded);
});
