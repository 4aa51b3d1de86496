// A subscriber that stops reading: it is cut after the drain timeout; nobody else waits for it.
import { generate } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { peer, rawSocket, startBroker, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';

const connect = (clientId: string) =>
  generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId, keepalive: 60 });
const subscribe = generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 0 }] });

async function rawSubscriber(port: number, clientId: string) {
  const socket = await rawSocket(port);
  socket.write(Buffer.concat([connect(clientId), subscribe]));
  await poll('the SUBACK', () => Buffer.concat(socket.received).length >= 9);
  return socket;
}

/** Publishes through the broker until `enough`; returns the longest wait for an acknowledgement. */
async function load(port: number, enough: () => boolean): Promise<number> {
  const sender = await peer(port);
  const payload = Buffer.alloc(20_000, 'x');
  let worstMs = 0;
  while (!enough()) {
    const start = performance.now();
    for (let i = 0; i < 20; i++) sender.publish('load', payload, { qos: 0 });
    await sender.publishAsync('tick', 'x', { qos: 1 });
    worstMs = Math.max(worstMs, performance.now() - start);
  }
  return worstMs;
}

describe('a frozen subscriber', () => {
  useCleanUp();
  const limits = { drainTimeoutS: 2, outputBytesPerClient: 65_536 };
  /** Whoever waited for the frozen one would wait so long; a busy machine does not. */
  const drainMs = limits.drainTimeoutS * 1000;

  test('is cut after the drain timeout, with bounded memory, and others go on meanwhile', async () => {
    const { broker, port } = await startBroker({ limits });
    const frozen = await rawSubscriber(port, 'frozen');
    frozen.pause();
    const lively = await rawSubscriber(port, 'lively');
    let livelyBytes = 0;
    lively.on('data', (chunk: Buffer) => {
      livelyBytes += chunk.length;
      lively.received.length = 0;
    });
    const worstMs = await load(port, () => broker.stats().refused.slow > 0);
    expect(worstMs).toBeLessThan(drainMs);
    expect(broker.stats().dropped).toBeGreaterThan(0);
    expect(livelyBytes).toBeGreaterThan(1_000_000);
    expect(lively.gone).toBe(false);
    await poll('its place to be free', () => broker.stats().clients === 2);
  });

  test('control: one that reads is not cut under the same load', async () => {
    const { broker, port } = await startBroker({ limits });
    const lively = await rawSubscriber(port, 'lively');
    lively.on('data', () => {
      lively.received.length = 0;
    });
    const end = performance.now() + 1.5 * drainMs;
    await load(port, () => performance.now() > end);
    expect(broker.stats().refused.slow).toBe(0);
    expect(lively.gone).toBe(false);
  });

  test('the gateway’s own publishes do not wait for it', async () => {
    const { broker, port } = await startBroker({ limits });
    const frozen = await rawSubscriber(port, 'frozen');
    frozen.pause();
    let worstMs = 0;
    const payload = Buffer.alloc(20_000, 'x');
    await poll('the cut', async () => {
      for (let i = 0; i < 20; i++) {
        const start = performance.now();
        await new Promise((resolve) => broker.publish('frame', payload, { qos: 0, retain: false }, resolve));
        worstMs = Math.max(worstMs, performance.now() - start);
      }
      return broker.stats().refused.slow > 0;
    });
    expect(worstMs).toBeLessThan(drainMs);
  });
});
