// A clock that is set while we listen: how long it takes to notice, and what samples are given meanwhile.
import { describe, expect, it } from 'vitest';
import { clockFinding } from '../../../src/core/clock/finding.ts';
import { clockDriftPpm, clockOffsetMs, newClockModel } from '../../../src/core/clock-model.ts';
import { admitTag, Found, judge, newIntake } from '../../../src/core/intake.ts';
import { isBad, isGood } from '../../../src/core/quality.ts';
import { startMs, stream } from './stream.ts';

const hour = 3_600_000;

interface Taken {
  readonly sinceS: number;
  readonly timeMs: number;
  readonly trueMs: number;
  readonly receiveMs: number;
  readonly quality: number;
  readonly found: number;
}

/** A device's samples through the intake; its clock is `aheadAt` so many seconds after the start. */
function run(hz: number, seconds: number, aheadAt: (s: number) => number, seed = 1) {
  const model = newClockModel();
  const intake = newIntake(1);
  admitTag(intake, 0, { name: 't', unit: '', kind: 'number' }, model);
  const taken: Taken[] = [];
  let i = 0;
  for (const { trueMs, receiveMs } of stream({ hz, seed }, seconds)) {
    const sinceS = (trueMs - startMs) / 1000;
    const found = judge(intake, 0, i++, 0, trueMs + aheadAt(sinceS), receiveMs);
    taken.push({ sinceS, timeMs: intake.timeMs, trueMs, receiveMs, quality: intake.quality, found });
  }
  const between = (fromS: number, toS: number) =>
    taken.filter((one) => one.sinceS > fromS && one.sinceS < toS);
  return { model, taken, between };
}

const wrong = ({ timeMs, trueMs }: Taken) => Math.abs(timeMs - trueMs);
const worst = (samples: readonly Taken[]) => Math.max(...samples.map(wrong));

describe.each([100, 10, 1])('a clock of %d Hz that is set', (hz) => {
  // So many seconds a slow stream takes for the samples that are needed.
  const slackS = hz === 1 ? 4 : 0;

  it.each([
    ['an hour ahead', hour],
    ['ten seconds ahead', 10_000],
    ['three tenths of a second ahead', 300],
  ])('%s is found within seconds; nothing is ever later than its receipt', (_, stepMs) => {
    const { model, taken, between } = run(hz, 120, (s) => (s < 60 ? -200 : -200 + stepMs));
    expect(taken.every(({ timeMs, receiveMs }) => timeMs <= receiveMs)).toBe(true);
    expect(worst(between(20, 60))).toBeLessThan(2);
    expect(worst(between(60, 70 + slackS))).toBeLessThan(50);
    expect(worst(between(70 + slackS, 120))).toBeLessThan(hz === 1 ? 8 : 2);
    expect(between(70 + slackS, 120).every(({ quality }) => isGood(quality))).toBe(true);
    expect(clockFinding(model, startMs + 90_000)).toBe('stepped');
    expect(-clockOffsetMs(model)).toBeCloseTo(stepMs - 200, -1);
  });

  it('ahead by an hour is Uncertain until it is known, and Good from then on', () => {
    const { between } = run(hz, 90, (s) => (s < 60 ? 0 : hour));
    const doubtful = between(60, 90).filter(({ quality }) => !isGood(quality));
    expect(doubtful.length).toBeGreaterThan(0);
    expect(doubtful.every(({ found, quality }) => (found & Found.future) !== 0 && !isBad(quality))).toBe(
      true,
    );
    expect(Math.max(...doubtful.map(({ sinceS }) => sinceS))).toBeLessThan(68 + slackS);
    expect(between(75, 90).every(({ found }) => (found & Found.corrected) !== 0)).toBe(true);
  });

  it.each([
    ['an hour back', -hour],
    ['ten seconds back', -10_000],
  ])('%s is found within seconds, though each sample alone could be a late one', (_, stepMs) => {
    const { model, taken, between } = run(hz, 120, (s) => (s < 60 ? 100 : 100 + stepMs));
    expect(taken.every(({ timeMs, receiveMs }) => timeMs <= receiveMs)).toBe(true);
    expect(worst(between(75 + slackS, 120))).toBeLessThan(hz === 1 ? 8 : 2);
    expect(clockFinding(model, startMs + 90_000)).toBe('stepped');
  });
});

