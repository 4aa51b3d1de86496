// Devices that are slow, silent for hours, set by the season, or whose clock stands still.
import { describe, expect, it } from 'vitest';
import { clockFinding } from '../../../src/core/clock/finding.ts';
import { clockOffsetMs, newClockModel } from '../../../src/core/clock-model.ts';
import { admitTag, Found, judge, newIntake } from '../../../src/core/intake.ts';
import { Quality } from '../../../src/core/quality.ts';
import { seeded } from '../../virtual-time.ts';
import { startMs } from './stream.ts';

const hour = 3_600_000;

interface Play {
  readonly everyMs: number;
  readonly fromMs?: number;
  readonly toMs: number;
  /** Of the time since the start. */
  readonly stampOf: (sinceMs: number) => number;
  readonly valueAt?: (i: number) => number;
}

/** One device, whose samples take 0.3 ms and some to come; the worst of a stretch, and what is found after it. */
function device(seed = 1) {
  const model = newClockModel();
  const intake = newIntake(1);
  admitTag(intake, 0, { name: 't', unit: '', kind: 'number' }, model);
  const random = seeded(seed);
  let receiveMs = startMs;
  let samples = 0;
  return function play({ everyMs, fromMs = 0, toMs, stampOf, valueAt = (i) => i }: Play) {
    const found = { errorMs: 0, late: 0, duplicate: 0, doubtful: 0 };
    for (let since = fromMs; since < toMs; since += everyMs) {
      const trueMs = startMs + since;
      receiveMs = Math.max(receiveMs, trueMs + 0.3 - 3 * Math.log(1 - random()));
      const bits = judge(intake, 0, valueAt(samples++), Quality.good, startMs + stampOf(since), receiveMs);
      if ((bits & Found.duplicate) !== 0) found.duplicate++;
      if ((bits & Found.late) !== 0) found.late++;
      if (intake.quality !== Quality.good) found.doubtful++;
      found.errorMs = Math.max(found.errorMs, Math.abs(intake.timeMs - trueMs));
    }
    return { ...found, finding: clockFinding(model, receiveMs), offsetMs: clockOffsetMs(model) };
  };
}

describe('one sample a minute', () => {
  const minute = { everyMs: 60_000 };
  it.each([1, 2, 3, 4, 5])(
    'an hour off: corrected from the fifth sample on, and for good (seed %i)',
    (seed) => {
      for (const aheadMs of [hour, -hour]) {
        const play = device(seed);
        const stampOf = (ms: number) => ms + aheadMs;
        play({ ...minute, toMs: 5 * 60_000, stampOf });
        const after = play({ ...minute, fromMs: 5 * 60_000, toMs: 3 * hour, stampOf });
        expect(after.errorMs).toBeLessThan(20);
        expect([after.late, after.doubtful, after.finding]).toEqual([0, 0, 'offset']);
      }
    },
  );

  it.each([
    ['back', -hour],
    ['forward', hour],
  ])('set %s by an hour, as summer time ends or begins: right again after six samples', (_, stepMs) => {
    const play = device();
    play({ ...minute, toMs: hour, stampOf: (ms) => ms });
    const stampOf = (ms: number) => ms + stepMs;
    play({ ...minute, fromMs: hour, toMs: hour + 6 * 60_000, stampOf });
    const after = play({ ...minute, fromMs: hour + 6 * 60_000, toMs: 2 * hour, stampOf });
    expect(after.errorMs).toBeLessThan(20);
    expect([after.late, after.doubtful]).toEqual([0, 0]);
  });
});

describe('a clock that is set by an hour at ten samples a second', () => {
  it.each([
    ['back', -hour, 2500],
    ['forward', hour, 1500],
  ])('%s: its new offset is in use as soon as it is found', (_, stepMs, foundMs) => {
    const play = device();
    const tenth = { everyMs: 100, stampOf: (ms: number) => ms + stepMs };
    play({ ...tenth, toMs: 60_000, stampOf: (ms) => ms });
    play({ ...tenth, fromMs: 60_000, toMs: 60_000 + foundMs });
    const after = play({ ...tenth, fromMs: 60_000 + foundMs, toMs: 90_000 });
    expect(after.errorMs).toBeLessThan(20);
    expect([after.late, after.doubtful, after.finding]).toEqual([0, 0, 'stepped']);
  });
});

