// The clock by which things get old: it believes no leap before it has stood for an hour.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AgeClock,
  isBelievable,
  isSet,
  lookAtClock,
  settleMs,
  startAgeClock,
} from '../../../src/history/upkeep/age-clock.ts';

const startMs = 1_780_000_000_000;
const dayMs = 86_400_000;
const yearMs = 365 * dayMs;

/** Looks each second. */
function live(clock: AgeClock, fromMs: number, forMs: number, everyMs = 1000): AgeClock {
  let now = clock;
  for (let ms = fromMs + everyMs; ms <= fromMs + forMs; ms += everyMs) now = lookAtClock(now, ms);
  return now;
}

describe('the clock of ages', () => {
  test('goes with gateway time', () => {
    const clock = live(startAgeClock(startMs, startMs - 5000), startMs, 60_000);
    expect(clock.trustedMs).toBe(startMs + 60_000);
  });

  test('goes on as before when time leaps ahead, and follows after an hour', () => {
    const before = live(startAgeClock(startMs, Number.NaN), startMs, 10_000);
    const leapt = lookAtClock(before, startMs + yearMs);
    expect(leapt.trustedMs).toBeLessThan(startMs + 2 * 60_000);
    const soon = live(leapt, startMs + yearMs, settleMs / 2);
    expect(soon.trustedMs).toBeLessThan(startMs + settleMs);
    const later = live(soon, startMs + yearMs + settleMs / 2, settleMs / 2 + 1000);
    expect(later.trustedMs).toBe(startMs + yearMs + settleMs + 1000);
  });

  test('a leap that is taken back within the hour was none', () => {
    const leapt = lookAtClock(startAgeClock(startMs, Number.NaN), startMs + yearMs);
    const long = live(leapt, startMs + yearMs, settleMs - 10_000);
    const back = lookAtClock(long, startMs + settleMs);
    expect(back.trustedMs).toBeLessThanOrEqual(startMs + settleMs);
    expect(live(back, startMs + settleMs, settleMs).trustedMs).toBeLessThanOrEqual(startMs + 2 * settleMs);
  });

  test('two leaps: the hour counts from the second', () => {
    let clock = lookAtClock(startAgeClock(startMs, Number.NaN), startMs + 20 * 60_000);
    clock = live(clock, startMs + 20 * 60_000, settleMs - 60_000);
    clock = lookAtClock(clock, startMs + yearMs);
    clock = live(clock, startMs + yearMs, 120_000);
    expect(clock.trustedMs).toBeLessThan(startMs + 2 * settleMs);
  });

  test('after a pause it begins where the file ends', () => {
    const clock = startAgeClock(startMs, startMs - 40 * dayMs);
    expect(clock.trustedMs).toBe(startMs - 40 * dayMs);
    expect(live(clock, startMs, settleMs + 1000).trustedMs).toBe(startMs + settleMs + 1000);
  });

  test('a last receipt of 1970, or of a time to come, says nothing', () => {
    expect(startAgeClock(startMs, 5000).trustedMs).toBe(startMs);
    expect(startAgeClock(startMs, startMs + yearMs).trustedMs).toBe(startMs);
  });

  test('1970 is no time', () => {
    expect(isSet(startAgeClock(5000, Number.NaN))).toBe(false);
    expect(isSet(startAgeClock(startMs, Number.NaN))).toBe(true);
    const clock = startAgeClock(startMs, Number.NaN);
    expect(
      [5000, startMs - yearMs, startMs + 1000, startMs + 2 * dayMs].map((ms) => isBelievable(clock, ms)),
    ).toEqual([false, true, true, false]);
  });

  test('gains on nothing: never ahead of gateway time, and by no more than a minute a look before it settles', () => {
    const steps = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: -yearMs, max: yearMs })),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let clock = startAgeClock(startMs, Number.NaN);
        let now = startMs;
        for (const step of list) {
          const before = clock.trustedMs;
          now += step;
          clock = lookAtClock(clock, now);
          expect(clock.trustedMs).toBeLessThanOrEqual(now);
          // At most 60 looks of at most a minute each do not make an hour together with ordinary steps of seconds.
          expect(clock.trustedMs - before).toBeLessThanOrEqual(Math.max(60_000, settleMs));
        }
      }),
      { seed: 5 },
    );
  });
});
