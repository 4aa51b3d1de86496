// Publishing by exception, and the limit of the dead letters.
import { describe, expect, test } from 'vitest';
import type { MachineLayout } from '../../../src/core/frame.ts';
import { Quality } from '../../../src/core/quality.ts';
import { createExceptions, type ExceptionRules } from '../../../src/sinks/mqtt/exception.ts';
import { createTokenBucket, createTokenBuckets } from '../../../src/sinks/mqtt/token-bucket.ts';
import { frameOf, machineOf } from '../../suites/scene.ts';

const temp = 3;

/** Which ticks publish the temperature, of readings one tick (100 ms) apart. */
function published(
  rules: Partial<ExceptionRules>,
  readings: readonly (number | [number, number])[],
  deadband?: number,
) {
  const plain = machineOf('press-1');
  const signals = plain.signals.map((spec, i) =>
    i === temp && deadband !== undefined ? { ...spec, deadband } : spec,
  );
  const machine: MachineLayout = { ...plain, signals };
  const exceptions = createExceptions(machine, { deadband: 0, minIntervalMs: 0, maxIntervalS: 60, ...rules });
  return readings.flatMap((reading, tick) => {
    const [value, quality] = typeof reading === 'number' ? [reading, Quality.good] : reading;
    const frame = frameOf(machine, tick, [0, 0, 0, value]);
    frame.quality[temp] = quality;
    const due: number[] = [];
    exceptions.due(frame, (signal) => due.push(signal));
    return due.includes(temp) ? [tick] : [];
  });
}

describe('publishing by exception', () => {
  test('the first value and every change', () => {
    expect(published({}, [40, 40, 40.01, 40.01, 40])).toEqual([0, 2, 4]);
  });

  test('a deadband in percent of the span, measured from what was published: creeping is seen', () => {
    // 2 % of 80.
    expect(published({ deadband: 2 }, [40, 41, 41.5, 41.6, 40.5, 43.2])).toEqual([0, 3, 5]);
  });

  test("a signal's own deadband is in its unit and goes before the percentage", () => {
    expect(published({ deadband: 50 }, [40, 40.4, 40.5, 40.9], 0.5)).toEqual([0, 2]);
  });

  test('a change of quality is always published, its flag bits are no change', () => {
    const shaken = (Quality.good | 0x0480) >>> 0;
    expect(
      published({ deadband: 50 }, [40, [40, Quality.uncertain], [40, shaken], [40, Quality.good]]),
    ).toEqual([0, 1, 2]);
  });

  test('a value that goes missing is published once, and so is its return', () => {
    const missing: [number, number] = [Number.NaN, Quality.badNoCommunication];
    expect(published({ deadband: 50, minIntervalMs: 500 }, [40, missing, missing, 40, 40])).toEqual([
      0, 1, 3,
    ]);
  });

  test('not more often than the shortest interval, and the last value is not lost', () => {
    expect(published({ minIntervalMs: 300 }, [1, 2, 3, 4, 5, 5, 5])).toEqual([0, 3, 6]);
  });

  test('again after the longest interval without a change', () => {
    expect(published({ maxIntervalS: 0.3 }, [1, 1, 1, 1, 1, 1, 1])).toEqual([0, 3, 6]);
  });
});

describe('the token bucket', () => {
  test('lets through its number at once, then its rate', () => {
    const bucket = createTokenBucket(5);
    const taken = (nowMs: number, tries: number) =>
      Array.from({ length: tries }, () => bucket.take(nowMs)).filter(Boolean).length;
    expect(taken(0, 20)).toBe(5);
    expect(taken(400, 20)).toBe(2);
    expect(taken(100_000, 20)).toBe(5);
    expect(taken(50_000, 20)).toBe(0);
  });

  test('less than one a second is still one now and then; zero is none', () => {
    const slow = createTokenBucket(0.5);
    expect([0, 1000, 2000, 3000, 4000].map((ms) => slow.take(ms))).toEqual([true, false, true, false, true]);
    expect(createTokenBucket(0).take(1e9)).toBe(false);
  });

  test('one source does not use up the letters of another', () => {
    const buckets = createTokenBuckets(1);
    expect([buckets.take('a', 0), buckets.take('a', 0), buckets.take('b', 0)]).toEqual([true, false, true]);
  });
});
