// Time since a device started: counters that are full, devices that restart, and both at almost the same time.
import { expect, test } from 'vitest';
import { newDeviceClock, stampOf } from '../../../src/sources/serial/device-clock.ts';

const wrap = 2 ** 32;
const start = 1_767_225_600_000;

/** Stamps of lines, as time after the first one, by [device time, time of receipt] in ms. */
function stamps(lines: readonly (readonly [number, number])[], ticksPerMs = 1): number[] {
  const clock = newDeviceClock(ticksPerMs);
  return lines.map(([deviceMs, ms]) => stampOf(clock, (deviceMs * ticksPerMs) % wrap, start + ms) - start);
}

test.each([1, 1000])('a counter of 32 bits that begins anew runs on (%i ticks a ms)', (ticksPerMs) => {
  const full = wrap / ticksPerMs;
  const lines = [-20, -10, 0, 10].map((ms) => [full + ms, ms + 20] as const);
  expect(stamps(lines, ticksPerMs).map(Math.round)).toEqual([0, 10, 20, 30]);
});

test('so it does in a burst of lines that were held up, and over a gap of lost lines', () => {
  const slow = [-60_000, -30_000, 0, 30_000].map((ms) => [wrap + ms, 0] as const);
  expect(stamps(slow)).toEqual([0, 30_000, 60_000, 90_000]);
  expect(
    stamps([
      [wrap - 100, 0],
      [wrap + 8000, 8100],
    ]),
  ).toEqual([0, 8100]);
});

test('a device that restarts shortly before its counter is full has restarted', () => {
  const lines = [
    [wrap - 30_020, 0],
    [wrap - 30_010, 10],
    [500, 1200],
    [510, 1210],
  ] as const;
  expect(stamps(lines)).toEqual([0, 10, 1200, 1210]);
});