describe('after it was set', () => {
  it('what was known of its drift is not lost', () => {
    const { model } = run(10, 200, (s) => s * 0.05 + (s < 190 ? 0 : 5000));
    expect(clockDriftPpm(model)).toBeNaN();
    const later = run(10, 240, (s) => s * 0.05 + (s < 190 ? 0 : 5000));
    expect(clockDriftPpm(later.model)).toBeCloseTo(50, -0.5);
  });

  it('the finding passes, and what is left is the offset', () => {
    const { model } = run(10, 200, (s) => (s < 60 ? 0 : hour));
    expect(clockFinding(model, startMs + 200_000)).toBe('offset');
  });
});

describe('an ESP32 that boots in 1970', () => {
  it('has its time of receipt, Uncertain, until NTP answers; from then on its own', () => {
    const { taken, between, model } = run(10, 60, (s) => (s < 20 ? -startMs : 35));
    const before = between(0, 20);
    expect(before.length).toBeGreaterThan(100);
    expect(before.every(({ timeMs, receiveMs }) => timeMs === receiveMs)).toBe(true);
    expect(before.every(({ found, quality }) => found === Found.unsynced && !isGood(quality))).toBe(true);
    expect(between(20, 60).every(({ quality }) => isGood(quality))).toBe(true);
    expect(worst(taken)).toBeLessThan(40);
    expect(worst(between(30, 60))).toBeLessThan(2);
    expect(clockFinding(model, startMs + 60_000)).toBe('none');
  });

  it('and boots again: unsynchronised, and back where it was', () => {
    const { between, model } = run(10, 120, (s) => (s > 60 && s < 80 ? -startMs : 35));
    expect(between(60, 80).every(({ timeMs, receiveMs }) => timeMs === receiveMs)).toBe(true);
    expect(worst(between(80, 120))).toBeLessThan(2);
    expect(model.steppedMs).toBeNaN();
  });

  it('is said so while it lasts', () => {
    const { model } = run(10, 10, () => -startMs);
    expect(clockFinding(model, startMs + 10_000)).toBe('unsynced');
    expect(clockOffsetMs(model)).toBeNaN();
  });
});

describe('a clock that does not go like one', () => {
  it('running backwards is found, and the time of receipt taken', () => {
    const { model, between } = run(10, 60, (s) => -2 * s * 1000);
    expect(clockFinding(model, startMs + 60_000)).toBe('backward');
    const later = between(10, 60);
    expect(later.every(({ timeMs, receiveMs }) => timeMs === receiveMs)).toBe(true);
    expect(later.every(({ found }) => (found & Found.unsynced) !== 0)).toBe(true);
    expect(between(0, 60).every(({ timeMs, receiveMs }) => timeMs <= receiveMs)).toBe(true);
  });

  it.each([5000, -5000])('drifting by %d ppm is told and not corrected', (ppm) => {
    const { model, taken } = run(10, 120, (s) => (s * ppm) / 1000);
    expect(clockFinding(model, startMs + 120_000)).toBe('drifting');
    expect(model.settled).toBe(false);
    expect(taken.every(({ timeMs, receiveMs }) => timeMs <= receiveMs)).toBe(true);
  });

  it('drifting by 400 ppm is corrected, and told', () => {
    const { model, between } = run(10, 300, (s) => s * 0.4);
    expect(clockFinding(model, startMs + 300_000)).toBe('drifting');
    expect(clockDriftPpm(model)).toBeCloseTo(400, 0);
    expect(worst(between(60, 300))).toBeLessThan(2);
  });

  it('two days ahead is Bad, and told as an offset', () => {
    const { model, taken } = run(10, 20, () => 2 * 86_400_000);
    expect(taken.every(({ quality, timeMs, receiveMs }) => isBad(quality) && timeMs === receiveMs)).toBe(
      true,
    );
    expect(clockFinding(model, startMs + 20_000)).toBe('offset');
    expect(-clockOffsetMs(model) / 86_400_000).toBeCloseTo(2, 3);
  });

  it('with nothing wrong has no finding (control)', () => {
    const { model } = run(10, 120, (s) => 50 + s * 0.02);
    expect(clockFinding(model, startMs + 120_000)).toBe('none');
  });
});
