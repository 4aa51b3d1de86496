// The clocks of the sources as a user meets them: in reports, in events, and through a step of the gateway's own.
import { describe, expect, it } from 'vitest';
import { isGood } from '../../src/core/quality.ts';
import { seeded } from '../virtual-time.ts';
import { createFeeds, type Feeds, tagOf, wallMs } from './feeds.ts';

/** Runs a device at 20 Hz from now for so long; `stampOf` makes its stamp of the true time. */
function play(feeds: Feeds, tag: number, seconds: number, stampOf: (trueMs: number) => number, of = 0) {
  const random = seeded(3);
  const late: number[] = [];
  let doubtful = 0;
  const untilMs = feeds.nowMs + seconds * 1000;
  while (feeds.nowMs < untilMs) {
    feeds.nowMs += 50;
    const trueMs = wallMs + feeds.nowMs - 0.3 + 2 * Math.log(1 - random());
    feeds.feed[of]!.push(tag, feeds.nowMs, 0, stampOf(trueMs));
    if (feeds.nowMs % 100 !== 0) continue;
    const samples = feeds.tick();
    for (let i = 0; i < samples.length; i++) {
      late.push(samples.receiveMs[i]! - samples.timeMs[i]!);
      if (!isGood(samples.quality[i]!)) doubtful++;
    }
  }
  return { late, doubtful };
}

const report = (feeds: Feeds) => feeds.watch.reports()[0]!;

describe('a report of a source', () => {
  it('says offset and drift of its clock, and what is wrong with it', () => {
    const feeds = createFeeds();
    play(feeds, feeds.feed[0]!.tag(tagOf('a')), 300, (ms) => ms + 3000 + (ms - wallMs) * 30e-6);
    expect(report(feeds)).toMatchObject({ clockFinding: 'offset' });
    expect(report(feeds).clockOffsetMs).toBeCloseTo(-3009, -1);
    expect(report(feeds).clockDriftPpm).toBeCloseTo(30, -1);
    expect(report(feeds).remarks.clock_corrected).toBeGreaterThan(5000);
  });

  it('is about the worst of its clocks', () => {
    const feeds = createFeeds();
    const feed = feeds.feed[0]!;
    play(feeds, feed.tag(tagOf('a', { clock: 'dev/a' })), 30, (ms) => ms + 10);
    play(feeds, feed.tag(tagOf('b', { clock: 'dev/b' })), 30, (ms) => ms - 7000);
    play(feeds, feed.tag(tagOf('c', { clock: 'dev/c' })), 30, (ms) => ms - wallMs);
    expect(report(feeds).clockFinding).toBe('unsynced');
    expect(report(feeds).clockOffsetMs).toBeCloseTo(7000, -1);
  });

  it('knows nothing of a clock before its first stamp', () => {
    expect(report(createFeeds())).toMatchObject({
      clockOffsetMs: Number.NaN,
      clockDriftPpm: Number.NaN,
      clockFinding: 'none',
    });
  });
});

describe('whose clock it is', () => {
  it('two devices of one source are corrected each by its own', () => {
    const feeds = createFeeds();
    const feed = feeds.feed[0]!;
    const tags = [feed.tag(tagOf('a', { clock: 'a' })), feed.tag(tagOf('b', { clock: 'b' }))];
    const random = seeded(1);
    let worstMs = 0;
    for (let ms = 50; ms <= 60_000; ms += 50) {
      feeds.nowMs = ms;
      const trueMs = wallMs + ms - 0.3 + Math.log(1 - random());
      feed.push(tags[0]!, ms, 0, trueMs - 2000);
      feed.push(tags[1]!, ms, 0, trueMs + 2000);
      const samples = feeds.tick();
      for (let i = 0; i < samples.length && ms > 10_000; i++)
        worstMs = Math.max(worstMs, Math.abs(samples.timeMs[i]! - trueMs));
    }
    expect(worstMs).toBeLessThan(2);
  });

  it('a trusted one is not corrected, but watched', () => {
    const feeds = createFeeds();
    const tag = feeds.feed[0]!.tag(tagOf('a', { clock: 'ntp', clockTrusted: true }));
    const { late } = play(feeds, tag, 60, (ms) => ms - 3000);
    expect(Math.min(...late)).toBeGreaterThan(2999);
    expect(report(feeds)).toMatchObject({ clockFinding: 'offset' });
    const told = feeds.events.filter(({ kind }) => kind === 'clock-finding');
    expect(told.map(({ text }) => text)).toEqual([
      'the clock of ntp (source shop) is 3.0 s behind; its stamps are taken as they are',
    ]);
  });

  it('a server that is asked for its time is known before a sample has come', () => {
    const feeds = createFeeds();
    const feed = feeds.feed[0]!;
    feeds.nowMs = 1000;
    feed.peerClock(wallMs + 999, wallMs + 999.5 + 60_000, wallMs + 1000);
    feed.push(feed.tag(tagOf('a')), 1, 0, wallMs + 600 + 60_000);
    expect(feeds.tick().timeMs[0]).toBeCloseTo(wallMs + 600, 0);
  });
});

