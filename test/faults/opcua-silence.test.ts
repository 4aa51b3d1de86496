// An OPC UA link over which nothing arrives any more, with no sign to either side: found by its silence.
import { expect, test } from 'vitest';
import { Quality } from '../../src/core/quality.ts';
import { poll } from '../poll.ts';
import { newStage, type OpenedSource, open, useStage } from '../sources/opcua/stage.ts';
import type { TickServer } from '../sources/opcua/tick-server.ts';
import { startWatch } from '../stopwatch.ts';
import { layWire, type Wire } from './wire.ts';

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

test('a network that swallows everything is found by silence; data again when it is mended', async () => {
  const { server, opened, wire } = await wired(1);
  const foundMs = startWatch();
  wire.swallow();
  await opened.down('silent for 1 s');
  expect(foundMs()).toBeLessThan(2000);
  expect(gaps(opened)).toBe(1);
  expect(opened.feed.samples.at(-1)?.quality).toBe(Quality.badNoCommunication);
  await opened.down('does not answer');
  wire.mend();
  await opened.flowing();
  expect(gaps(opened)).toBe(1);
  // The one from before was taken up again and closed: the server had not heard that it was over.
  await poll('one session', () => {
    const { sessions, subscriptions } = server.ask('count');
    return sessions === 1 && subscriptions === 1;
  });
  await opened.source.stop();
  wire.close();
});

test('control: without the watch for silence nobody notices', async () => {
  const { opened, wire } = await wired(3600);
  wire.swallow();
  const count = opened.feed.samples.length;
  await expect(poll('a loss', () => opened.source.health().link !== 'up', 2000)).rejects.toThrow('waited');
  expect(opened.feed.samples.length - count).toBeLessThan(5);
  expect(opened.feed.samples.at(-1)?.quality).toBe(Quality.good);
  wire.close();
  await opened.down('connection was lost');
  expect(gaps(opened)).toBe(1);
});
