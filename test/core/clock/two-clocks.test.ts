// Two devices under the name of one clock: told within a minute, and never of one clock, whatever its way does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockFinding } from '../../../src/core/clock/finding.ts';
import { newClockModel } from '../../../src/core/clock-model.ts';
import { admitTag, judge, newIntake } from '../../../src/core/intake.ts';
import { seeded } from '../../virtual-time.ts';
import { type StreamSpec, startMs, stream } from './stream.ts';

interface Sent {
  readonly tag: number;
  readonly sourceMs: number;
  readonly receiveMs: number;
}

/** A device's samples of one tag, as they are received. */
function device(spec: StreamSpec, seconds: number, tag = 0): Sent[] {
  return Array.from(stream(spec, seconds), ({ sourceMs, receiveMs }) => ({ tag, sourceMs, receiveMs }));
}

const together = (...devices: Sent[][]) => devices.flat().toSorted((a, b) => a.receiveMs - b.receiveMs);

/** When it was told first, in seconds after the start (Infinity: never), and how far apart they seemed. */
function play(samples: readonly Sent[]) {
  const model = newClockModel();
  const intake = newIntake(2);
  for (const tag of [0, 1]) admitTag(intake, tag, { name: `t${tag}`, unit: '', kind: 'number' }, model);
  let [toldS, apartMs] = [Number.POSITIVE_INFINITY, Number.NaN];
  for (const [i, { tag, sourceMs, receiveMs }] of samples.entries()) {
    judge(intake, tag, i, 0, sourceMs, receiveMs);
    if (clockFinding(model, receiveMs) !== 'shared') continue;
    toldS = Math.min(toldS, (receiveMs - startMs) / 1000);
    ({ apartMs } = model.rival!);
  }
  return { model, toldS, apartMs };
}

const law = fc.constantFrom('exponential' as const, 'lognormal' as const);
const seed = fc.nat(1e6);
const way = { delay: law, seed, jitterMs: fc.double({ min: 0.5, max: 20, noNaN: true }) };
const hz = fc.constantFrom(1, 2, 5, 10, 50);
const driftPpm = fc.double({ min: -50, max: 50, noNaN: true });

