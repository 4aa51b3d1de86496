// A source on a thread of its own says the same to the gateway as one beside it: all of it, in order, with all bits,
// and never more than there is room for.
import { afterEach, describe, expect, test } from 'vitest';
import { GemError } from '../../../src/errors.ts';
import type { Feed } from '../../../src/ports.ts';
import { poll } from '../../poll.ts';
import { createFeeds, tagOf } from '../feeds.ts';
import { callsFeed, type HostOptions, host } from './one-thread.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function started(feed: Feed, options: HostOptions = {}) {
  const hosted = host(options);
  ends.push(() => hosted.source.stop());
  await hosted.source.start(feed);
  return hosted;
}

/** All that a source can say, with what stands between. */
function sayAll(feed: Feed): void {
  const speed = feed.tag(tagOf('speed'));
  feed.push(speed, 1.5, 0, 1000);
  feed.remark('gap');
  feed.push(speed, Number.NaN, 0x80310000, Number.NaN);
  feed.reject('type', 'speed: "fast"');
  const parts = feed.tag(tagOf('parts', { kind: 'uint64' }));
  for (const value of [
    0n,
    1n,
    -1n,
    2n ** 53n + 1n,
    -(2n ** 63n),
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
  ]) {
    feed.pushExact(parts, value, 0x40000000, 1001.25);
  }
  feed.peerClock(1, 2.5, 3, 'plc');
  feed.push(feed.tag(tagOf('speed')), -0, 0xffff0000, 1e15 + 0.5);
  feed.reject('opaque', Uint8Array.of(1, 2, 3));
  feed.remark('backfilled');
}

test('says what a source beside the gateway says, in its order and with all its bits', async () => {
  const direct = callsFeed();
  sayAll(direct);
  const feed = callsFeed();
  const { puppet } = await started(feed);
  sayAll(puppet.feed());
  await poll('all of it', () => feed.calls.length >= direct.calls.length);
  // Names travel ahead of the samples of their batch; among themselves, and all else, in order.
  const named = (calls: unknown[][]) => calls.filter(([what]) => what === 'tag');
  const rest = (calls: unknown[][]) => calls.filter(([what]) => what !== 'tag');
  expect(named(feed.calls)).toEqual(named(direct.calls));
  expect(rest(feed.calls)).toEqual(rest(direct.calls));
});

test('a turn is one message; its block is handed over, comes back and is used again', async () => {
  const feed = callsFeed();
  const { puppet, batches } = await started(feed);
  const far = puppet.feed();
  const tag = far.tag(tagOf('speed'));
  for (let i = 0; i < 5000; i++) far.push(tag, i, 0, i);
  await poll('the turn', () => feed.calls.length === 5001);
  expect(batches.filter(({ rows }) => rows > 0)).toHaveLength(1);
  expect(feed.calls.slice(1).every(([, , value], i) => value === i)).toBe(true);
  for (let turn = 1; turn <= 30; turn++) {
    far.push(tag, turn, 0, turn);
    await poll('one more', () => feed.calls.length === 5001 + turn, 5_000, 0);
  }
  // Handed back to the far half, none of them is left here.
  await poll('all blocks to be back', () => batches.every(({ buffer }) => buffer.detached));
});

describe('a gateway that does not read', () => {
  const room = { rows: 16, blocks: 4 };

  async function flood(held: boolean) {
    const feeds = createFeeds();
    const { puppet, hold, release } = await started(feeds.feed[0]!, { room });
    const far = puppet.feed();
    const tag = far.tag(tagOf('speed'));
    if (held) hold();
    for (let i = 0; i < 1000; i++) {
      far.push(tag, i, 0, Number.NaN);
      if (i % 4 === 3) await new Promise((resolve) => setImmediate(resolve));
    }
    release();
    const { ledger } = feeds.watch.all[0]!.account;
    await poll('an account of all', () => ledger.received === 1000);
    const taken = [...feeds.tick().value.subarray(0, ledger.received - ledger.rejected.inbox_full)];
    return { ledger, taken, letters: feeds.letters };
  }

  test('costs what found no room, counted and told; what was sent before is there, in order', async () => {
    const { ledger, taken, letters } = await flood(true);
    // Three turns of four that were sent as they were, and a whole block.
    expect(taken).toEqual(Array.from({ length: 28 }, (_, i) => i));
    expect(ledger.rejected.inbox_full).toBe(1000 - 28);
    expect(ledger.stored).toBe(28);
    expect(letters).toMatchObject([{ reason: 'inbox_full', excerpt: 'speed = 28' }]);
  });

  test('control: one that reads loses nothing', async () => {
    const { ledger, taken } = await flood(false);
    expect(ledger.rejected.inbox_full).toBe(0);
    expect(taken).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });
});

test('what is refused by the thousand is counted whole and told in part', async () => {
  const feeds = createFeeds();
  const { puppet } = await started(feeds.feed[0]!);
  for (let i = 0; i < 5000; i++) puppet.feed().reject('parse', `line ${i} ${'x'.repeat(5000)}`);
  const { ledger } = feeds.watch.all[0]!.account;
  await poll('an account of all', () => ledger.received === 5000);
  expect(ledger.rejected.parse).toBe(5000);
  expect(feeds.letters.length).toBeGreaterThan(10);
  expect(feeds.letters.length).toBeLessThan(200);
  for (const { excerpt } of feeds.letters) expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(1024);
});

