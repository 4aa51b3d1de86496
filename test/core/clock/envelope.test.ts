// One-way: how well the lower envelope finds a clock's offset and drift, and what it must not take for a clock.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeClock } from '../../../src/core/clock/observe.ts';
import { clockDriftPpm, clockOffsetMs, correctedMs, newClockModel } from '../../../src/core/clock-model.ts';
import { type StreamSpec, startMs, stream } from './stream.ts';

/** The worst error after `afterS`, and when it began to correct. */
function follow(spec: StreamSpec, seconds: number, afterS = 0) {
  const model = newClockModel();
  let [worstMs, settledS] = [0, Number.POSITIVE_INFINITY];
  for (const { trueMs, sourceMs, receiveMs } of stream(spec, seconds)) {
    observeClock(model, sourceMs, receiveMs);
    const sinceS = (receiveMs - startMs) / 1000;
    if (!model.settled) continue;
    settledS = Math.min(settledS, sinceS);
    if (sinceS > afterS) worstMs = Math.max(worstMs, Math.abs(correctedMs(model, sourceMs) - trueMs));
  }
  return { model, worstMs, settledS };
}

describe('an offset and a drift are found', () => {
  it.each([1000, 100, 10])('at %d Hz, whatever they are: under 2 ms, within 60 s', (hz) => {
    const law = fc.constantFrom('exponential' as const, 'lognormal' as const);
    const any = fc.record({
      seed: fc.nat(1e6),
      aheadMs: fc.double({ min: -2000, max: 2000, noNaN: true }),
      driftPpm: fc.double({ min: -50, max: 50, noNaN: true }),
      leastDelayMs: fc.double({ min: 0.2, max: 0.5, noNaN: true }),
      jitterMs: fc.double({ min: 0.5, max: 3, noNaN: true }),
      delay: law,
    });
    fc.assert(
      fc.property(any, (spec) => {
        const { worstMs, settledS } = follow({ hz, ...spec }, hz === 1000 ? 70 : 120, 55);
        expect(worstMs).toBeLessThan(2);
        expect(settledS).toBeLessThan(20);
      }),
      { numRuns: hz === 1000 ? 4 : 12, seed: 7 },
    );
  });

  it.each([
    [1, 120, 60],
    [0.1, 1800, 900],
  ])('at %d Hz too, with more patience', (hz, seconds, afterS) => {
    const { worstMs, settledS } = follow({ hz, seed: 4, aheadMs: -1500, driftPpm: 30 }, seconds, afterS);
    expect(worstMs).toBeLessThan(2);
    expect(settledS).toBeLessThan(10 / hz + 10);
  });

  it('well enough to go on without samples for ten minutes', () => {
    const { model } = follow({ hz: 10, seed: 2, aheadMs: 700, driftPpm: 50 }, 300);
    expect(clockDriftPpm(model)).toBeCloseTo(50, 0);
    const trueMs = startMs + 900_000;
    expect(Math.abs(correctedMs(model, trueMs + 700 + 900_000 * 50e-6) - trueMs)).toBeLessThan(2);
  });

  it('after a day as after a minute: the window moves on, and follows a drift that changes', () => {
    const model = newClockModel();
    let worstMs = 0;
    // Warm by day, cold by night: ±20 ppm around 10, one turn in two hours.
    const aheadAt = (s: number) =>
      s * 0.01 + (20 * 1e-3 * 7200 * Math.sin((2 * Math.PI * s) / 7200)) / 6.2832;
    for (const { trueMs, receiveMs } of stream({ hz: 1, seed: 5 }, 86_400)) {
      const sourceMs = trueMs + aheadAt((trueMs - startMs) / 1000);
      observeClock(model, sourceMs, receiveMs);
      if (trueMs - startMs > 120_000)
        worstMs = Math.max(worstMs, Math.abs(correctedMs(model, sourceMs) - trueMs));
    }
    expect(worstMs).toBeLessThan(3);
  });

  it('keeps samples in order: a better estimate never overtakes one that was handed out', () => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => {
        const model = newClockModel();
        let last = Number.NEGATIVE_INFINITY;
        for (const { sourceMs, receiveMs } of stream(
          { hz: 1000, seed, jitterMs: 20, delay: 'lognormal' },
          30,
        )) {
          observeClock(model, sourceMs, receiveMs);
          if (!model.settled) continue;
          const timeMs = correctedMs(model, sourceMs);
          expect(timeMs).toBeGreaterThan(last);
          last = timeMs;
        }
      }),
      { numRuns: 5, seed: 1 },
    );
  });
});

