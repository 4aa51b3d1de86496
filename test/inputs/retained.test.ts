// Row: Retained MQTT message on subscribe. An external broker hands it over when the gateway subscribes.
import { describe, expect, test } from 'vitest';
import { peer, startBroker, stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { openInputs } from './fixture.ts';

describe('Retained MQTT message on subscribe: not fresh by itself: without its own timestamp it is Uncertain', () => {
  useCleanUp();

  test('Uncertain without a time, Good at its own time with one; live messages are not marked', async () => {
    const { port } = await startBroker();
    const url = `mqtt://127.0.0.1:${port}`;
    const device = await peer(port);
    const t = Date.now() - 3_600_000;
    await device.publishAsync('bare/a', '21.5', { qos: 1, retain: true });
    await device.publishAsync('plain/a', '{"v":1}', { qos: 1, retain: true });
    await device.publishAsync('timed/a', JSON.stringify({ t, v: 2 }), { qos: 1, retain: true });
    await device.publishAsync('untimed/a', '{"v":3}', { qos: 1, retain: true });
    const shop = await openInputs(
      {
        shop: {
          type: 'mqtt',
          topics: [
            { topic: 'bare/{m}', payload: 'number', tag: '{m}/bare' },
            { topic: 'plain/{m}', fields: { v: '{m}/plain' } },
            { topic: 'timed/{m}', time: { field: 't', format: 'ms' }, fields: { v: '{m}/timed' } },
            { topic: 'untimed/{m}', time: { field: 't', format: 'ms' }, fields: { v: '{m}/untimed' } },
          ],
        },
      },
      {},
      { broker: { url } },
    );
    try {
      const of = (tag: string) => shop.stored.filter((one) => one.tag === tag);
      await poll('all four', () =>
        ['a/bare', 'a/plain', 'a/timed', 'a/untimed'].every((tag) => of(tag).length === 1),
      );
      expect(of('a/bare')).toMatchObject([{ value: 21.5, quality: 'Uncertain' }]);
      expect(of('a/plain')).toMatchObject([{ value: 1, quality: 'Uncertain' }]);
      expect(of('a/timed')).toMatchObject([{ value: 2, quality: 'Good', timeMs: t }]);
      expect(of('a/untimed')).toMatchObject([{ value: 3, quality: 'Uncertain' }]);
      expect(shop.report().remarks.retained).toBe(3);
      // The same, live: it was published now, whatever the broker keeps of it.
      const live = await shop.send('plain/a', '{"v":4}', { retain: true });
      expect(live).toMatchObject({ samples: [{ value: 4, quality: 'Good' }], remarks: {} });
    } finally {
      await shop.close();
    }
  });

  test('with its broker lost a value is Bad, once; what the broker kept is known again with it', async () => {
    const dir = await stateDir();
    const first = await startBroker({}, { stateDir: dir });
    const { port } = first;
    const t = Date.now() - 3_600_000;
    const device = await peer(port);
    await device.publishAsync('kept/a', JSON.stringify({ t, v: 2 }), { qos: 1, retain: true });
    const shop = await openInputs(
      {
        shop: {
          type: 'mqtt',
          topics: ['kept', 'live'].map((topic) => ({
            topic: `${topic}/{m}`,
            time: { field: 't', format: 'ms' },
            fields: { v: `${topic}/{m}` },
          })),
        },
      },
      {},
      { broker: { url: `mqtt://127.0.0.1:${port}`, backoffMinS: 0.1, backoffMaxS: 0.2 } },
    );
    try {
      const of = (tag: string) => shop.stored.filter((one) => one.tag === tag).map((one) => one.quality);
      await poll('what was kept', () => of('kept/a').length === 1);
      await shop.send('live/a', { t: Date.now(), v: 1 });
      await first.broker.stop();
      const ended = ['Good', 'BadNoCommunication'];
      for (const tag of ['kept/a', 'live/a']) await poll(`the end of ${tag}`, () => of(tag).length === 2);
      expect([of('kept/a'), of('live/a')]).toEqual([ended, ended]);
      await startBroker({ port }, { stateDir: dir });
      await poll('what was kept', () => of('kept/a').length > 2);
      const again = shop.stored.filter(({ tag }) => tag === 'kept/a')[2]!;
      expect(again).toMatchObject({ value: 2, quality: 'Good', timeMs: again.receiveMs });
    } finally {
      await shop.close();
    }
  });

  test('a retained command is refused: there are no commands, and nothing that could be taken for one', async () => {
    const { port } = await startBroker();
    const device = await peer(port);
    const topics = ['gemel/test/cmd', 'gemel/test/mill/command', 'gemel/test/mill/set'];
    for (const topic of topics) await device.publishAsync(topic, '{"v":1}', { qos: 1, retain: true });
    const shop = await openInputs(
      { shop: { type: 'mqtt', topics: [{ topic: '#', fields: { v: 'v' } }] } },
      {},
      { broker: { url: `mqtt://127.0.0.1:${port}` } },
    );
    try {
      // Even a subscription to everything takes nothing from below the gateway's own root.
      expect((await shop.send('elsewhere', '{"v":1}')).samples).toHaveLength(1);
      await shop.send('elsewhere', '{"v":2}');
      expect(shop.stored).toHaveLength(2);
    } finally {
      await shop.close();
    }
  });
});
