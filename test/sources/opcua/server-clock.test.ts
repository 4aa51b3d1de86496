// The clock of a server is asked for both ways: when we asked, what it said, when we heard.
import { expect, test } from 'vitest';
import { poll } from '../../poll.ts';
import { startWatch } from '../../stopwatch.ts';
import { newStage, open, useStage } from './stage.ts';

useStage();

test('the server is asked for its time, quickly at first, one question at a time, and not after the end', async () => {
  const stage = await newStage();
  await stage.serve();
  const { source, feed, flowing } = stage.source({ ...open, silenceS: 2 });
  await source.start(feed);
  await flowing();
  const tookMs = startWatch();
  await poll('five answers', () => feed.peerClocks.length >= 5);
  expect(tookMs()).toBeLessThan(5000);
  // The same machine, so the same clock; the time of an answer is whole milliseconds.
  for (const { sentMs, peerMs, receivedMs, clock } of feed.peerClocks) {
    expect(peerMs).toBeGreaterThanOrEqual(sentMs - 1);
    expect(peerMs).toBeLessThanOrEqual(receivedMs + 1);
    expect(receivedMs - sentMs).toBeLessThan(1000);
    expect(clock).toBeUndefined();
  }
  for (let i = 1; i < feed.peerClocks.length; i++) {
    expect(feed.peerClocks[i]!.sentMs).toBeGreaterThanOrEqual(feed.peerClocks[i - 1]!.receivedMs);
  }
  const asked = feed.peerClocks.length;
  await poll('it to go on', () => feed.peerClocks.length > asked);
  await source.stop();
  const ended = feed.peerClocks.length;
  const other = stage.source({ ...open, silenceS: 2 });
  await other.source.start(other.feed);
  await poll('another to be answered', () => other.feed.peerClocks.length >= 3);
  expect(feed.peerClocks.length).toBe(ended);
});