describe('after a silence', () => {
  it('of a night the clock is still known, though it went a little otherwise', () => {
    const model = newClockModel();
    const aheadMs = 3_600_000;
    for (const one of stream({ hz: 1, seed: 1, aheadMs }, 300))
      observeClock(model, one.sourceMs, one.receiveMs);
    let worstMs = 0;
    for (const one of stream({ hz: 1, seed: 2, aheadMs: aheadMs + 300, fromMs: startMs + 36_000_000 }, 600)) {
      observeClock(model, one.sourceMs, one.receiveMs);
      expect(model.settled).toBe(true);
      const errorMs = Math.abs(correctedMs(model, one.sourceMs) - one.trueMs);
      if (one.trueMs - startMs > 36_010_000) worstMs = Math.max(worstMs, errorMs);
    }
    expect(worstMs).toBeLessThan(310);
    expect(model.steppedMs).toBeNaN();
  });

  it('after a few samples over a bad way, nothing is made of a slope that was noise', () => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => {
        const model = newClockModel();
        for (const one of stream({ hz: 1, seed, jitterMs: 300 }, 12))
          observeClock(model, one.sourceMs, one.receiveMs);
        expect(Math.abs(correctedMs(model, startMs + 3_600_000) - startMs - 3_600_000)).toBeLessThan(600);
      }),
      { seed: 3 },
    );
  });
});

describe('of two streams of one clock', () => {
  it.each([0.3, 2, 60])(
    'the one that comes %d s late is not believed, though it was there first',
    (lateS) => {
      const model = newClockModel();
      const promptMs = startMs + lateS * 1000 + 30_000;
      const late = Array.from(stream({ hz: 5, seed: 1 }, 120), (one) => ({
        ...one,
        receiveMs: one.receiveMs + lateS * 1000,
      }));
      const prompt = Array.from(stream({ hz: 10, seed: 2, fromMs: promptMs }, 90), (one) => ({ ...one }));
      let worstMs = 0;
      for (const one of [...late, ...prompt].sort((a, b) => a.receiveMs - b.receiveMs)) {
        observeClock(model, one.sourceMs, one.receiveMs);
        if (one.receiveMs < promptMs + 30_000) continue;
        worstMs = Math.max(worstMs, Math.abs(correctedMs(model, one.sourceMs) - one.trueMs));
      }
      expect(worstMs).toBeLessThan(2);
    },
  );
});

