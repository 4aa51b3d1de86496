// The waits between tries: growing, bounded, spread, and never less than the least.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Backoff, connected, failed, noBackoff } from '../../src/broker/backoff.ts';

const range = { minMs: 1000, maxMs: 60_000 };

function waits(count: number, random: () => number): number[] {
  let state: Backoff = noBackoff;
  return Array.from({ length: count }, (_, i) => {
    const { next, waitMs } = failed(state, i, range, random);
    state = next;
    return waitMs;
  });
}

describe('backoff', () => {
  test('the ceiling doubles from the least to the most', () => {
    expect(waits(8, () => 1)).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(waits(8, () => 0)).toEqual(Array(8).fill(1000));
  });

  test('every wait lies between the least and the most, for any luck and any number of failures', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.double({ min: 0, max: 1, noNaN: true }), (failures, luck) => {
        const { waitMs, next } = failed({ failures, upSinceMs: undefined }, 0, range, () => luck);
        expect(waitMs).toBeGreaterThanOrEqual(range.minMs);
        expect(waitMs).toBeLessThanOrEqual(range.maxMs);
        expect(next.failures).toBe(failures + 1);
      }),
    );
  });

  test('a link that was up for long starts anew; a flapping one goes on waiting longer', () => {
    const long = failed(connected({ failures: 7, upSinceMs: undefined }, 0), 60_000, range, () => 1);
    expect(long.waitMs).toBe(2000);
    const short = failed(connected({ failures: 7, upSinceMs: undefined }, 0), 5000, range, () => 1);
    expect(short.waitMs).toBe(60_000);
    expect(short.next.upSinceMs).toBeUndefined();
  });
});
