// What outlives a connection and a restart, and what is forgotten in time.
import { describe, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { hear, makeBroker, peer, returning, startBroker, useCleanUp } from './fixture.ts';

describe('sessions', () => {
  useCleanUp();

  test('a stop and a start keep retained messages, sessions and what waits for them, in order', async () => {
    const first = await startBroker();
    const absent = await peer(first.port, { clientId: 'absent', clean: false });
    await absent.subscribeAsync('q/#', { qos: 1 });
    await absent.endAsync();
    const sender = await peer(first.port);
    for (let i = 0; i < 20; i++) await sender.publishAsync('q/a', `${i}`, { qos: 1 });
    await sender.publishAsync('kept', 'value', { qos: 1, retain: true });
    await first.broker.stop();
    const second = await startBroker({}, { stateDir: first.dir });
    const later = await peer(second.port);
    for (let i = 20; i < 30; i++) await later.publishAsync('q/a', `${i}`, { qos: 1 });
    const heard = hear(later);
    await later.subscribeAsync('kept');
    await poll('the retained message', () =>
      heard.some(({ retain, payload }) => retain && payload === 'value'),
    );
    const back = returning(second.port, 'absent');
    await poll('what waited', () => back.heard.length >= 30);
    expect(back.heard.map(({ payload }) => Number(payload))).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  test('a clean connect of the same name forgets the session and what waited', async () => {
    const { broker, port } = await startBroker();
    const absent = await peer(port, { clientId: 'absent', clean: false });
    await absent.subscribeAsync('q', { qos: 1 });
    await absent.endAsync();
    const sender = await peer(port);
    await sender.publishAsync('q', 'lost on purpose', { qos: 1 });
    expect(broker.stats().sessions).toBe(1);
    await (await peer(port, { clientId: 'absent', clean: true })).endAsync();
    await poll('it to be forgotten', () => broker.stats().sessions === 0);
    const back = returning(port, 'absent');
    await poll('the connection', () => back.client.connected);
    await sender.publishAsync('q', 'nobody subscribed', { qos: 1 });
    await back.client.publishAsync('x', 'x', { qos: 1 });
    expect(back.heard).toEqual([]);
  });

  test('sessions unused for longer than the limit are forgotten at the next start, others are not', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const clock = { nowMs: () => nowMs, monotonicMs: () => performance.now() };
    const limits = { sessionExpiryH: 1 };
    const first = await startBroker({ limits }, { clock });
    for (const clientId of ['old', 'young']) {
      const client = await peer(first.port, { clientId, clean: false });
      await client.subscribeAsync('q', { qos: 1 });
      await client.endAsync();
      await poll('the leave', () => first.broker.stats().clients === 0);
      nowMs += 45 * 60_000;
    }
    await first.broker.stop();
    const second = await makeBroker({ limits }, { clock, stateDir: first.dir });
    await second.broker.start();
    await poll('the old one to go', () => second.broker.stats().sessions === 1);
    await (await peer(second.broker.address.port)).publishAsync('q', 'x', { qos: 1 });
    const young = returning(second.broker.address.port, 'young');
    await poll('the young one still has its queue', () => young.heard.length === 1);
  });

  test('a new connection of the same name takes over from the old', async () => {
    const { broker, port } = await startBroker();
    const old = await peer(port, { clientId: 'twin' });
    const young = await peer(port, { clientId: 'twin' });
    await poll('the old one to be cut', () => !old.connected);
    await young.publishAsync('a', 'x', { qos: 1 });
    await poll('the old one to be gone', () => broker.stats().clients === 1);
    expect(young.connected).toBe(true);
  });
});