describe('events', () => {
  it('are told once when a clock goes wrong, and once when it is right again', () => {
    const feeds = createFeeds();
    const tag = feeds.feed[0]!.tag(tagOf('a', { clock: 'shop/mill-1/esp32' }));
    play(feeds, tag, 90, (ms) => ms - wallMs);
    play(feeds, tag, 60, (ms) => ms);
    expect(feeds.events.map(({ kind, source, details }) => [kind, source, details?.['finding']])).toEqual([
      ['source-up', 'shop', undefined],
      ['clock-finding', 'shop', 'unsynced'],
      ['clock-finding', 'shop', 'none'],
    ]);
    expect(feeds.events[1]!.text).toBe(
      'the clock of shop/mill-1/esp32 (source shop) is not set: the time of receipt is used',
    );
    expect(feeds.events[1]!.details).toMatchObject({ clock: 'shop/mill-1/esp32' });
  });

  it.each([
    ['25 h ahead; values from so far ahead are Bad', 90_000_000, {}],
    ['23 h ahead; corrected', 82_800_000, {}],
    ['25 h behind; corrected', -90_000_000, {}],
    ['160 s ahead; the time of receipt is used', 160_000, { clockTrusted: true }],
    ['30 days behind; its stamps are taken as they are', -30 * 86_400_000, { clockTrusted: true }],
  ])('say how far a clock is off, and what becomes of its samples: %s', (text, offMs, spec) => {
    const feeds = createFeeds();
    play(feeds, feeds.feed[0]!.tag(tagOf('a', { clock: 'dev', ...spec })), 30, (ms) => ms + offMs);
    const told = feeds.events.filter(({ kind }) => kind === 'clock-finding').map((event) => event.text);
    expect(told).toEqual([`the clock of dev (source shop) is ${text}`]);
  });

  it('say what to do about two devices under one name', () => {
    const feeds = createFeeds();
    const feed = feeds.feed[0]!;
    const clock = 'shop/esp32';
    const tags = [feed.tag(tagOf('a', { clock })), feed.tag(tagOf('b', { clock }))];
    const random = seeded(2);
    for (feeds.nowMs = 100; feeds.nowMs <= 60_000; feeds.nowMs += 100) {
      const trueMs = wallMs + feeds.nowMs + 2 * Math.log(1 - random());
      feed.push(tags[0]!, feeds.nowMs, 0, trueMs);
      feed.push(tags[1]!, feeds.nowMs, 0, trueMs - 12_340);
      feeds.tick();
    }
    expect(report(feeds).clockFinding).toBe('shared');
    const told = feeds.events.filter(({ kind }) => kind === 'clock-finding');
    expect(told.map(({ text }) => text)).toEqual([
      'the clock of shop/esp32 (source shop) looks like two clocks under one name, 12 s apart: ' +
        'set time.clock, so that each device has its own',
    ]);
    expect(told[0]!.details).toMatchObject({ finding: 'shared', clock });
    expect(told[0]!.details!['apartMs']).toBeCloseTo(12_340, -2);
  });

  it('of a hundred devices that start without time are ten, and one every ten seconds', () => {
    const feeds = createFeeds();
    const tags = Array.from({ length: 100 }, (_, i) =>
      feeds.feed[0]!.tag(tagOf(`t${i}`, { clock: `d${i}` })),
    );
    for (feeds.nowMs = 100; feeds.nowMs <= 60_000; feeds.nowMs += 100) {
      for (const tag of tags) feeds.feed[0]!.push(tag, feeds.nowMs, 0, feeds.nowMs);
      feeds.tick();
    }
    const told = feeds.events.filter(({ kind }) => kind === 'clock-finding');
    expect(told.length).toBeGreaterThanOrEqual(14);
    expect(told.length).toBeLessThanOrEqual(17);
  });

  it('reach every device in the end, also behind some that come and go all the time', () => {
    const feeds = createFeeds();
    const [feed] = feeds.feed;
    const tags = Array.from({ length: 600 }, (_, i) => feed!.tag(tagOf(`t${i}`, { clock: `d${i}` })));
    for (feeds.nowMs = 1000; feeds.nowMs <= 1_200_000; feeds.nowMs += 1000) {
      const lost = Math.floor(feeds.nowMs / 60_000) % 2 === 0;
      for (const [i, tag] of tags.entries()) {
        const isWrong = i < 20 ? lost : i === 599;
        feed!.push(tag, feeds.nowMs, 0, isWrong ? feeds.nowMs : wallMs + feeds.nowMs - 1);
      }
      feeds.tick();
    }
    const told = feeds.events.filter(({ details }) => details?.['clock'] === 'd599');
    expect(told.map(({ details }) => details?.['finding'])).toEqual(['unsynced']);
  });

  it('of a clock that comes and goes are rare', () => {
    const feeds = createFeeds();
    const tag = feeds.feed[0]!.tag(tagOf('a'));
    for (let i = 0; i < 30; i++) {
      play(feeds, tag, 5, (ms) => ms - wallMs);
      play(feeds, tag, 5, (ms) => ms);
    }
    expect(feeds.events.filter(({ kind }) => kind === 'clock-finding').length).toBeLessThanOrEqual(6);
  });
});

