// Browsers: MQTT over WebSocket, with the same guards, and not for pages from elsewhere.
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { originAllowed } from '../../src/broker/listeners.ts';
import { poll } from '../poll.ts';
import { cleanUp, hear, peer, startBroker, useCleanUp } from './fixture.ts';

describe('websocket', () => {
  useCleanUp();

  test('a client publishes and subscribes like any other, and closes like any other', async () => {
    const { broker } = await startBroker({ websocketPort: 0 });
    const seen: string[] = [];
    broker.subscribe('web/#', 1, (topic, payload) => {
      seen.push(`${topic} ${Buffer.from(payload).toString()}`);
      return undefined;
    });
    const url = `ws://127.0.0.1:${broker.address.websocketPort}`;
    const client = await peer(url);
    const heard = hear(client);
    await client.subscribeAsync('out/#', { qos: 1 });
    for (let i = 0; i < 300; i++) client.publish('web/a', `${i}`, { qos: 0 });
    await client.publishAsync('web/a', 'last', { qos: 1 });
    expect(seen).toHaveLength(301);
    expect(seen.at(-1)).toBe('web/a last');
    broker.publish('out/x', 'y'.repeat(100_000), { qos: 1, retain: false }, () => {});
    await poll('a large message', () => heard.length > 0);
    expect(heard[0]?.payload).toHaveLength(100_000);
    expect(broker.stats().clients).toBe(1);
    await client.endAsync();
    await poll('the leave', () => broker.stats().connections === 0);
  });

  test('a packet over the limit and a packet cut over frames are told apart', async () => {
    const { broker } = await startBroker({ websocketPort: 0, limits: { packetBytes: 4096 } });
    const url = `ws://127.0.0.1:${broker.address.websocketPort}`;
    const good = await peer(url);
    await good.publishAsync('a', Buffer.alloc(4000), { qos: 1 });
    const bad = await peer(url);
    bad.publish('a', Buffer.alloc(8000), { qos: 0 });
    await poll('the cut', () => !bad.connected);
    expect(good.connected).toBe(true);
  });

  test('a page from elsewhere is refused, one of this machine is not', async () => {
    const { broker } = await startBroker({ websocketPort: 0 });
    const open = (origin: string, protocol = 'mqtt'): Promise<string> =>
      new Promise((resolve) => {
        const address = `ws://127.0.0.1:${broker.address.websocketPort}`;
        const socket = new WebSocket(address, protocol, { origin });
        cleanUp(() => socket.terminate());
        socket.on('open', () => resolve('open'));
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await open('http://evil.example')).toMatch(/403/);
    expect(await open('null')).toMatch(/403/);
    expect(await open('http://localhost:8080')).toBe('open');
    expect(await open('http://127.0.0.1', 'chat')).toMatch(/400/);
    expect(broker.stats().refused.origin).toBe(3);
  });

  test.each([
    [undefined, 'gw:9001', true],
    ['http://localhost:3000', '127.0.0.1:9001', true],
    ['http://[::1]:3000', '127.0.0.1:9001', true],
    ['http://192.168.0.5:8080', '192.168.0.5:9001', true],
    [`http://${hostname()}:8080`, `${hostname()}:9001`, true],
    ['http://192.168.0.6', '192.168.0.5:9001', false],
    // A name that somebody else's name server points at this machine.
    ['http://evil.example', 'evil.example:9001', false],
    ['file://', '127.0.0.1', false],
    ['nonsense', '127.0.0.1', false],
  ])('origin %s at host %s: %s', (origin, host, allowed) => {
    expect(originAllowed(origin, host)).toBe(allowed);
  });
});
