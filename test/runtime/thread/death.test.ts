// A thread that dies or hangs takes its own source down, says so, and is started again; the process goes on.
import { afterEach, describe, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { createThreadSource } from '../../../src/runtime/thread/thread-source.ts';
import { workerSpawn } from '../../../src/runtime/thread/worker.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';
import type { FailingData } from './failing-thread.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Plan {
  readonly how: FailingData['how'];
  readonly times?: number;
  readonly silenceMs?: number;
  readonly stopMs?: number;
}

async function begin({ how, times = 1, silenceMs = 15_000, stopMs = 10_000 }: Plan) {
  const lives = new SharedArrayBuffer(8);
  const counts = new Int32Array(lives);
  const data: FailingData = { how, times, after: 10, lives };
  const entry = new URL('./failing-thread.ts', import.meta.url);
  const log = keptLog();
  const feed = createKeptFeed();
  const source = createThreadSource('counter', {
    spawn: workerSpawn(entry, { data, name: 'counter', heapMaxMb: 32 }),
    clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
    log,
    stopMs,
    silenceMs,
    backoff: { minMs: 20, maxMs: 10_000 },
  });
  ends.push(() => source.stop());
  await source.start(feed);
  const bad = () => feed.samples.filter(({ quality }) => quality === Quality.badNoCommunication);
  const errors = () => log.lines.filter(({ level }) => level === 'error');
  return { source, feed, log, bad, errors, lives: () => counts[0]!, ended: () => counts[1]! };
}

type Begun = Awaited<ReturnType<typeof begin>>;

/** A good sample after the Bad one, and up. */
async function back({ source, feed }: Begun): Promise<void> {
  await poll('data again', () => {
    const at = feed.samples.findLastIndex(({ quality }) => quality === Quality.badNoCommunication);
    return at >= 0 && feed.samples.length > at + 3 && source.health().link === 'up';
  });
}

describe('a thread that ends', () => {
  const endings = [
    ['throws', 'the counter is broken'],
    ['rejects', 'the counter is broken'],
    ['leaves', 'exit code 3'],
    ['fills its heap', 'memory limit'],
  ] as const;
  test.each(endings)(
    '%s: its tags are Bad once, the log names it, and it is started again',
    async (how, why) => {
      const begun = await begin({ how });
      await back(begun);
      expect(begun.bad()).toMatchObject([{ tag: 'count', value: Number.NaN, sourceMs: Number.NaN }]);
      expect(begun.errors()).toHaveLength(1);
      const [line] = begun.errors();
      expect(line!.message).toContain('source counter: its thread ended');
      expect(line!.message).toContain(why);
      expect(line!.fields).toMatchObject({ source: 'counter', againInMs: 20 });
      expect(begun.lives()).toBe(2);
      // The first life said all that it had said before its end.
      expect(begun.feed.samples.slice(0, 9).map(({ value }) => value)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    },
  );

  test('control: one that does not goes on, in one life and without a Bad', async () => {
    const begun = await begin({ how: 'not' });
    await poll('many samples', () => begun.feed.samples.length > 60);
    expect(begun.bad()).toEqual([]);
    expect(begun.errors()).toEqual([]);
    expect(begun.lives()).toBe(1);
    expect(begun.feed.samples.map(({ value }) => value)).toEqual(begun.feed.samples.map((_, i) => i + 1));
  });

  test('again and again: ever more rarely, and down in between, with the reason', async () => {
    const begun = await begin({ how: 'throws', times: 4 });
    await poll('down', () => begun.source.health().link === 'down');
    expect(begun.source.health().reason).toBe('its thread ended: the counter is broken');
    await poll('the fifth life', () => begun.lives() === 5);
    await back(begun);
    expect(begun.errors().map(({ fields }) => fields['againInMs'])).toEqual([20, 40, 80, 160]);
    expect(begun.bad()).toHaveLength(4);
  });

  test('a start that fails in a later life is one more try', async () => {
    const begun = await begin({ how: 'does not start' });
    await poll('the third life', () => begun.lives() === 3);
    await back(begun);
    expect(begun.errors().map(({ message }) => message)).toEqual([
      'source counter: its thread ended: exit code 3',
      'source counter: its thread ended: not today',
    ]);
  });

  test('a stop while it waits to be started again wins', async () => {
    const begun = await begin({ how: 'throws', times: 1000 });
    await poll('down', () => begun.source.health().link === 'down');
    await begun.source.stop();
    const lives = begun.lives();
    expect(begun.source.health()).toEqual({ link: 'stopped', reason: '' });
    const witness = await begin({ how: 'throws' });
    await back(witness);
    expect(begun.lives()).toBe(lives);
  });
});

test('one that the system does not start is down with the reason, and tried again', async () => {
  const log = keptLog();
  const source = createThreadSource('counter', {
    // What cannot be handed over fails where a thread too many does.
    spawn: workerSpawn(new URL('./failing-thread.ts', import.meta.url), { data: () => {}, name: 'counter' }),
    clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
    log,
    stopMs: 10_000,
    backoff: { minMs: 20, maxMs: 10_000 },
  });
  ends.push(() => source.stop());
  await source.prepare?.();
  await source.start(createKeptFeed());
  await poll('the third try', () => log.lines.length >= 3);
  expect(source.health()).toMatchObject({
    link: 'down',
    reason: expect.stringContaining('could not be cloned'),
  });
});

describe('a thread that hangs', () => {
  test('is ended and started again', async () => {
    const begun = await begin({ how: 'hangs', silenceMs: 3_000 });
    await back(begun);
    expect(begun.errors()).toHaveLength(1);
    expect(begun.errors()[0]!.message).toContain('it did not answer for 3 s');
    expect(begun.lives()).toBe(2);
  });

  test('does not keep a stop from its end', async () => {
    const begun = await begin({ how: 'hangs', stopMs: 500 });
    await poll('the hang', () => begun.ended() === 1);
    await begun.source.stop();
    expect(begun.log.lines.some(({ message }) => message.includes('did not stop in time'))).toBe(true);
    expect(begun.source.health()).toEqual({ link: 'stopped', reason: '' });
  });
});
