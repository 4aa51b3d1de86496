// Questions answered beat the delay of samples: a publishing interval is no offset.
import { describe, expect, it } from 'vitest';
import { clockFinding } from '../../../src/core/clock/finding.ts';
import { observeClock, observeTwoWay } from '../../../src/core/clock/observe.ts';
import { clockDriftPpm, clockOffsetMs, correctedMs, newClockModel } from '../../../src/core/clock-model.ts';
import { seeded } from '../../virtual-time.ts';
import { startMs } from './stream.ts';

interface Server {
  /** Clock of the server minus true time, so many seconds after the start. */
  readonly aheadMs: (sinceS: number) => number;
  /** The same for what stamps the values, where that is another clock. */
  readonly stampAheadMs?: (sinceS: number) => number;
  readonly publishMs: number;
  readonly askMs: number;
  readonly askUntilS?: number;
}

/** A server that samples at 20 Hz and publishes what it has at an interval, and is asked for its time. */
function run(server: Server, seconds: number, fromS = 0) {
  const random = seeded(5);
  const model = newClockModel();
  let worstMs = 0;
  let askMs = 0;
  let waiting: number[] = [];
  for (let ms = 0; ms < seconds * 1000; ms += 10) {
    if (ms >= askMs && ms / 1000 < (server.askUntilS ?? Number.POSITIVE_INFINITY)) {
      const [there, back] = [0.2 - Math.log(1 - random()), 0.2 - Math.log(1 - random())];
      const peerMs = Math.floor(startMs + ms + there + server.aheadMs(ms / 1000));
      observeTwoWay(model, startMs + ms, peerMs, startMs + ms + there + back);
      askMs = ms + server.askMs;
    }
    if (ms % 50 === 0) waiting.push(startMs + ms);
    if (ms % server.publishMs !== 0) continue;
    const receiveMs = startMs + ms + 0.4 - Math.log(1 - random());
    for (const trueMs of waiting) {
      const sinceS = (trueMs - startMs) / 1000;
      const sourceMs = trueMs + (server.stampAheadMs ?? server.aheadMs)(sinceS);
      // As far as it can be told: the values wait for the end of the interval, all but the last of them.
      observeClock(model, sourceMs - 30, receiveMs);
      if (sinceS > fromS) worstMs = Math.max(worstMs, Math.abs(correctedMs(model, sourceMs) - trueMs));
    }
    waiting = [];
  }
  return { model, worstMs, endMs: startMs + seconds * 1000 };
}

const wrong = { aheadMs: (s: number) => 1500 + s * 0.05, publishMs: 500, askMs: 10_000 };

describe('a server that is asked for its time', () => {
  it('is known from the first answer on, under 2 ms', () => {
    const { model, worstMs } = run(wrong, 300);
    expect(worstMs).toBeLessThan(2);
    expect(clockDriftPpm(model)).toBeCloseTo(50, -1);
    expect(clockOffsetMs(model)).toBeCloseTo(-1515, -0.5);
  });

  it('is known when no sample has come yet, and its drift as well', () => {
    const model = newClockModel();
    for (let s = 0; s <= 300; s += 10) {
      const nowMs = startMs + s * 1000;
      observeTwoWay(model, nowMs, nowMs + 0.5 + 4000 + s * 0.05, nowMs + 1);
    }
    expect(clockOffsetMs(model)).toBeCloseTo(-4015, -0.5);
    expect(clockDriftPpm(model)).toBeCloseTo(50, -1);
    expect(clockFinding(model, startMs + 300_000)).toBe('offset');
  });

  it('is not, by the delay alone: what it waits before it publishes looks like an offset (control)', () => {
    expect(run({ ...wrong, askUntilS: 0 }, 300, 60).worstMs).toBeGreaterThan(25);
  });

  it('that is set is known again by its second answer', () => {
    const set = run({ ...wrong, aheadMs: (s) => (s < 100 ? 200 : 200 + 3_600_000) }, 160, 130);
    expect(set.worstMs).toBeLessThan(2);
    expect(clockFinding(set.model, startMs + 140_000)).toBe('stepped');
  });

  it('whose answers end is followed by the delay of its samples', () => {
    const { model, worstMs } = run({ ...wrong, askUntilS: 100 }, 400, 300);
    expect(model.settled).toBe(true);
    expect(worstMs).toBeLessThan(40);
  });

  it('but stamps with another clock is found out: the samples tell', () => {
    const ahead = run({ ...wrong, stampAheadMs: () => 4000 }, 200, 60);
    expect(ahead.worstMs).toBeLessThan(40);
    const behind = run({ ...wrong, stampAheadMs: () => -60_000 }, 200, 60);
    expect(behind.worstMs).toBeLessThan(40);
  });

  it('with old values only is not thought to be behind', () => {
    const model = newClockModel();
    for (let s = 0; s < 300; s += 10) {
      const nowMs = startMs + s * 1000;
      observeTwoWay(model, nowMs, nowMs + 1000.5, nowMs + 1);
      // Some values changed hours ago, one after the other, and are sent when somebody connects.
      if (s % 60 === 0) for (let i = 0; i < 100; i++) observeClock(model, startMs - i * 200_000, nowMs);
    }
    expect(correctedMs(model, startMs + 301_000)).toBeCloseTo(startMs + 300_000, 0);
    expect(model.steppedMs).toBeNaN();
  });

  it('one answer that was held up changes nothing', () => {
    const { model, endMs } = run({ ...wrong, aheadMs: () => 100 }, 60);
    const before = correctedMs(model, endMs);
    observeTwoWay(model, endMs, endMs + 2100, endMs + 4000);
    observeTwoWay(model, endMs, Number.NaN, endMs + 1);
    observeTwoWay(model, endMs + 5, endMs, endMs);
    expect(correctedMs(model, endMs)).toBeCloseTo(before, 0);
  });
});
