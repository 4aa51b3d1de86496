// A source that is stopped at any moment: soon, and without leaving anything at the server.
import { expect, test } from 'vitest';
import { poll } from '../../poll.ts';
import { startWatch } from '../../stopwatch.ts';
import { newStage, open, trustRejected, useStage } from './stage.ts';

useStage();

/** From the first word to the first value takes about 200 ms here. */
const momentsMs = [0, 5, 10, 20, 30, 45, 60, 80, 110, 150, 200, 300];

test.each([
  ['in the open', open],
  ['encrypted', {}],
] as const)(
  'at any moment, %s: within a second, no session left, and not a value after',
  async (_name, extra) => {
    const stage = await newStage();
    const server = await stage.serve({ maxSessions: 2 });
    if (!('security' in extra)) {
      const first = stage.source(extra);
      await first.source.start(first.feed);
      await trustRejected(stage, first);
      await first.source.stop();
    }
    const stopped: { feed: { samples: unknown[] }; count: number }[] = [];
    for (const momentMs of momentsMs) {
      const { source, feed } = stage.source(extra);
      await source.start(feed);
      await new Promise((resolve) => setTimeout(resolve, momentMs));
      // Some got as far as values, some did not: else this shows little.
      if (momentMs === momentsMs.at(-1)) await poll('a value', () => feed.samples.length > 0);
      const tookMs = startWatch();
      await source.stop();
      expect(tookMs()).toBeLessThan(1000);
      expect(source.health().link).toBe('stopped');
      stopped.push({ feed, count: feed.samples.length });
    }
    await poll('no session left', () => server.ask('count').sessions === 0);
    for (const { feed, count } of stopped) expect(feed.samples.length).toBe(count);
    expect(stopped[0]!.count).toBe(0);
  },
);
