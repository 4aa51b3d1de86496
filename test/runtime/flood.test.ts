// Ten times the expected rate from one source: it is cut to its limit, and the others do not notice.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayEvent } from '../../src/ports/event.ts';
import { createFloodNews } from '../../src/runtime/flood-news.ts';
import { newLedger, unexplained } from '../../src/runtime/ledger.ts';
import { createShares } from '../../src/runtime/shares.ts';
import { createTokenBucket } from '../../src/runtime/token-bucket.ts';
import { createFeeds, type FeedOptions, tagOf } from './feeds.ts';

/** Ten seconds of two sources: a calm one of 100 samples/s, and one of `hz`. A tick every 100 ms. */
function hall(hz: number, options: FeedOptions) {
  const feeds = createFeeds({ sources: ['calm', 'wild'], ...options });
  const [calm, wild] = feeds.feed as [(typeof feeds.feed)[0], (typeof feeds.feed)[0]];
  const [calmTag, wildTag] = [calm.tag(tagOf('c')), wild.tag(tagOf('w'))];
  const waits: number[] = [];
  let sent = 0;
  for (let ms = 1; ms <= 10_000; ms++) {
    feeds.nowMs = ms;
    for (; sent < (ms * hz) / 1000; sent++) wild.push(wildTag, sent, 0, feeds.clock.nowMs());
    if (ms % 10 === 0) calm.push(calmTag, ms, 0, feeds.clock.nowMs());
    if (ms % 100 !== 0) continue;
    const samples = feeds.tick();
    const nowMs = feeds.clock.nowMs();
    for (let i = 0; i < samples.length; i++) {
      if (samples.tag[i] === calmTag) waits.push(nowMs - samples.receiveMs[i]!);
    }
  }
  const [calmReport, wildReport] = feeds.watch.reports();
  return { feeds, waits, calm: calmReport!.ledger, wild: wildReport!.ledger };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

describe('ten times the expected rate', () => {
  const limits = { samplesPerS: 3000, burst: 3000 };

  it('is cut to the limit, counted as rate; the others lose nothing and wait no longer', () => {
    const usual = hall(1000, { limits });
    const flood = hall(10_000, { limits });
    expect(usual.wild).toMatchObject({ received: 10_000, stored: 10_000 });
    expect(flood.wild.received).toBe(100_000);
    expect(flood.wild.stored).toBeGreaterThanOrEqual(30_000);
    expect(flood.wild.stored).toBeLessThanOrEqual(33_000);
    expect(flood.wild.rejected.rate).toBe(100_000 - flood.wild.stored);
    for (const { calm, waits } of [usual, flood]) {
      expect(calm).toMatchObject({ received: 1000, stored: 1000 });
      expect(waits).toHaveLength(1000);
    }
    expect(sum(flood.waits)).toBe(sum(usual.waits));
    expect([flood.calm, flood.wild].map(unexplained)).toEqual([0, 0]);
  });

  it('is told when it begins and when it is over, and never in between', () => {
    const events: GatewayEvent[] = [];
    let nowMs = 0;
    const news = createFloodNews({ nowMs: () => nowMs, monotonicMs: () => nowMs });
    const ledger = newLedger();
    const look = (ms: number, more: number) => {
      nowMs = ms;
      ledger.rejected.rate += more;
      news.look('wild', ledger, (event) => events.push(event));
    };
    look(0, 0);
    for (let ms = 100; ms <= 5000; ms += 100) look(ms, 40);
    expect(events.map(({ details }) => details)).toEqual([{ over: 'no' }]);
    for (let ms = 5100; ms <= 14_900; ms += 100) look(ms, 0);
    expect(events).toHaveLength(1);
    look(15_000, 0);
    expect(events[1]).toMatchObject({ source: 'wild', details: { over: 'yes', refused: 2000, forS: 5 } });
    look(30_000, 1);
    expect(events).toHaveLength(3);
  });

  it('tells an excerpt a second, not one a sample', () => {
    const { letters } = hall(10_000, { limits }).feeds;
    expect(letters.length).toBeGreaterThanOrEqual(8);
    expect(letters.length).toBeLessThanOrEqual(10);
    expect(letters[0]).toMatchObject({ source: 'wild', reason: 'rate' });
    expect(letters[0]!.excerpt).toMatch(/^w = \d+$/);
  });

  it('without a limit fills what is free of the inbox, and not the place of others', () => {
    const { calm, wild } = hall(100_000, { capacity: 4000 });
    expect(calm).toMatchObject({ received: 1000, stored: 1000 });
    expect(wild.rejected.inbox_full).toBeGreaterThan(500_000);
    expect([calm, wild].map(unexplained)).toEqual([0, 0]);
  });
});

describe('fair shares', () => {
  it('a lone source may fill the room', () => {
    const shares = createShares(10);
    const lane = shares.open();
    for (let i = 0; i < 10; i++) {
      expect(shares.hasRoom(lane)).toBe(true);
      shares.take(lane);
    }
    expect(shares.hasRoom(lane)).toBe(false);
  });

  it('whatever the order, no source is refused below its share, and the room is never overfull', () => {
    const step = fc.record({ lane: fc.integer({ min: -1, max: 3 }), times: fc.nat(40), clear: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (script) => {
        const capacity = 64;
        const shares = createShares(capacity);
        const taken = Array.from({ length: 4 }, () => shares.open()).map(() => 0);
        let used = 0;
        for (const { lane, times, clear } of script) {
          if (clear) {
            shares.clear();
            taken.fill(0);
            used = 0;
          }
          for (let i = 0; i < times; i++) {
            const room = shares.hasRoom(lane);
            if (lane >= 0 && taken[lane]! < 8) expect(room).toBe(true);
            if (!room) break;
            shares.take(lane);
            used++;
            if (lane >= 0) taken[lane]!++;
          }
          expect(used).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });
});

describe('a token bucket', () => {
  it('never lets through more than burst plus rate, over any stretch, nor much less when asked for more', () => {
    const any = fc.record({
      samplesPerS: fc.integer({ min: 1, max: 5000 }),
      burst: fc.integer({ min: 1, max: 2000 }),
      gaps: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 10, maxLength: 200 }),
    });
    fc.assert(
      fc.property(any, ({ samplesPerS, burst, gaps }) => {
        const bucket = createTokenBucket({ samplesPerS, burst });
        let [nowMs, passed] = [1e12, 0];
        const times: number[] = [];
        for (const gap of gaps) {
          nowMs += gap;
          for (let i = 0; i < 50; i++) if (bucket.take(nowMs)) passed = times.push(nowMs);
        }
        for (let from = 0; from < times.length; from += 17) {
          const inSecond = times.filter((ms) => ms >= times[from]! && ms < times[from]! + 1000).length;
          expect(inSecond).toBeLessThanOrEqual(burst + samplesPerS + 1);
        }
        expect(passed).toBeGreaterThanOrEqual(Math.min(burst, 50));
      }),
      { numRuns: 50 },
    );
  });
});
