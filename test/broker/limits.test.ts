// The broker's limits, each with a neighbour that is not touched by it.
import { generate } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { createRateLimit } from '../../src/broker/rate.ts';
import { poll } from '../poll.ts';
import { hear, peer, rawSocket, returning, startBroker, useCleanUp } from './fixture.ts';

const connect = (clientId: string) =>
  generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId, keepalive: 60 });

function frame(topic: string, payload: string | Buffer, qos: 0 | 1 = 0, messageId = 1): Buffer {
  return generate({ cmd: 'publish', topic, payload, qos, messageId, retain: false, dup: false });
}

describe('limits', () => {
  useCleanUp();

  test('a packet over the limit cuts the client before its payload is read; one at the limit passes', async () => {
    const { broker, port } = await startBroker({ limits: { packetBytes: 2048 } });
    let bytes = 0;
    broker.subscribe('a', 0, (_topic, payload) => {
      bytes += payload.length;
      return undefined;
    });
    const good = await peer(port);
    await good.publishAsync('a', Buffer.alloc(2048 - 5), { qos: 1 });
    const bad = await rawSocket(port);
    bad.write(connect('bad'));
    await poll('the CONNACK', () => bad.received.length > 0);
    // The header of a 200 MiB publish, and nothing behind it.
    bad.write(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x64]));
    await poll('the cut', () => bad.gone);
    expect(bytes).toBe(2048 - 5);
    expect(broker.stats().refused['too-large']).toBe(1);
    expect(good.connected).toBe(true);
  });

  test('one client too many is refused with "server unavailable", and let in when there is room', async () => {
    const { broker, port } = await startBroker({ limits: { clients: 2 } });
    const first = await peer(port, { clientId: 'a' });
    await peer(port, { clientId: 'b' });
    await expect(peer(port, { clientId: 'c' })).rejects.toThrow(/unavailable/);
    expect(broker.stats().refused.clients).toBe(1);
    await peer(port, { clientId: 'b' });
    await first.endAsync();
    await poll('room', () => broker.stats().clients === 1);
    await peer(port, { clientId: 'c' });
  });

  test('a client over its rate is slowed, not cut, and loses nothing; another is not slowed', async () => {
    const { broker, port } = await startBroker({ limits: { messagesPerS: 1000 } });
    const counts = { fast: 0, slow: 0 };
    broker.subscribe('fast', 0, () => {
      counts.fast++;
      return undefined;
    });
    broker.subscribe('calm', 0, () => {
      counts.slow++;
      return undefined;
    });
    const flood = await rawSocket(port);
    flood.write(connect('flood'));
    await poll('the CONNACK', () => flood.received.length > 0);
    const calm = await peer(port);
    const started = performance.now();
    // Sent and closed at once: what is held back must still arrive.
    flood.end(Buffer.concat(Array.from({ length: 2000 }, (_, i) => frame('fast', `${i}`))));
    await calm.publishAsync('calm', 'x', { qos: 1 });
    expect(counts.slow).toBe(1);
    expect(counts.fast).toBeLessThan(1500);
    await poll('all of the flood', () => counts.fast === 2000);
    const seconds = (performance.now() - started) / 1000;
    expect(seconds).toBeGreaterThan(1.5);
  });

  test('the bucket gives a burst, then the rate', () => {
    const rate = createRateLimit(1000, 0);
    let burst = 0;
    while (rate.take()) burst++;
    expect(burst).toBe(250);
    expect(rate.empty).toBe(true);
    expect(rate.waitMs).toBe(50);
    rate.refill(100);
    let more = 0;
    while (rate.take()) more++;
    expect(more).toBe(100);
  });

  test('a client may hold a thousand filters, and take new ones when it gives some up', async () => {
    const { broker, port } = await startBroker();
    for (const clean of [true, false]) {
      const client = await peer(port, { clean, clientId: `many ${clean}` });
      const filters = Array.from({ length: 1000 }, (_, i) => `f/${i}`);
      await client.subscribeAsync(filters, { qos: 1 });
      await expect(client.subscribeAsync('f/one-more', { qos: 1 })).rejects.toThrow();
      await client.subscribeAsync('f/7', { qos: 1 });
      await client.unsubscribeAsync('f/7');
      await client.subscribeAsync('f/one-more', { qos: 1 });
      expect(client.connected).toBe(true);
    }
    expect(broker.stats().refused['subscribe-denied']).toBe(2);
  });

  test('topics too deep, with wildcards or empty cut the client', async () => {
    const { broker, port } = await startBroker({ limits: { topicLevels: 3 } });
    const good = await peer(port);
    await good.publishAsync('a/b/c', 'x', { qos: 1 });
    for (const topic of ['a/b/c/d', 'a/+/c', 'a/#', '']) {
      const bad = await rawSocket(port);
      const bytes = Buffer.from(topic);
      bad.write(connect(`bad ${topic.length}`));
      await poll('the CONNACK', () => bad.received.length > 0);
      bad.write(
        Buffer.concat([Buffer.from([0x30, bytes.length + 3, 0, bytes.length]), bytes, Buffer.from('x')]),
      );
      await poll(`the cut for ${topic}`, () => bad.gone);
    }
    expect(broker.stats().refused.malformed).toBe(4);
    expect(good.connected).toBe(true);
  });

  test('unacknowledged messages of one client are bounded; the rest waits in its socket', async () => {
    const { broker, port } = await startBroker({ limits: { inflight: 10 } });
    const release: (() => void)[] = [];
    let seen = 0;
    broker.subscribe('a', 1, () => {
      seen++;
      return new Promise((resolve) => release.push(resolve));
    });
    const client = await rawSocket(port);
    client.write(connect('many'));
    await poll('the CONNACK', () => client.received.length > 0);
    client.write(Buffer.concat(Array.from({ length: 55 }, (_, i) => frame('a', `${i}`, 1, i + 1))));
    await poll('ten at the handler', () => seen === 10);
    const other = await peer(port);
    await other.publishAsync('b', 'x', { qos: 1 });
    expect(seen).toBe(10);
    await poll('all of them', () => {
      release.splice(0).forEach((done) => {
        done();
      });
      return seen === 55;
    });
    await poll('all acknowledged', () => {
      for (const done of release.splice(0)) done();
      return Buffer.concat(client.received).length === 4 + 55 * 4;
    });
    const acks = Buffer.concat(client.received).subarray(4);
    const ids = Array.from({ length: 55 }, (_, i) => acks.readUInt16BE(i * 4 + 2));
    expect(ids).toEqual(Array.from({ length: 55 }, (_, i) => i + 1));
  });

  test('retained messages are bounded in number and bytes; those that are kept stay', async () => {
    const { broker, port, log } = await startBroker({ limits: { retained: 3, retainedBytes: 1024 } });
    const client = await peer(port);
    for (const topic of ['a', 'b', 'c', 'd']) {
      await client.publishAsync(topic, topic, { qos: 1, retain: true });
    }
    expect(broker.stats()).toMatchObject({ retained: 3, notRetained: 1, retainedBytes: 6 });
    await client.publishAsync('a', Buffer.alloc(2000), { qos: 1, retain: true });
    expect(broker.stats()).toMatchObject({ retained: 3, notRetained: 2, retainedBytes: 6 });
    await client.publishAsync('b', '', { qos: 1, retain: true });
    await client.publishAsync('d', 'now', { qos: 1, retain: true });
    const late = await peer(port);
    const heard = hear(late);
    await late.subscribeAsync('#');
    await poll('the retained ones', () => heard.length === 3);
    expect(heard.map(({ topic, payload }) => `${topic}=${payload}`).sort()).toEqual(['a=a', 'c=c', 'd=now']);
    expect(log.lines.some(({ level, message }) => level === 'warn' && /not retained/.test(message))).toBe(
      true,
    );
  });

  test('the queue of an absent client is bounded; it gets the oldest', async () => {
    const { broker, port } = await startBroker({ limits: { queuedPerClient: 20 } });
    const session = { clientId: 'absent', clean: false };
    const absent = await peer(port, session);
    await absent.subscribeAsync('q', { qos: 1 });
    await absent.endAsync();
    const sender = await peer(port);
    for (let i = 0; i < 30; i++) await sender.publishAsync('q', `${i}`, { qos: 1 });
    expect(broker.stats().notQueued).toBe(10);
    const { heard } = returning(port, 'absent');
    await poll('the queue', () => heard.length === 20);
    expect(heard.map(({ payload }) => payload)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
  });

  test('who does not send a CONNECT in time is cut; who pipelines behind it is not', async () => {
    const { broker, port } = await startBroker({ limits: { connectTimeoutS: 1 } });
    let count = 0;
    broker.subscribe('a', 0, () => {
      count++;
      return undefined;
    });
    const mute = await rawSocket(port);
    const eager = await rawSocket(port);
    eager.write(Buffer.concat([connect('eager'), ...Array.from({ length: 500 }, () => frame('a', 'x'))]));
    await poll('all that came behind the CONNECT', () => count === 500);
    await poll('the cut', () => mute.gone);
    expect(broker.stats().refused.timeout).toBe(1);
    expect(eager.gone).toBe(false);
  });

  test('a client that only sends QoS 0 is alive; one that sends nothing is cut after its keepalive', async () => {
    const { broker, port } = await startBroker();
    let count = 0;
    broker.subscribe('a', 0, () => {
      count++;
      return undefined;
    });
    const brief = (clientId: string) =>
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId,
        keepalive: 1,
      });
    const busy = await rawSocket(port);
    const idle = await rawSocket(port);
    busy.write(brief('busy'));
    idle.write(brief('idle'));
    const timer = setInterval(() => busy.write(frame('a', 'x')), 100);
    await poll('the cut of the idle one', () => idle.gone);
    const before = broker.stats().express;
    await poll('the busy one to outlive two keepalives', () => count > 30);
    clearInterval(timer);
    expect(before).toBeGreaterThan(5);
    expect(busy.gone).toBe(false);
  });
});
