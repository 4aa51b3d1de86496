// The bus contract against a real mosquitto, with MQTT 3.1.1 and 5; and what only a real one shows.
import { describe, expect, test } from 'vitest';
import { createBrokerLink } from '../../src/broker/link.ts';
import { externalBrokerSchema } from '../../src/broker/schema.ts';
import { cleanUp, peer, realClock, startBroker, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { keptLog } from '../silent-log.ts';
import { busSuite } from '../suites/bus.suite.ts';
import { mosquittoClient, startMosquitto } from './broker-peers.ts';

type Version = '3.1.1' | '5';

function makeLink(port: number, protocol: Version, clientId = 'gemel-test') {
  const log = keptLog();
  const url = `mqtt://127.0.0.1:${port}`;
  const config = externalBrokerSchema.parse({ url, protocol, backoffMinS: 0.05, backoffMaxS: 0.2 });
  const link = createBrokerLink(config, { clientId, log, clock: realClock });
  cleanUp(() => link.stop());
  return { link, log };
}

for (const protocol of ['3.1.1', '5'] as const) {
  describe(`mosquitto, MQTT ${protocol}`, () => {
    useCleanUp();
    busSuite(`link to mosquitto, MQTT ${protocol}`, () => {
      const server = startMosquitto(['max_queued_messages 10000']);
      return {
        bus: async () => makeLink((await server).port, protocol).link,
        outside: async () => peer((await server).port),
      };
    });

    test('QoS 1 messages of the time without a gateway come after its start', async () => {
      const { port } = await startMosquitto();
      const first = makeLink(port, protocol).link;
      first.subscribe('a/#', 1, () => undefined);
      await first.start();
      await poll('up', () => first.link === 'up');
      await first.stop();
      const sender = await peer(port);
      for (let i = 0; i < 50; i++) await sender.publishAsync('a/b', `${i}`, { qos: 1 });
      const seen: string[] = [];
      const second = makeLink(port, protocol).link;
      second.subscribe('a/#', 1, (_topic, payload) => {
        seen.push(Buffer.from(payload).toString());
        return undefined;
      });
      await second.start();
      await poll('what waited', () => seen.length >= 50);
      expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
    });

    test('mosquitto killed: the will is published by nobody, the link comes back to a new one', async () => {
      const port = await freePort();
      const first = await startMosquitto([], port);
      const { link, log } = makeLink(port, protocol);
      const seen: string[] = [];
      link.subscribe('a', 1, (_topic, payload) => {
        seen.push(Buffer.from(payload).toString());
        return undefined;
      });
      await link.start();
      await poll('up', () => link.link === 'up');
      await first.kill('SIGKILL');
      await poll('down', () => link.link === 'down');
      await startMosquitto([], port);
      await poll('up again', () => link.link === 'up');
      await (await peer(port)).publishAsync('a', 'after', { qos: 1 });
      await poll('the message', () => seen.length > 0);
      expect(log.lines.filter(({ level }) => level === 'error').length).toBeLessThanOrEqual(3);
    });

    test('a link that dies without a word leaves its last will; one that stops says so itself', async () => {
      const { port } = await startMosquitto();
      const watcher = await peer(port);
      const heard: string[] = [];
      watcher.on('message', (_topic, payload) => heard.push(payload.toString()));
      await watcher.subscribeAsync('s', { qos: 1 });
      const { link } = makeLink(port, protocol);
      link.status({ topic: 's', online: () => 'online', offline: () => 'offline' });
      await link.start();
      await poll('online', () => heard.at(-1) === 'online');
      // Another client takes its name: mosquitto cuts the link, which is what a lost network looks like to it.
      const thief = await peer(port, { clientId: 'gemel-test' });
      await poll('the will', () => heard.includes('offline'));
      await thief.endAsync();
      await poll('back', () => heard.at(-1) === 'online');
      await link.stop();
      await poll('goodbye', () => heard.at(-1) === 'offline');
    });
  });
}

describe('the mosquitto clients on the embedded broker', () => {
  useCleanUp();

  test('publish, retained, subscribe, last words', async () => {
    const { broker, port } = await startBroker();
    const seen: string[] = [];
    broker.subscribe('shop/#', 1, (topic, payload) => {
      seen.push(`${topic} ${Buffer.from(payload).toString()}`);
      return undefined;
    });
    const at = ['-h', '127.0.0.1', '-p', `${port}`];
    for (const qos of ['0', '1', '2']) {
      const { code } = await mosquittoClient('mosquitto_pub', [
        ...at,
        '-t',
        'shop/a',
        '-m',
        `qos ${qos}`,
        '-q',
        qos,
      ]);
      expect(code).toBe(0);
    }
    await poll('all three', () => seen.length === 3);
    expect(seen).toEqual(['shop/a qos 0', 'shop/a qos 1', 'shop/a qos 2']);
    broker.publish('gemel/hall/status', 'online', { qos: 1, retain: true }, () => {});
    const got = await mosquittoClient('mosquitto_sub', [...at, '-t', 'gemel/#', '-v', '-C', '1', '-W', '10']);
    expect(got).toEqual({ code: 0, output: 'gemel/hall/status online\n' });
  });
});
