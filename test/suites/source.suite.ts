// The contract of a source. A new protocol is done when it passes.
import { afterEach, describe, expect, test } from 'vitest';
import { isBad, Quality } from '../../src/core/quality.ts';
import type { Source } from '../../src/ports.ts';
import { createKeptFeed } from '../kept-feed.ts';
import { poll } from '../poll.ts';
import { startWatch } from '../stopwatch.ts';

/** A source and the peer it talks to, made for one test. */
export interface SourceStage {
  create(): Source;
  /** The peer comes up; a source that is trying reaches it. */
  connect(): Promise<void>;
  disconnect(): Promise<void> | void;
  /** The peer makes so many different samples of one stream, with increasing times. */
  produce(count: number): Promise<void>;
  dispose(): Promise<void>;
}

export function sourceSuite(name: string, setUp: () => SourceStage | Promise<SourceStage>): void {
  describe(`${name} keeps the contract of a source`, () => {
    const ends: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    });

    async function stage() {
      const peer = await setUp();
      ends.push(() => peer.dispose());
      const source = peer.create();
      ends.push(() => source.stop());
      return { peer, source, feed: createKeptFeed() };
    }

    test('it is stopped before the start and after the stop', async () => {
      const { source, feed, peer } = await stage();
      expect(source.health()).toEqual({ link: 'stopped', reason: '' });
      await peer.connect();
      await source.start(feed);
      await source.stop();
      expect(source.health()).toEqual({ link: 'stopped', reason: '' });
    });

    test('start resolves without a peer; samples flow once it is there', async () => {
      const { source, feed, peer } = await stage();
      await source.start(feed);
      expect(source.health().link).not.toBe('up');
      await peer.connect();
      await poll('the link to be up', () => source.health().link === 'up');
      await peer.produce(3);
      await poll('three samples', () => feed.samples.length >= 3);
      expect(new Set(feed.samples.map(({ tag }) => tag)).size).toBe(1);
    });

    test('a lost link is told, with a reason, and an up link has none', async () => {
      const { source, feed, peer } = await stage();
      await source.start(feed);
      await peer.connect();
      await poll('the link to be up', () => source.health().link === 'up');
      expect(source.health().reason).toBe('');
      await peer.disconnect();
      const lost = await poll('the loss to be told', () => {
        const health = source.health();
        return health.link === 'up' ? undefined : health;
      });
      expect(['connecting', 'down', 'stopped']).toContain(lost.link);
      expect(lost.reason).not.toBe('');
    });

    test('a lost link makes a value that stood Bad, once; where none stood it says nothing', async () => {
      const { source, feed, peer } = await stage();
      const isUp = () => source.health().link === 'up';
      const qualities = () => feed.samples.map(({ quality }) => quality);
      await source.start(feed);
      await peer.connect();
      await poll('the link to be up', isUp);
      await peer.produce(1);
      await poll('a value', () => qualities().some((quality) => !isBad(quality)));
      await peer.disconnect();
      await poll('the value to be Bad', () => qualities().at(-1) === Quality.badNoCommunication);
      expect(feed.samples.at(-1)).toMatchObject({ value: Number.NaN, sourceMs: Number.NaN });
      await poll('the loss to be told', () => !isUp());
      await peer.connect();
      await poll('the link to be up again', isUp);
      // Each ends a value; what is Bad already, or was never heard, is not Bad once more.
      await peer.disconnect();
      await poll('the second loss to be told', () => !isUp());
      const all = qualities();
      for (const [i, quality] of all.entries()) if (isBad(quality)) expect(isBad(all[i - 1]!)).toBe(false);
    });

    test('nothing is pushed once stop has resolved, and stopping again does no harm', async () => {
      const { source, feed, peer } = await stage();
      await source.start(feed);
      await peer.connect();
      await poll('the link to be up', () => source.health().link === 'up');
      await peer.produce(1);
      await poll('a sample', () => feed.samples.length > 0);
      await source.stop();
      const before = feed.samples.length;
      await peer.produce(3);
      await source.stop();
      expect(feed.samples.length).toBe(before);
    });

    test('a stop in the middle of a start wins', async () => {
      const { source, feed, peer } = await stage();
      await peer.connect();
      const starting = source.start(feed);
      await source.stop();
      await starting;
      expect(source.health()).toEqual({ link: 'stopped', reason: '' });
      const before = feed.samples.length;
      await peer.produce(3);
      expect(feed.samples.length).toBe(before);
      expect(source.health().link).toBe('stopped');
    });

    test('a stop in the middle of a flood ends soon, and nothing is pushed after it', async () => {
      const { source, feed, peer } = await stage();
      await source.start(feed);
      await peer.connect();
      await poll('the link to be up', () => source.health().link === 'up');
      const flood = peer.produce(300);
      await poll('some of it', () => feed.samples.length > 0);
      const tookMs = startWatch();
      await source.stop();
      // Not when the flood is over, nor when some time is up.
      expect(tookMs()).toBeLessThan(3000);
      const before = feed.samples.length;
      await flood;
      expect(feed.samples.length).toBe(before);
    });

    test('a new instance takes over where the old one stopped', async () => {
      const { source, feed, peer } = await stage();
      await source.start(feed);
      await source.stop();
      const next = peer.create();
      ends.push(() => next.stop());
      const nextFeed = createKeptFeed();
      await next.start(nextFeed);
      await peer.connect();
      await poll('the link to be up', () => next.health().link === 'up');
      await peer.produce(2);
      await poll('two samples', () => nextFeed.samples.length >= 2);
      expect(feed.samples).toHaveLength(0);
    });
  });
}
