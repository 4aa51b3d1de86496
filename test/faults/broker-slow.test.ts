// A subscriber that stops reading: it is cut after the drain timeout; nobody else waits for it.
import { generate } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import type { EmbeddedBroker } from '../../src/broker/embedded.ts';
import { peer, rawSocket, startBroker, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';

const connect = (clientId: string) =>
  generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId, keepalive: 60 });
const subscribe = generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 0 }] });

const batch = 20;

async function rawSubscriber(port: number, clientId: string) {
  const socket = await rawSocket(port);
  socket.write(Buffer.concat([connect(clientId), subscribe]));
  await poll('the SUBACK', () => Buffer.concat(socket.received).length >= 9);
  return socket;
}

/** Publishes through the broker until `enough`; `answered` at each acknowledgement. */
async function load(port: number, enough: () => boolean, answered = () => {}): Promise<void> {
  const sender = await peer(port);
  const payload = Buffer.alloc(20_000, 'x');
  while (!enough()) {
    for (let i = 0; i < batch; i++) sender.publish('load', payload, { qos: 0 });
    await sender.publishAsync('tick', 'x', { qos: 1 });
    answered();
    // 40 MB a second are enough, and leave something to others.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a frozen subscriber', () => {
  useCleanUp();
  const limits = { drainTimeoutS: 2, outputBytesPerClient: 65_536 };
  const drainMs = limits.drainTimeoutS * 1000;
  /** True while the frozen one takes nothing any more and is still there: whoever waited for it would get no answer. */
  function stuck(broker: EmbeddedBroker, messages: number): () => boolean {
    let before = 0;
    return () => {
      const { dropped, refused } = broker.stats();
      const [more, whole] = [dropped - before, refused.slow === 0];
      before = dropped;
      return more >= messages && whole;
    };
  }

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
    const isStuck = stuck(broker, batch);
    let meanwhile = 0;
    await load(
      port,
      () => broker.stats().refused.slow > 0,
      () => {
        if (isStuck()) meanwhile++;
      },
    );
    expect(meanwhile).toBeGreaterThan(5);
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
    const isStuck = stuck(broker, 1);
    let meanwhile = 0;
    const payload = Buffer.alloc(20_000, 'x');
    await poll('the cut', async () => {
      for (let i = 0; i < 20; i++) {
        await new Promise((resolve) => broker.publish('frame', payload, { qos: 0, retain: false }, resolve));
        if (isStuck()) meanwhile++;
      }
      return broker.stats().refused.slow > 0;
    });
    expect(meanwhile).toBeGreaterThan(100);
  });
});
