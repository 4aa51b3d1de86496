// What can happen to an OPC UA link besides a server that dies: flapping, a session taken away, none to
// be had. Every gap is Bad once, data comes back, and the server keeps one session of ours.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Quality } from '../../src/core/quality.ts';
import { poll } from '../poll.ts';
import { newStage, type OpenedSource, open, trustRejected, useStage } from '../sources/opcua/stage.ts';
import type { TickServer } from '../sources/opcua/tick-server.ts';
import { startWatch } from '../stopwatch.ts';
import { layWire } from './wire.ts';

/** More than the server has sessions: what is not cleared up is missed. */
const flaps = 3;
const maxSessions = 2;

useStage();

/** And one subscription: what it kept of the ones before has been closed. */
const oneSession = (server: TickServer) =>
  poll('one session', () => {
    const { sessions, subscriptions } = server.ask('count');
    return sessions === 1 && subscriptions === 1;
  });

const gaps = ({ feed }: OpenedSource) =>
  feed.samples.filter(({ quality }) => quality === Quality.badNoCommunication).length;

test.each([
  ['in the open', open],
  ['encrypted', {}],
] as const)(`${flaps} cuts, %s: every gap Bad once, one session left on the server`, async (_name, extra) => {
  const stage = await newStage();
  const server = await stage.serve({ maxSessions });
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
  await oneSession(server);
  await opened.source.stop();
  await poll('no session', () => server.ask('count').sessions === 0);
  wire.close();
});

test.each(['close-sessions', 'end-subscriptions'] as const)(
  'a server that does %s: data again',
  async (deed) => {
    const stage = await newStage();
    const server = await stage.serve();
    const opened = stage.source({ ...open, silenceS: 2 });
    await opened.source.start(opened.feed);
    await opened.flowing();
    server.ask(deed);
    await opened.down(/ended|silent/);
    expect(gaps(opened)).toBe(1);
    await opened.flowing();
    await oneSession(server);
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
  const tookMs = startWatch();
  await opened.source.start(opened.feed);
  // The library would wait two minutes for whoever holds it.
  await opened.flowing();
  expect(tookMs()).toBeLessThan(5000);
});