describe('two clocks under one name', () => {
  const apart = fc.oneof(
    fc.double({ min: 1500, max: 10_000, noNaN: true }),
    fc.double({ min: 10_000, max: 36_000_000, noNaN: true }),
  );

  it('are told within a minute, and how far apart they are: both send the same tag', () => {
    fc.assert(
      fc.property(
        fc.record({ ...way, hz, driftPpm }),
        fc.record({ ...way, hz, driftPpm }),
        fc.integer({ min: -3000, max: 3000 }),
        apart,
        (a, b, aheadMs, byMs) => {
          const one = device({ ...a, aheadMs }, 100);
          const other = device({ ...b, aheadMs: aheadMs - byMs }, 100);
          const { toldS, apartMs } = play(together(one, other));
          expect(toldS).toBeLessThan(60);
          expect(Math.abs(apartMs - byMs)).toBeLessThan(700);
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  });

  it('are told too where each has tags of its own and they are more than 5 s apart', () => {
    fc.assert(
      fc.property(
        fc.record({ ...way, hz, driftPpm }),
        fc.record({ ...way, hz, driftPpm }),
        fc.double({ min: 6000, max: 36_000_000, noNaN: true }),
        (a, b, byMs) => {
          const { toldS } = play(together(device(a, 100, 0), device({ ...b, aheadMs: -byMs }, 100, 1)));
          expect(toldS).toBeLessThan(60);
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  });

  it.each([-40_000, 40_000])('are told when the second joins after ten minutes, %d ms ahead', (aheadMs) => {
    const one = device({ hz: 10, seed: 1 }, 700);
    const other = device({ hz: 3, seed: 2, aheadMs, fromMs: startMs + 600_000 }, 100);
    const { toldS } = play(together(one, other));
    expect(toldS).toBeGreaterThan(600);
    expect(toldS).toBeLessThan(660);
  });

  it.each([
    [100, 0.05],
    [0.05, 100],
    [0.1, 0.1],
  ])('are told at %d and %d Hz, with more patience', (a, b) => {
    const samples = together(
      device({ hz: a, seed: 1 }, 900),
      device({ hz: b, seed: 2, aheadMs: -70_000 }, 900),
    );
    expect(play(samples).toldS).toBeLessThan(600);
  });

  it('are forgotten five minutes after there is one again', () => {
    const samples = together(
      device({ hz: 10, seed: 1 }, 500),
      device({ hz: 10, seed: 2, aheadMs: -20_000 }, 60),
    );
    const { model, toldS } = play(samples);
    expect(toldS).toBeLessThan(60);
    expect(clockFinding(model, startMs + 300_000)).toBe('shared');
    expect(clockFinding(model, startMs + 500_000)).toBe('none');
  });
});

describe('of one clock it is never told', () => {
  const never = (samples: readonly Sent[]) => expect(play(samples).toldS).toBe(Number.POSITIVE_INFINITY);
  const anyHz = fc.constantFrom(0.2, 1, 10, 50);
  const aheadMs = fc.integer({ min: -5000, max: 5000 });

  /** Everything waits while the way stands still, and comes at once, in order. */
  function queued(samples: readonly Sent[], stalls: readonly { atS: number; forS: number }[]): Sent[] {
    let lastMs = 0;
    return samples.map((sent) => {
      const during = stalls.find(({ atS, forS }) => {
        const sinceS = (sent.receiveMs - startMs) / 1000 - atS;
        return sinceS >= 0 && sinceS < forS;
      });
      const openMs = during === undefined ? 0 : startMs + (during.atS + during.forS) * 1000;
      lastMs = Math.max(lastMs, sent.receiveMs, openMs);
      return { ...sent, receiveMs: lastMs };
    });
  }

  it('whose samples queue: in stalls of any length and number, two tags of different rates', () => {
    const stalls = fc.array(
      fc.record({ atS: fc.nat(300), forS: fc.double({ min: 0.1, max: 30, noNaN: true }) }),
    );
    fc.assert(
      fc.property(
        fc.record({ ...way, hz: anyHz, driftPpm, aheadMs }),
        anyHz,
        stalls,
        (spec, otherHz, list) => {
          const both = together(
            device(spec, 300, 0),
            device({ ...spec, hz: otherHz, seed: spec.seed + 1 }, 300, 1),
          );
          never(queued(both, list));
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  });

  it('whose way stands still again and again for the same time, at the pace of its samples', () => {
    for (const rate of [0.2, 1, 5, 20]) {
      for (const forS of [0.5, 1, 4, 8]) {
        const stalls = Array.from({ length: 60 }, (_, i) => ({ atS: i * 10, forS }));
        never(queued(device({ hz: rate, seed: 1 }, 600), stalls));
      }
    }
  });

  it('that is set once, restarts without time, or drifts', () => {
    const stepMs = fc.oneof(
      fc.integer({ min: -7_200_000, max: 7_200_000 }),
      fc.integer({ min: -9000, max: 9000 }),
    );
    const reboots = fc.array(fc.nat(300), { maxLength: 8 });
    const anyDrift = fc.oneof(driftPpm, fc.double({ min: -5000, max: 5000, noNaN: true }));
    fc.assert(
      fc.property(
        fc.record({ ...way, hz: anyHz, driftPpm: anyDrift, aheadMs }),
        fc.nat(300),
        stepMs,
        reboots,
        (spec, atS, byMs, boots) => {
          const samples = device(spec, 300).map((sent) => {
            const sinceS = (sent.receiveMs - startMs) / 1000;
            const isLost = boots.some((bootS) => sinceS >= bootS && sinceS < bootS + 5);
            const aheadOfMs = sinceS < atS ? 0 : byMs;
            return { ...sent, sourceMs: isLost ? sinceS * 1000 : sent.sourceMs + aheadOfMs };
          });
          never(samples);
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  });

  it('that sends what it kept during an outage, beside what is new, the oldest or the newest first', () => {
    for (const perS of [1.05, 2, 10, 100]) {
      for (const turned of [false, true]) {
        const live = device({ hz: 10, seed: 1 }, 600);
        const kept = Array.from({ length: Math.floor(Math.min(3000, 400 * perS)) }, (_, i) => ({
          tag: 0,
          sourceMs: startMs - 3_600_000 + 1000 * (turned ? 3000 - i : i),
          receiveMs: startMs + 60_000 + (i * 1000) / perS,
        }));
        never(together(live, kept));
      }
    }
  });

  it('that sends everything twice, the second time ten seconds later', () => {
    const once = device({ hz: 2, seed: 1 }, 300);
    const model = newClockModel();
    const intake = newIntake(1);
    admitTag(intake, 0, { name: 't', unit: '', kind: 'number' }, model);
    const again = once.map((sent) => ({ ...sent, receiveMs: sent.receiveMs + 10_000 }));
    for (const { sourceMs, receiveMs } of together(once, again)) {
      judge(intake, 0, 5, 0, sourceMs, receiveMs);
      expect(clockFinding(model, receiveMs)).toBe('none');
    }
  });

  it('that sends a stream two seconds late for a reason, beside one that is not', () => {
    const late = device({ hz: 5, seed: 2 }, 300, 1).map((sent) => ({
      ...sent,
      sourceMs: sent.sourceMs - 2000,
    }));
    never(together(device({ hz: 10, seed: 1 }, 300, 0), late));
  });

  it.each([
    [10, 10],
    [10, 5],
    [30, 30],
    [60, 60],
  ])('that sends means over %d s with the stamp of their first value, every %d s', (overS, everyS) => {
    const means = device({ hz: 1 / everyS, seed: 2, loss: 0 }, 1200, 1).map((sent) => ({
      ...sent,
      sourceMs: sent.sourceMs - overS * 1000,
    }));
    never(together(device({ hz: 10, seed: 1 }, 1200, 0), means));
  });

  it('of which single stamps are wrong by seconds, either way', () => {
    const random = seeded(4);
    const samples = device({ hz: 20, seed: 3 }, 300).map((sent) =>
      random() < 0.1 ? { ...sent, sourceMs: sent.sourceMs + (random() - 0.5) * 20_000 } : sent,
    );
    never(samples);
  });
});