describe("when the gateway's own wall clock is set", () => {
  it.each([
    ['an hour ahead', 3_600_000],
    ['three days ahead', 3 * 86_400_000],
    ['an hour back', -3_600_000],
  ])('%s, devices that follow it are on time again within 10 s', (_, stepMs) => {
    const feeds = createFeeds();
    const tag = feeds.feed[0]!.tag(tagOf('a'));
    play(feeds, tag, 60, (ms) => ms);
    feeds.stepWall(stepMs);
    play(feeds, tag, 9, (ms) => ms + stepMs);
    const after = play(feeds, tag, 60, (ms) => ms + stepMs);
    expect(after.doubtful).toBe(0);
    // Delays of some ms; gateway time is slewed by 500 ppm meanwhile.
    expect(Math.max(...after.late)).toBeLessThan(30);
    expect(Math.min(...after.late)).toBeGreaterThanOrEqual(0);
    expect(report(feeds).clockOffsetMs).toBeCloseTo(-stepMs, -3);
    play(feeds, tag, 120, (ms) => ms + stepMs);
    expect(report(feeds).clockFinding).toBe('offset');
  });
});

describe('a tag that goes from unit to unit', () => {
  it('is told of ten times, then once in ten seconds; every value is marked all the same', () => {
    const feeds = createFeeds();
    const tag = feeds.feed[0]!.tag(tagOf('p', { unit: 'bar', unitJump: true }));
    for (let i = 0; i < 20_000; i++) {
      feeds.nowMs += 1;
      const level = i % 60 < 40 ? 5 : 5e5;
      feeds.feed[0]!.push(tag, level * (1 + 1e-4 * (i % 3)), 0, wallMs + feeds.nowMs);
      if (i % 100 === 0) feeds.tick();
    }
    feeds.tick();
    const told = feeds.events.filter(({ kind }) => kind === 'unit-changed');
    expect(told.length).toBeGreaterThanOrEqual(10);
    expect(told.length).toBeLessThanOrEqual(12);
    expect(report(feeds).remarks.unit_jump).toBeGreaterThan(5000);
  });
});

describe('64-bit integers', () => {
  it('are the same only when all their bits are', () => {
    const feeds = createFeeds();
    const feed = feeds.feed[0]!;
    const tag = feed.tag(tagOf('n', { kind: 'int64' }));
    feeds.nowMs = 1000;
    for (const exact of [2n ** 60n, 2n ** 60n + 1n, 2n ** 60n, -(2n ** 60n)])
      feed.pushExact(tag, exact, 0, wallMs + 900);
    const samples = feeds.tick();
    expect([...samples.exact.subarray(0, samples.length)]).toEqual([2n ** 60n, 2n ** 60n + 1n, -(2n ** 60n)]);
    expect(report(feeds).ledger.rejected.duplicate).toBe(1);
  });
});
