// Which days a machine is believed to rest on, from days of which some hours were seen.
import { describe, expect, it } from 'vitest';
import { drawCalendar, isOn } from '../../../src/core/forecast/calendar.ts';
import { profileOf } from '../../../src/core/forecast/load-book.ts';
import { newRandom } from '../../../src/core/forecast/random.ts';
import { lookAt } from '../../../src/core/forecast/seen-load.ts';
import { wearing } from '../wear/wearing.ts';
import { mondayMs, newMachine, run } from './machine.ts';

const hourMs = 3_600_000;

/** One shift a day from eight to four, watched from an hour of Monday on for so long; and what calendars may be then. */
function calendars(fromH: number, hours: number, idleDay = -1) {
  const machine = newMachine(wearing, {}, { startMs: mondayMs + fromH * hourMs, dtS: 60 });
  const shift = (timeMs: number) => {
    const hour = (timeMs - mondayMs) / hourMs;
    return { load: Math.floor(hour / 24) !== idleDay && hour % 24 >= 8 && hour % 24 < 16 ? 1 : 0 };
  };
  run(machine, hours, shift, 60);
  const seen = lookAt(profileOf(machine.book), new Float64Array(4).fill(1));
  const random = newRandom(5);
  const all = Array.from({ length: 200 }, () => drawCalendar(seen, machine.timeMs, random));
  const nowH = fromH + hours;
  /** In how many of them it is on at an hour since that Monday. */
  return (hour: number) => all.filter((each) => isOn(each, 6 * (hour - nowH))).length / all.length;
}

describe('a day of rest', () => {
  it('is none of which only the evening was seen, nor one whose shift has just begun', () => {
    // From Monday at five in the afternoon to Thursday at half past eight.
    const on = calendars(17, 63.5);
    expect(on(3 * 24 + 8.75)).toBe(1);
    expect(on(3 * 24 + 12)).toBe(1);
    expect(on(3 * 24 + 20)).toBe(0);
    expect(on(7 * 24 + 12)).toBe(1);
  });

  it('that was seen once in the week may have been a holiday; at the weekend it is the rule', () => {
    const on = calendars(0, 15 * 24 + 9, 8);
    // The second Tuesday was idle, the first and the third were not.
    expect(on(16 * 24 + 12)).toBe(1);
    const holiday = calendars(0, 7 * 24 + 9, 1);
    expect(holiday(8 * 24 + 12)).toBeGreaterThan(0.3);
    expect(holiday(8 * 24 + 12)).toBeLessThan(0.7);
    const weekend = calendars(0, 7 * 24 + 9, 5);
    expect(weekend(12 * 24 + 12)).toBe(0);
    expect(weekend(13 * 24 + 12)).toBe(1);
  });
});
