// What can happen to an OPC UA link besides a server that dies: silence, flapping, a session taken away, none to
// be had. Every gap is Bad once, data comes back, and the server keeps one session of ours.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Quality } from '../../src/core/quality.ts';
import { poll } from '../poll.ts';
import { newStage, type OpenedSource, open, trustRejected, useStage } from '../sources/opcua/stage.ts';
import type { TickServer } from '../sources/opcua/tick-server.ts';
import { layWire, type Wire } from './wire.ts';

const flaps = 6;

useStage();

const gaps = ({ feed }: OpenedSource) =>
  feed.samples.filter(({ quality }) => quality === Quality.badNoCommunication).length;

async function wired(silenceS: number): Promise<{ server: TickServer; opened: OpenedSource; wire: Wire }> {
  const stage = await newStage();
  const server = await stage.serve();
  const wire = await layWire(stage.port);
  const opened = stage.source({ ...open, url: `opc.tcp://127.0.0.1:${wire.port}`, silenceS });
  await opened.source.start(opened.feed);
  await opened.flowing();
  return { server, opened, wire };
}

describe('a network that swallows everything', () => {
  test('is found by silence; data again when it is mended', async () => {
    const { server, opened, wire } = await wired(1);
    const fromMs = performance.now();
    wire.swallow();
    await opened.down('silent for 1 s', 3000);
    expect(performance.now() - fromMs).toBeLessThan(2000);
    expect(gaps(opened)).toBe(1);
    expect(opened.feed.samples.at(-1)?.quality).toBe(Quality.badNoCommunication);
    await opened.down('does not answer');
    wire.mend();
    await opened.flowing();
    expect(gaps(opened)).toBe(1);
    // The one from before was taken up again and closed: the server had not heard that it was over.
    expect(server.ask('count')).toEqual({ sessions: 1, subscriptions: 1 });
    await opened.source.stop();
    wire.close();
  });

  test('control: without the watch for silence nobody notices', async () => {
    const { opened, wire } = await wired(3600);
    wire.swallow();
    const count = opened.feed.samples.length;
    await expect(poll('a loss', () => opened.source.health().link !== 'up', 3000)).rejects.toThrow('waited');
    expect(opened.feed.samples.length - count).toBeLessThan(5);
    expect(opened.feed.samples.at(-1)?.quality).toBe(Quality.good);
    wire.close();
    await opened.down('connection was lost');
    expect(gaps(opened)).toBe(1);
  });
});

test.each([
  ['in the open', open],
  ['encrypted', {}],
] as const)(
  `${flaps} cuts, %s: every gap Bad once, one session left on the server`,
  { timeout: 60_000 },
  async (_name, extra) => {
    const stage = await newStage();
    const server = await stage.serve({ maxSessions: 3 });
    const wire = await layWire(stage.port);
    const opened = stage.source({ ...extra, url: `opc.tcp://127.0.0.1:${wire.port}` });
    await opened.source.start(opened.feed);
    if (!('security' in extra)) await trustRejected(stage, opened);
    await opened.flowing();
    const begun = gaps(opened);
    for (let flap = 1; flap <= flaps; flap++) {
      wire.cut();
      await poll('the loss', () => gaps(opened) === begun + flap);
      // The server keeps it: without being cleared up there would soon be no room.
      expect(server.ask('count').sessions).toBe(1);
      await opened.flowing();
    }
    expect(gaps(opened)).toBe(begun + flaps);
    expect(server.ask('count')).toEqual({ sessions: 1, subscriptions: 1 });
    await opened.source.stop();
    await poll('no session', () => server.ask('count').sessions === 0);
    wire.close();
  },
);

test.each(['close-sessions', 'end-subscriptions'] as const)(
  'a server that does %s: data again',
  async (deed) => {
    const stage = await newStage();
    const server = await stage.serve();
    const opened = stage.source({ ...open, silenceS: 2 });
    await opened.source.start(opened.feed);
    await opened.flowing();
    server.ask(deed);
    await opened.down(/ended|silent/, 10_000);
    expect(gaps(opened)).toBe(1);
    await opened.flowing();
    expect(server.ask('count')).toEqual({ sessions: 1, subscriptions: 1 });
  },
);

test('a server without a session to spare is told apart, and used once it has one', async () => {
  const stage = await newStage();
  await stage.serve({ maxSessions: 1 });
  const first = stage.source(open);
  await first.source.start(first.feed);
  await first.flowing();
  const second = stage.source(open);
  await second.source.start(second.feed);
  await second.down('BadTooManySessions');
  await first.source.stop();
  await second.flowing();
});

test('a lock that a killed process left in the folder of certificates delays nothing', async () => {
  const stage = await newStage();
  await stage.serve();
  await mkdir(join(stage.pkiDir, 'mutex.lock'), { recursive: true });
  await mkdir(join(stage.pkiDir, 'own', 'private', 'mutex.lock'), { recursive: true });
  const opened = stage.source(open);
  const fromMs = performance.now();
  await opened.source.start(opened.feed);
  await opened.flowing();
  expect(performance.now() - fromMs).toBeLessThan(5000);
});