describe('delay is not taken for a clock', () => {
  /** A way that stands still now and then: what waited comes at once, in order. */
  function stalled(stallS: number, everyS: number, aheadMs: number) {
    const model = newClockModel();
    let worstMs = 0;
    let receive = startMs;
    for (const { trueMs, sourceMs, receiveMs } of stream({ hz: 100, seed: 9, aheadMs, driftPpm: 20 }, 300)) {
      const inTurnS = ((trueMs - startMs) / 1000) % everyS;
      const openMs = inTurnS < stallS ? trueMs + (stallS - inTurnS) * 1000 : receiveMs;
      receive = Math.max(receive, receiveMs, openMs);
      observeClock(model, sourceMs, receive);
      if (model.settled && trueMs - startMs > 30_000)
        worstMs = Math.max(worstMs, Math.abs(correctedMs(model, sourceMs) - trueMs));
    }
    return { model, worstMs };
  }

  it.each([
    [1, 5],
    [5, 20],
    [15, 60],
  ])('when the way stands still for %d of every %d s', (stallS, everyS) => {
    const { model, worstMs } = stalled(stallS, everyS, -800);
    expect(worstMs).toBeLessThan(2);
    expect(model.settled).toBe(true);
    expect(model.steppedMs).toBeNaN();
  });

  it('when the way is five seconds longer for a while', () => {
    const model = newClockModel();
    let [worstMs, receive] = [0, 0];
    for (const { trueMs, sourceMs, receiveMs } of stream({ hz: 20, seed: 6, aheadMs: 900 }, 180)) {
      const sinceS = (trueMs - startMs) / 1000;
      receive = Math.max(receive, receiveMs + (sinceS > 60 && sinceS < 85 ? 5000 : 0));
      observeClock(model, sourceMs, receive);
      if (sinceS > 20) worstMs = Math.max(worstMs, Math.abs(correctedMs(model, sourceMs) - trueMs));
    }
    expect(worstMs).toBeLessThan(2);
    expect(model.steppedMs).toBeNaN();
  });

  it.each([1.5, 3, 50])('when a backlog of an hour comes %d times as fast as it was made', (speed) => {
    const model = newClockModel();
    let receiveMs = startMs + 3_600_000;
    for (let i = 0; i < 3_600 && receiveMs < startMs + 10_800_000; i++) {
      const sourceMs = startMs + 250 + i * 1000;
      receiveMs += 1000 / speed;
      observeClock(model, sourceMs, receiveMs);
      expect(correctedMs(model, sourceMs)).toBe(sourceMs);
    }
  });

  it('nor is a backlog that comes while the clock is known: late samples keep their time', () => {
    const model = newClockModel();
    const spec = { hz: 10, aheadMs: 1200 };
    for (const { sourceMs, receiveMs } of stream({ ...spec, seed: 1 }, 60))
      observeClock(model, sourceMs, receiveMs);
    const backMs = startMs + 660_000;
    let receiveMs = backMs;
    for (const { trueMs, sourceMs } of stream({ ...spec, seed: 2, fromMs: startMs + 60_000 }, 600)) {
      // Ten minutes in one and a half.
      receiveMs += 15;
      observeClock(model, sourceMs, receiveMs);
      expect(Math.abs(correctedMs(model, sourceMs) - trueMs)).toBeLessThan(1);
    }
    expect(model.steppedMs).toBeNaN();
  });

  it('nor one that is sent newest first', () => {
    const model = newClockModel();
    for (const { sourceMs, receiveMs } of stream({ hz: 10, seed: 1 }, 60))
      observeClock(model, sourceMs, receiveMs);
    const from = clockOffsetMs(model);
    for (let i = 0; i < 6000; i++)
      observeClock(model, startMs + 660_000 - i * 100, startMs + 660_000 + i * 2);
    expect(clockOffsetMs(model)).toBeCloseTo(from, 0);
    expect(model.steppedMs).toBeNaN();
  });

  it('nor gaps of many streams that are filled one after the other', () => {
    const model = newClockModel();
    for (const { sourceMs, receiveMs } of stream({ hz: 10, seed: 1 }, 60))
      observeClock(model, sourceMs, receiveMs);
    const from = clockOffsetMs(model);
    const backMs = startMs + 180_000;
    observeClock(model, backMs, backMs + 0.4);
    for (let i = 0; i < 50 * 600; i++)
      observeClock(model, startMs + 60_000 + (i % 600) * 200, backMs + 1 + i / 3);
    expect(clockOffsetMs(model)).toBeCloseTo(from, 0);
    expect(model.steppedMs).toBeNaN();
  });

  it('nor single stamps that are wrong by seconds, either way', () => {
    const model = newClockModel();
    let i = 0;
    for (const { trueMs, sourceMs, receiveMs } of stream({ hz: 50, seed: 3, aheadMs: -300 }, 120)) {
      const wrongMs = i % 40 === 17 ? 3000 : i % 40 === 30 ? -4000 : 0;
      observeClock(model, sourceMs + (model.settled ? wrongMs : 0), receiveMs);
      i++;
      if (trueMs - startMs > 60_000 && wrongMs === 0)
        expect(Math.abs(correctedMs(model, sourceMs) - trueMs)).toBeLessThan(1);
    }
    expect(i).toBeGreaterThan(5000);
  });
});
