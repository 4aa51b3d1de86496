import { describe, expect, it } from 'vitest';
import { admitTag, Found, judge, newIntake } from '../../src/core/intake.ts';
import { Quality } from '../../src/core/quality.ts';
import type { TagSpec } from '../../src/core/sample.ts';

const now = Date.UTC(2026, 10, 20);

function intakeFor(spec: Partial<TagSpec> = {}) {
  const intake = newIntake(1);
  admitTag(intake, 0, { name: 't', unit: '', kind: 'number', ...spec });
  return (value: number, sourceMs = Number.NaN, receiveMs = now, quality: number = Quality.good) => {
    const found = judge(intake, 0, value, quality, sourceMs, receiveMs);
    return { found, timeMs: intake.timeMs, value: intake.value, quality: intake.quality };
  };
}

describe('the time of a sample', () => {
  it('is the source time when that can be believed', () => {
    expect(intakeFor()(1, now - 40)).toEqual({ found: 0, timeMs: now - 40, value: 1, quality: Quality.good });
  });
  it('is the receive time when the source gave none', () => {
    expect(intakeFor()(1)).toMatchObject({ found: 0, timeMs: now, quality: Quality.good });
  });
  it('before 2020 is an unsynchronised clock: receive time, Uncertain', () => {
    expect(intakeFor()(1, 12_000)).toMatchObject({
      found: Found.unsynced,
      timeMs: now,
      quality: Quality.uncertain,
    });
  });
  it('more than 5 s ahead is replaced, Uncertain', () => {
    expect(intakeFor()(1, now + 5001)).toMatchObject({
      found: Found.future,
      timeMs: now,
      quality: Quality.uncertain,
    });
    expect(intakeFor()(1, now + 4999)).toMatchObject({ found: 0, timeMs: now + 4999 });
  });
  it('more than a day ahead is Bad and never poisons what is latest', () => {
    expect(intakeFor()(1, now + 90_000_000)).toMatchObject({
      timeMs: now,
      value: Number.NaN,
      quality: Quality.badInvalidTimestamp,
    });
  });
});

describe('the value of a sample', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%s is no value and Bad',
    (value) => {
      expect(intakeFor()(value)).toMatchObject({ value: Number.NaN, quality: Quality.badOutOfRange });
    },
  );
  it('under a Bad code is dropped, the code kept', () => {
    expect(intakeFor()(5, now, now, Quality.badSensorFailure)).toMatchObject({
      value: Number.NaN,
      quality: Quality.badSensorFailure,
    });
  });
  it('outside the physical range is kept, Uncertain', () => {
    expect(intakeFor({ min: 0, max: 100 })(101)).toMatchObject({
      found: Found.outOfRange,
      value: 101,
      quality: Quality.uncertainEngineeringUnitsExceeded,
    });
  });
  it('that moved faster than it can is kept, Uncertain', () => {
    const take = intakeFor({ slewPerS: 10 });
    take(0, now, now);
    expect(take(5, now + 100, now + 100).found).toBe(Found.outOfRange);
    expect(take(6, now + 1100, now + 1100).found).toBe(0);
  });
});

describe('repeated samples', () => {
  it('with the same time and value count once', () => {
    const take = intakeFor();
    expect(take(1, now - 10).found).toBe(0);
    expect(take(1, now - 10).found).toBe(Found.duplicate);
  });
  it('with the same value at another time are samples', () => {
    const take = intakeFor();
    take(1, now - 10);
    expect(take(1, now - 5).found).toBe(0);
  });
  it('without a source time are samples, for nothing says they are the same', () => {
    const take = intakeFor();
    take(1);
    expect(take(1).found).toBe(0);
  });
  it('older than the last are late, at their own time', () => {
    const take = intakeFor();
    take(1, now - 10);
    expect(take(2, now - 20)).toMatchObject({ found: Found.late, timeMs: now - 20, value: 2 });
  });
});