test('a tag is answered at once, as the gateway will: the same name the same, none beyond the limit', async () => {
  const feeds = createFeeds();
  const { puppet } = await started(feeds.feed[0]!, { tagsMax: 2 });
  const far = puppet.feed();
  expect([far.tag(tagOf('a')), far.tag(tagOf('b')), far.tag(tagOf('a')), far.tag(tagOf('c'))]).toEqual([
    0, 1, 0, -1,
  ]);
  far.push(-1, 1, 0, Number.NaN);
  far.push(1, 2, 0, Number.NaN);
  const { ledger } = feeds.watch.all[0]!.account;
  await poll('both', () => ledger.received === 2);
  expect(ledger.rejected.too_many_tags).toBe(1);
  expect(feeds.watch.tags.rows.map(({ spec }) => spec.name)).toEqual(['a', 'b']);
});

test('knows gateway time, whatever it is', async () => {
  const aheadMs = 3_600_000;
  const { puppet } = await started(callsFeed(), { nowMs: () => Date.now() + aheadMs });
  await poll('the time', () => Math.abs(puppet.feed().nowMs() - Date.now() - aheadMs) < 50);
});

test('what waits for safety waits for that of the gateway', async () => {
  const safe = Promise.withResolvers<void>();
  let asked = 0;
  const feed = callsFeed(() => {
    asked++;
    return safe.promise;
  });
  const { puppet } = await started(feed);
  let done = false;
  puppet.feed().push(puppet.feed().tag(tagOf('a')), 1, 0, 1);
  void puppet
    .feed()
    .committed()!
    .then(() => {
      done = true;
    });
  await poll('the question', () => asked === 1);
  expect(feed.calls).toContainEqual(['push', 0, 1, 0, 1]);
  expect(done).toBe(false);
  safe.resolve();
  await poll('the answer', () => done);
});

test('where its tags were before is known as soon as they are named, before what comes with the names', async () => {
  const pushed: number[] = [];
  const near = callsFeed();
  const past: Record<number, number> = { 0: 1000, 2: 3000 };
  const feed: Feed = {
    ...near,
    push(tag, value, quality, sourceMs) {
      pushed.push(tag);
      return near.push(tag, value, quality, sourceMs);
    },
    // As a gateway does, which knows what it took just now.
    lastMs: async (tags) => tags.map((tag) => (pushed.includes(tag) ? 9999 : (past[tag] ?? Number.NaN))),
  };
  const { puppet } = await started(feed);
  const far = puppet.feed();
  const named = ['a', 'b', 'c'].map((name) => far.tag(tagOf(name)));
  far.push(named[0]!, 1, 0, 2000);
  expect(await far.lastMs?.([...named, -1])).toEqual([1000, Number.NaN, 3000, Number.NaN]);
  expect(await far.lastMs?.([named[2]!])).toEqual([3000]);
});

test('of a gateway that knows nothing of before, nothing is known', async () => {
  const { puppet } = await started(callsFeed());
  const far = puppet.feed();
  expect(await far.lastMs?.([far.tag(tagOf('a'))])).toEqual([Number.NaN]);
  expect(await far.lastMs?.([])).toEqual([]);
});

test('lines of its log are written by the gateway, with what can be shown', async () => {
  const { puppet, log } = await started(callsFeed());
  puppet.log.warn({ url: 'x', err: new TypeError('no'), call: () => 1, deep: { call: () => 1 } }, 'hello');
  const line = await poll('the line', () => log.lines.find(({ message }) => message === 'hello'));
  expect(line.level).toBe('warn');
  expect(line.fields).toMatchObject({ url: 'x', deep: 'a value that cannot be shown' });
  expect((line.fields['err'] as Error).message).toBe('no');
  for (let i = 0; i < 1000; i++) puppet.log.info({}, `line ${i}`);
  const left = await poll('the rest', () => log.lines.find(({ fields }) => 'lines' in fields));
  expect(left.fields['lines']).toBe(1000 - 256);
});

test('its link is told in order with its samples', async () => {
  const feed = callsFeed();
  const { puppet, source } = await started(feed);
  expect(source.health()).toEqual({ link: 'connecting', reason: '' });
  puppet.link = 'up';
  await poll('the link', () => source.health().link === 'up');
  puppet.feed().push(puppet.feed().tag(tagOf('a')), Number.NaN, 0x80310000, Number.NaN);
  puppet.link = 'down';
  await poll('the loss', () => source.health().link === 'down');
  expect(source.health().reason).toBe('the puppet says so');
  expect(feed.calls.at(-1)).toEqual(['push', 0, Number.NaN, 0x80310000, Number.NaN]);
});

test('a start that fails fails here, with its code and its hint', async () => {
  const hosted = host({
    async start() {
      throw new GemError('GEM_OPCUA_INSECURE', { source: 'cnc', url: 'opc.tcp://x' });
    },
  });
  const error = await hosted.source.start(callsFeed()).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GemError);
  expect(error).toMatchObject({ code: 'GEM_OPCUA_INSECURE', details: { source: 'cnc' } });
  expect((error as GemError).hint).toContain('allowNone');
  expect(hosted.source.health()).toEqual({ link: 'stopped', reason: '' });
  await hosted.source.stop();
});

test('a stop brings what the source says last, and nothing after it', async () => {
  const feed = callsFeed();
  const { source, puppet } = await started(feed, {
    async stop(far) {
      for (let i = 0; i < 100; i++) far!.push(far!.tag(tagOf('a')), i, 0, i);
    },
  });
  await source.stop();
  expect(feed.calls).toHaveLength(101);
  puppet.feed().push(0, 1, 0, 1);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(feed.calls).toHaveLength(101);
  expect(source.health()).toEqual({ link: 'stopped', reason: '' });
});
