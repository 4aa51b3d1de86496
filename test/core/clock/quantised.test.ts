// Stamps that went through a float32: minutes apart, so they say nothing; and stamps that only look like it.
import { describe, expect, it } from 'vitest';
import { clockFinding } from '../../../src/core/clock/finding.ts';
import { newClockModel } from '../../../src/core/clock-model.ts';
import { admitTag, Found, judge, newIntake } from '../../../src/core/intake.ts';
import { isGood } from '../../../src/core/quality.ts';
import { startMs, stream } from './stream.ts';

function run(hz: number, seconds: number, stampOf: (trueMs: number) => number, value = (i: number) => i) {
  const model = newClockModel();
  const intake = newIntake(1);
  admitTag(intake, 0, { name: 't', unit: '', kind: 'number' }, model);
  const taken: { found: number; quality: number; timeMs: number; receiveMs: number; sinceS: number }[] = [];
  let i = 0;
  for (const { trueMs, receiveMs } of stream({ hz, seed: 1 }, seconds)) {
    const found = judge(intake, 0, value(i++), 0, stampOf(trueMs), receiveMs);
    const { timeMs, quality } = intake;
    taken.push({ found, quality, timeMs, receiveMs, sinceS: (trueMs - startMs) / 1000 });
  }
  return { model, taken };
}

describe('float32-quantised epoch times', () => {
  it.each([
    ['seconds', 1e-3],
    ['ms', 1],
    ['µs', 1e3],
    ['ns', 1e6],
  ])('in %s are seen at once, and the time of receipt is taken', (_, perMs) => {
    const { model, taken } = run(10, 400, (trueMs) => Math.fround(trueMs * perMs) / perMs);
    expect(taken.every(({ timeMs, receiveMs }) => timeMs === receiveMs)).toBe(true);
    expect(taken.every(({ found, quality }) => found === Found.unsynced && !isGood(quality))).toBe(true);
    expect(clockFinding(model, startMs + 400_000)).toBe('quantised');
  });

  it('lose no sample, though stamp and value repeat', () => {
    const { taken } = run(
      10,
      60,
      (trueMs) => Math.fround(trueMs / 1000) * 1000,
      () => 4.2,
    );
    expect(taken.filter(({ found }) => (found & Found.duplicate) !== 0)).toEqual([]);
  });

  it('are over when the device is mended', () => {
    const { model, taken } = run(10, 120, (trueMs) =>
      trueMs < startMs + 60_000 ? Math.fround(trueMs / 1000) * 1000 : trueMs,
    );
    expect(taken.filter(({ sinceS }) => sinceS > 61).every(({ quality }) => isGood(quality))).toBe(true);
    expect(clockFinding(model, startMs + 120_000)).toBe('none');
  });

  it('may begin while we listen, with another firmware', () => {
    const { model, taken } = run(10, 300, (trueMs) =>
      trueMs < startMs + 60_000 ? trueMs : Math.fround(trueMs / 1000) * 1000,
    );
    expect(clockFinding(model, startMs + 300_000)).toBe('quantised');
    expect(
      taken.filter(({ sinceS }) => sinceS > 70).every(({ timeMs, receiveMs }) => timeMs === receiveMs),
    ).toBe(true);
    expect(taken.every(({ timeMs, receiveMs }) => timeMs <= receiveMs)).toBe(true);
  });
});

describe('coarse stamps that are honest', () => {
  it.each([100, 10, 1])('whole seconds at %d Hz are believed', (hz) => {
    const { model, taken } = run(hz, 600, (trueMs) => Math.floor(trueMs / 1000) * 1000);
    const later = taken.filter(({ sinceS }) => sinceS > 20);
    expect(later.every(({ quality, found }) => isGood(quality) && (found & Found.unsynced) === 0)).toBe(true);
    expect(clockFinding(model, startMs + 600_000)).toBe('none');
    expect(model.settled).toBe(true);
  });

  it('milliseconds and microseconds are (control)', () => {
    for (const stamp of [(ms: number) => Math.round(ms), (ms: number) => Math.round(ms * 1000) / 1000]) {
      const { taken } = run(100, 300, stamp);
      expect(taken.every(({ quality }) => isGood(quality))).toBe(true);
    }
  });
});
