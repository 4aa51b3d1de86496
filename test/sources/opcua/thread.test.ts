// The source with its work on a thread of its own keeps the contract of a source, and is for a gateway what it is
// beside it.
import { expect, test } from 'vitest';
import { createThreadSource } from '../../../src/runtime/thread/thread-source.ts';
import { workerSpawn } from '../../../src/runtime/thread/worker.ts';
import type { SourceThreadData } from '../../../src/source-thread.ts';
import { type OpcuaSourceConfig, wantsOwnThread } from '../../../src/sources/opcua/schema.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';
import { sourceSuite } from '../../suites/source.suite.ts';
import { clock, counterStage } from './counter-stage.ts';

function threadSource(config: OpcuaSourceConfig, pkiDir: string) {
  const data: SourceThreadData = { name: 'counter', config, pkiDir, tagsMax: 10 };
  const entry = new URL('../../../src/source-thread.ts', import.meta.url);
  const spawn = workerSpawn(entry, { data, name: 'source counter' });
  const log = keptLog();
  return { source: createThreadSource('counter', { spawn, clock, log, stopMs: 10_000 }), log };
}

const setUp = () => counterStage((config, pkiDir) => threadSource(config, pkiDir).source);

sourceSuite('opcua on a thread of its own', setUp);

test('its lines are in the log, its lack of protection in its health, and its clock is known', async () => {
  const peer = await setUp();
  await peer.connect();
  const { source, log } = threadSource(peer.config, peer.pkiDir);
  const feed = createKeptFeed();
  try {
    await source.prepare?.();
    await source.start(feed);
    await poll('the link', () => source.health().link === 'up');
    expect(source.health()).toEqual({ link: 'up', reason: '', insecure: true });
    await poll('the warning', () => log.lines.find(({ message }) => message.startsWith('INSECURE')));
    const told = await poll('the clock', () => feed.peerClocks[0]);
    expect(Math.abs(told.sentMs - Date.now())).toBeLessThan(60_000);
    expect(told.receivedMs).toBeGreaterThanOrEqual(told.sentMs);
  } finally {
    await source.stop();
    await peer.dispose();
  }
});

test('what is configured wrongly is said at the start, with the code and the hint of it', async () => {
  const peer = await setUp();
  const security = { ...peer.config.security, allowNone: false };
  const { source } = threadSource({ ...peer.config, security }, peer.pkiDir);
  await expect(source.start(createKeptFeed())).rejects.toMatchObject({
    code: 'GEM_OPCUA_INSECURE',
    hint: expect.stringContaining('allowNone') as string,
  });
  await source.stop();
  await peer.dispose();
});

test('many tags want a thread of their own, unless the configuration says otherwise', () => {
  const tags = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, 'ns=1;i=1']));
  expect(wantsOwnThread({ tags: tags(500) })).toBe(false);
  expect(wantsOwnThread({ tags: tags(501) })).toBe(true);
  expect(wantsOwnThread({ tags: tags(501), thread: 'shared' })).toBe(false);
  expect(wantsOwnThread({ tags: tags(1), thread: 'own' })).toBe(true);
});
