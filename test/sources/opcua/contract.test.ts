// The contract every source keeps, and that a server sees one session of ours and none when we have gone.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { createOpcuaSource } from '../../../src/sources/opcua/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { poll } from '../../poll.ts';
import { freePort, tempDir } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';
import { type SourceStage, sourceSuite } from '../../suites/source.suite.ts';
import { type CounterServer, counterNode, startCounterServer } from './counter-server.ts';

async function setUp(): Promise<SourceStage & { sessions(): number }> {
  const state = await tempDir();
  const port = await freePort();
  const config = opcuaSourceSchema.parse({
    type: 'opcua',
    url: `opc.tcp://127.0.0.1:${port}`,
    publishingMs: 50,
    samplingMs: 0,
    security: { mode: 'None', allowNone: true },
    tags: { counter: counterNode },
  });
  const clock = { nowMs: Date.now, monotonicMs: () => performance.now() };
  let server: CounterServer | undefined;
  return {
    create: () =>
      createOpcuaSource('counter', config, { log: keptLog(), clock, pkiDir: join(state.path, 'pki') }),
    async connect() {
      server = await startCounterServer(port, state.path);
    },
    disconnect: () => server?.stop(),
    produce: async (count) => server?.count(count),
    sessions: () => server?.sessions() ?? 0,
    async dispose() {
      await server?.stop();
      await state.remove();
    },
  };
}

sourceSuite('opcua', setUp);

test('a server holds one session of ours while we are there, and none when we have gone', async () => {
  const peer = await setUp();
  await peer.connect();
  const source = peer.create();
  await source.start(createKeptFeed());
  await poll('the link to be up', () => source.health().link === 'up');
  expect(peer.sessions()).toBe(1);
  await source.stop();
  await poll('the session to be closed', () => peer.sessions() === 0);
  await peer.dispose();
});