describe('ten hours of silence', () => {
  it.each([-30, 0, 30])(
    'of a clock whose drift changed by %i ppm meanwhile: right from the first sample',
    (ppm) => {
      const play = device();
      const stampOf = (ms: number) => ms + 2000 + (Math.min(ms, 300_000) * 50 + ms * (50 + ppm)) * 1e-6;
      play({ everyMs: 100, toMs: 300_000, stampOf });
      const back = play({ everyMs: 100, fromMs: 10 * hour, toMs: 10 * hour + 60_000, stampOf });
      expect(back.errorMs).toBeLessThan(20);
      expect(back.finding).toBe('offset');
    },
  );

  it('control: a backlog that comes then keeps its times', () => {
    const play = device();
    play({ everyMs: 100, toMs: 300_000, stampOf: (ms) => ms });
    // A second of it every 10 ms.
    const stampOf = (ms: number) => 300_000 + (ms - 10 * hour) * 100;
    const backlog = play({ everyMs: 10, fromMs: 10 * hour, toMs: 10 * hour + 20_000, stampOf });
    expect(backlog.errorMs).toBeGreaterThan(9 * hour);
    expect(backlog.offsetMs).toBeCloseTo(0, -1);
  });
});

describe('a clock that stands still', () => {
  it.each([
    ['from the start', 0],
    ['after a good minute', 60_000],
  ])('%s: within seconds the time of receipt is used, and it is told', (_, goodMs) => {
    const play = device();
    play({ everyMs: 100, toMs: goodMs, stampOf: (ms) => ms });
    const still = { everyMs: 100, stampOf: () => goodMs };
    play({ ...still, fromMs: goodMs, toMs: goodMs + 6000 });
    const after = play({ ...still, fromMs: goodMs + 6000, toMs: goodMs + 600_000 });
    expect(after.errorMs).toBeLessThan(60);
    expect(after.finding).toBe('quantised');
    expect(after.doubtful).toBe(5940);
  });

  it('for a minute each, because it is told in minutes: the time of receipt all the while', () => {
    const play = device();
    const stampOf = (ms: number) => Math.floor(ms / 60_000) * 60_000;
    play({ everyMs: 100, toMs: 6000, stampOf });
    const after = play({ everyMs: 100, fromMs: 6000, toMs: 600_000, stampOf });
    expect(after.errorMs).toBeLessThan(60);
    expect([after.late, after.finding]).toEqual([0, 'quantised']);
  });

  it('and goes on: two minutes later it is believed', () => {
    const play = device();
    play({ everyMs: 100, toMs: 60_000, stampOf: (ms) => ms });
    play({ everyMs: 100, fromMs: 60_000, toMs: 120_000, stampOf: () => 60_000 });
    play({ everyMs: 100, fromMs: 120_000, toMs: 241_000, stampOf: (ms) => ms });
    const after = play({ everyMs: 100, fromMs: 241_000, toMs: 300_000, stampOf: (ms) => ms });
    expect([after.doubtful, after.finding]).toEqual([0, 'none']);
  });

  it('control: an old value that is told again and again is a repetition, and no new sample', () => {
    const play = device();
    play({ everyMs: 100, toMs: 60_000, stampOf: (ms) => ms });
    const again = play({
      everyMs: 1000,
      fromMs: 60_000,
      toMs: 600_000,
      stampOf: () => 60_000,
      valueAt: () => 7,
    });
    expect(again.duplicate).toBe(539);
    expect(again.finding).toBe('none');
  });

  it('control: whole seconds are fine enough', () => {
    const play = device();
    const stampOf = (ms: number) => Math.floor(ms / 1000) * 1000;
    const { doubtful, finding } = play({ everyMs: 100, toMs: 120_000, stampOf });
    expect([doubtful, finding]).toEqual([0, 'none']);
  });
});

describe('a stamp without end', () => {
  it.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%s has the time of receipt, and no offset',
    (ms) => {
      const play = device();
      play({ everyMs: 100, toMs: 60_000, stampOf: (at) => at });
      const { errorMs, doubtful, offsetMs } = play({
        everyMs: 100,
        fromMs: 60_000,
        toMs: 70_000,
        stampOf: () => ms,
      });
      expect(errorMs).toBeLessThan(60);
      expect(doubtful).toBe(100);
      expect(Number.isFinite(offsetMs)).toBe(true);
    },
  );
});
