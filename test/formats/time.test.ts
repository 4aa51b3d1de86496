// Text to a time: what is no time of any day or zone is none, rather than another one.
import { describe, expect, test } from 'vitest';
import { zoneSchema } from '../../src/formats/tag.ts';
import { readClock, readMoment, readTime, zoneMinutes } from '../../src/formats/time.ts';

const read = (text: string, zoneMin = 0) => readTime(text, 'iso', zoneMin);
const noon = Date.UTC(2026, 10, 20, 12);

describe('an ISO time', () => {
  test.each([
    ['2026-11-20T12:00:00Z', noon],
    ['2026-11-20 12:00Z', noon],
    ['2026-11-20T13:00:00,5+01:00', noon + 500],
    ['2026-11-20T06:30:00-0530', noon],
    ['2026-11-20T11:59:60Z', noon],
    ['2026-11-20T24:00:00Z', noon + 12 * 3_600_000],
  ])('%s is one', (text, ms) => expect(read(text)).toBe(ms));

  test('without a zone has the one that is configured', () => {
    expect(read('2026-11-20T17:30:00', zoneMinutes('+05:30'))).toBe(noon);
  });

  test.each([
    '2026-11-20T24:00:01Z',
    '2026-11-20T24:30:00Z',
    '2026-11-20T24:00:00.001Z',
    '2026-11-20T25:00:00Z',
    '2026-11-20T12:60:00Z',
    '2026-11-20T12:00:61Z',
    '2026-02-29T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-11-20T12:00:00+24:00',
    '2026-11-20T12:00:00+01:60',
    '2026-11-20',
  ])('%s is none', (text) => expect(read(text)).toBeNaN());
});

describe('a time of day', () => {
  test.each([
    ['00:00', 0],
    ['9:05', 32_700_000],
    ['09:00:00.250', 32_400_250],
    ['23:59:59,9', 86_399_900],
  ])('%s is one', (text, ms) => expect(readClock(text)).toBe(ms));

  test.each(['24:00', '12:60', '12:00:61', '1200', '12:00 PM', '2026-11-20T12:00', ''])(
    '%s is none',
    (text) => expect(readClock(text)).toBeNaN(),
  );
});

test('a date alone is its midnight where the moment of a beginning is wanted', () => {
  expect(readMoment('2026-11-20', 0)).toBe(noon - 12 * 3_600_000);
  expect(readMoment('2026-11-20', zoneMinutes('+12:00'))).toBe(noon - 24 * 3_600_000);
  expect(readMoment('2026-11-20T12:00:00Z', zoneMinutes('+12:00'))).toBe(noon);
  expect(readMoment('2026-02-30', 0)).toBeNaN();
});

test.each(['+24:00', '+01:60', '01:00', 'UTC'])('%s is no zone to configure', (zone) => {
  expect(zoneSchema.safeParse(zone).success).toBe(false);
});
test.each(['Z', '+14:00', '-09:30'])('%s is one', (zone) => {
  expect(zoneSchema.safeParse(zone).success).toBe(true);
});
