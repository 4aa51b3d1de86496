// The contract every source keeps, by a file that appears, grows and goes; and what only a recording does:
// it ends, it begins again, it is played at its speed.
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import type { Source } from '../../../src/ports.ts';
import { replaySourceSchema } from '../../../src/sources/replay/schema.ts';
import { createReplaySource } from '../../../src/sources/replay/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { poll } from '../../poll.ts';
import { tempDir } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';
import { sourceSuite } from '../../suites/source.suite.ts';

sourceSuite('replay of a file that is being written', async () => {
  const dir = await tempDir();
  const file = join(dir.path, 'log.csv');
  const config = replaySourceSchema.parse({ type: 'replay', file, follow: true, tags: { x: 'x' } });
  let made = 0;
  return {
    create: () => createReplaySource('log', config, keptLog()),
    connect: () => writeFile(file, 'time,x\n'),
    disconnect: () => rm(file),
    async produce(count) {
      for (let i = 0; i < count; i++) await appendFile(file, `${1_767_225_600_000 + made},${made++}\n`);
    },
    dispose: () => dir.remove(),
  };
});

describe('a recording', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function recorded(text: string, more: object = {}) {
    const dir = await tempDir();
    ends.push(() => dir.remove());
    const file = join(dir.path, 'log.csv');
    await writeFile(file, text);
    const config = replaySourceSchema.parse({ type: 'replay', file, tags: { x: 'x' }, ...more });
    const source: Source = createReplaySource('log', config, keptLog());
    ends.push(() => source.stop());
    const feed = createKeptFeed();
    const startMs = feed.timeMs;
    const from = performance.now();
    Object.defineProperty(feed, 'nowMs', { value: () => startMs + performance.now() - from });
    return { source, feed, startMs, file };
  }

  test('is played at its speed with its pauses, as if it happened now', async () => {
    const { source, feed, startMs } = await recorded('time,x\n0,1\n0.05,2\n0.25,3\n');
    await source.start(feed);
    await poll('the end', () => source.health().link === 'down');
    expect(source.health().reason).toBe('the recording has ended');
    // A signal that is held until it changes would stay Good for ever.
    expect(feed.samples.pop()).toMatchObject({ value: Number.NaN, quality: Quality.badNoCommunication });
    const times = feed.samples.map(({ sourceMs }) => sourceMs - feed.samples[0]!.sourceMs);
    expect(times.map(Math.round)).toEqual([0, 50, 250]);
    expect(feed.samples[0]!.sourceMs).toBeGreaterThanOrEqual(startMs);
    expect(feed.nowMs() - startMs).toBeGreaterThan(240);
  });

  test('is played faster when told to', async () => {
    const { source, feed, startMs } = await recorded('time,x\n0,1\n10,2\n', { speed: 100 });
    await source.start(feed);
    await poll('the end', () => source.health().link === 'down');
    const [first, second] = feed.samples.map(({ sourceMs }) => sourceMs);
    expect(Math.round(second! - first!)).toBe(100);
    // It lasted ten seconds.
    expect(feed.nowMs() - startMs).toBeLessThan(5000);
  });

  test('begins again at the end, with times that go on', async () => {
    const { source, feed } = await recorded('time,x\n0,1\n0.02,2\n', { loop: true });
    await source.start(feed);
    await poll('three rounds', () => feed.samples.length >= 6);
    await source.stop();
    const times = feed.samples.map(({ sourceMs }) => sourceMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(feed.samples.slice(0, 4).map(({ value }) => value)).toEqual([1, 2, 1, 2]);
  });

  test('of which nothing can be used says why', async () => {
    const { source, feed } = await recorded('time,x\n0,abc\n1,def\n');
    await source.start(feed);
    const reason = await poll('the reason', () => source.health().link === 'down' && source.health().reason);
    expect(reason).toContain('log.csv:2 "abc" is no number for x');
    expect(feed.rejects.map((letter) => letter.reason)).toEqual(['type', 'type']);
  });

  test('without the column of a tag says what there is', async () => {
    const { source, feed } = await recorded('time,y,z\n0,1,2\n');
    await source.start(feed);
    const reason = await poll('the reason', () => source.health().link === 'down' && source.health().reason);
    expect(reason).toContain('the tag x: there is no column "x"; there is time, y, z');
  });

  test('without several columns names all of them, and what they were meant to be', async () => {
    const tags = { x: 'valeu', y: 'Fz', z: 'value' };
    const { source, feed } = await recorded('time,value,force\n0,1,2\n', { tags });
    await source.start(feed);
    const reason = await poll('the reason', () => source.health().link === 'down' && source.health().reason);
    expect(reason).toBe(
      'log.csv: the tag x: there is no column "valeu" (did you mean "value"?); ' +
        'the tag y: there is no column "Fz"; there is time, value, force',
    );
  });

  test('of objects that lack the fields of all tags says what they have', async () => {
    const { source, feed } = await recorded('{"time":0,"valeu":1}\n', { tags: { x: 'value' } });
    await source.start(feed);
    const reason = await poll('the reason', () => source.health().link === 'down' && source.health().reason);
    expect(reason).toContain('(value (did you mean "valeu"?)); there is time, valeu');
  });

  test('that is followed leaves alone what was there before, and starts anew when it is replaced', async () => {
    const { source, feed, file } = await recorded('time,x\n2026-01-01T00:00:00Z,1\n', { follow: true });
    await source.start(feed);
    await poll('the link to be up', () => source.health().link === 'up');
    await appendFile(file, '2026-01-01T00:00:01Z,2\n2026-01-01T00:00:0');
    await poll('a sample', () => feed.samples.length === 1);
    await appendFile(file, '2Z,3\n');
    await poll('a second sample', () => feed.samples.length === 2);
    await writeFile(file, 'x,time\n4,2026-01-01T00:00:03Z\n');
    await poll('a third sample', () => feed.samples.length === 3);
    expect(feed.samples.map(({ value }) => value)).toEqual([2, 3, 4]);
    expect(feed.samples[2]!.sourceMs).toBe(Date.UTC(2026, 0, 1, 0, 0, 3));
    await rm(file);
    await poll('its end', () => feed.samples.length === 4);
    expect(feed.samples[3]).toMatchObject({ quality: Quality.badNoCommunication });
  });
});
