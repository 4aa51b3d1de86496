// When a QoS 1 message is acknowledged: after the handler's promise, on both ways through the broker.
import { generate } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { hear, peer, rawSocket, startBroker, useCleanUp } from './fixture.ts';

const connect = generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: 'raw',
  keepalive: 60,
});
const frame = (messageId: number, topic = 'keep/a', retain = false): Buffer =>
  generate({ cmd: 'publish', topic, payload: `m${messageId}`, qos: 1, messageId, retain, dup: false });

async function rawClient(port: number) {
  const socket = await rawSocket(port);
  socket.write(connect);
  await poll('the CONNACK', () => socket.received.length > 0);
  return {
    socket,
    acked: () => {
      const bytes = Buffer.concat(socket.received).subarray(4);
      return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt16BE(i * 4 + 2));
    },
  };
}

/** A handler that waits for each message to be released by hand; or, as the control, for nothing. */
function gate(waits: boolean) {
  const open: (() => void)[] = [];
  return {
    open,
    handler: () => (waits ? new Promise<void>((resolve) => open.push(resolve)) : undefined),
  };
}

describe('acknowledgement', () => {
  useCleanUp();

  // `shared` topics have another subscriber and go through aedes, the others take the express lane.
  for (const shared of [false, true]) {
    const way = shared ? 'through aedes' : 'by the express lane';

    test(`${way}: no PUBACK before the promise, one after it, in order`, async () => {
      const { broker, port } = await startBroker();
      const { open, handler } = gate(true);
      await (await peer(port)).publishAsync('keep/a', 'the topic becomes known', { qos: 1 });
      broker.subscribe('keep/#', 1, handler);
      if (shared) await (await peer(port)).subscribeAsync('keep/#', { qos: 0 });
      const { socket, acked } = await rawClient(port);
      for (let i = 1; i <= 4; i++) {
        socket.write(frame(i));
        await poll('the handler', () => open.length === i);
      }
      const before = broker.stats().express;
      expect(shared ? before === 0 : before >= 3).toBe(true);
      expect(acked()).toEqual([]);
      // Released in the wrong order: acknowledged in the right one.
      open[1]!();
      open[3]!();
      await (await peer(port)).publishAsync('elsewhere', 'x', { qos: 1 });
      expect(acked()).toEqual([]);
      open[0]!();
      await poll('two', () => acked().length === 2);
      expect(acked()).toEqual([1, 2]);
      open[2]!();
      await poll('all', () => acked().length === 4);
      expect(acked()).toEqual([1, 2, 3, 4]);
    });

    test(`${way}: control: without a promise the PUBACK comes at once`, async () => {
      const { broker, port } = await startBroker();
      const { handler } = gate(false);
      broker.subscribe('keep/#', 1, handler);
      if (shared) await (await peer(port)).subscribeAsync('keep/#', { qos: 0 });
      const { socket, acked } = await rawClient(port);
      for (let i = 1; i <= 4; i++) socket.write(frame(i));
      await poll('all', () => acked().length === 4);
    });
  }

  test('a QoS 0 message never waits, nor makes others wait', async () => {
    const { broker, port } = await startBroker();
    let count = 0;
    broker.subscribe('keep/#', 1, () => {
      count++;
      return new Promise(() => {});
    });
    const client = await peer(port);
    for (let i = 0; i < 500; i++) await client.publishAsync('keep/a', 'x', { qos: 0 });
    await poll('all', () => count === 500);
  });

  test('the two ways mix without a change of order', async () => {
    const { broker, port } = await startBroker();
    const seen: string[] = [];
    const waiting: (() => void)[] = [];
    broker.subscribe('keep/#', 1, (_topic, payload) => {
      seen.push(Buffer.from(payload).toString());
      return new Promise((resolve) => waiting.push(resolve));
    });
    const { socket, acked } = await rawClient(port);
    const ids = Array.from({ length: 1000 }, (_, i) => i + 1);
    // Every seventh is retained, and every fifth on a new topic: those go through aedes.
    socket.write(
      Buffer.concat(ids.map((id) => frame(id, id % 5 === 0 ? `keep/new-${id}` : 'keep/a', id % 7 === 0))),
    );
    await poll('all acknowledged', () => {
      for (const done of waiting.splice(0).reverse()) done();
      return acked().length === ids.length;
    });
    expect(seen).toEqual(ids.map((id) => `m${id}`));
    expect(acked()).toEqual(ids);
    const { express, received } = broker.stats();
    expect(received).toBe(ids.length);
    expect(express).toBeGreaterThan(0);
    expect(express).toBeLessThan(ids.length);
  });

  test('a subscriber that comes and goes gets everything in between, and the handler misses nothing', async () => {
    const { broker, port } = await startBroker();
    let count = 0;
    broker.subscribe('keep/#', 0, () => {
      count++;
      return undefined;
    });
    const sender = await peer(port);
    const send = async (n: number) => {
      for (let i = 0; i < n; i++) await sender.publishAsync('keep/a', 'x', { qos: 1 });
    };
    await send(50);
    const before = broker.stats().express;
    expect(before).toBeGreaterThan(40);
    const listener = await peer(port);
    const heard = hear(listener);
    await listener.subscribeAsync('keep/+', { qos: 0 });
    await send(50);
    await poll('what the listener hears', () => heard.length === 50);
    expect(broker.stats().express).toBe(before);
    await listener.unsubscribeAsync('keep/+');
    await send(50);
    expect(broker.stats().express).toBeGreaterThan(before + 40);
    expect(count).toBe(150);
  });
});
