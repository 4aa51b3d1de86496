// The contract every source keeps, and that a server sees one session of ours and none when we have gone.
import { expect, test } from 'vitest';
import { createOpcuaSource } from '../../../src/sources/opcua/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';
import { sourceSuite } from '../../suites/source.suite.ts';
import { clock, counterStage } from './counter-stage.ts';

const setUp = () =>
  counterStage((config, pkiDir) => createOpcuaSource('counter', config, { log: keptLog(), clock, pkiDir }));

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
