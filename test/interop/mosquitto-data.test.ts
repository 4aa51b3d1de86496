// The whole gateway on a real mosquitto, MQTT 3.1.1 and 5: what it says arrives, what it is sent is taken.
import { describe, expect, test } from 'vitest';
import { type Heard, hear, peer, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { runDevice, startGateway } from '../running-gateway.ts';
import { mosquittoClient, startMosquitto } from './broker-peers.ts';
import { watchTicks } from './missed-ticks.ts';

const last = (heard: readonly Heard[], topic: string) => {
  const found = heard.findLast((message) => message.topic === topic);
  return found === undefined ? undefined : JSON.parse(found.payload);
};

for (const protocol of ['3.1.1', '5'] as const) {
  describe(`mosquitto, MQTT ${protocol}`, () => {
    useCleanUp();
    const brokerAt = (port: number) => `{ url: "mqtt://127.0.0.1:${port}", protocol: "${protocol}" }`;
    const more = 'publish: { healthS: 1 }\n';

    test('frames, meta, health, signals and status reach clients of both versions', async () => {
      const { port } = await startMosquitto();
      const watchers = [await peer(port, { protocolVersion: 4 }), await peer(port, { protocolVersion: 5 })];
      const heard = watchers.map(hear);
      for (const watcher of watchers) await watcher.subscribeAsync('gemel/#', { qos: 1 });
      const gateway = await startGateway({ broker: brokerAt(port), more });
      const ticksMissed = await watchTicks(gateway);
      runDevice(await peer(port));
      for (const one of heard) {
        await poll('a frame with the spindle', () => {
          return last(one, 'gemel/test/mill-1/frame')?.signals['spindle.speed']?.value === 6000;
        });
        const { tick } = last(one, 'gemel/test/mill-1/frame');
        await poll('ten more frames', () => last(one, 'gemel/test/mill-1/frame').tick >= tick + 10);
        const ticks = one
          .filter(({ topic }) => topic === 'gemel/test/mill-1/frame')
          .map(({ payload }) => JSON.parse(payload).tick as number);
        // Each frame is there, in order: what is not there was never made, and is counted.
        expect(ticks).toEqual([...new Set(ticks)].toSorted((a, b) => a - b));
        const holes = ticks.at(-1)! - ticks[0]! + 1 - ticks.length;
        expect(holes).toBeLessThanOrEqual(await gateway.metric('gemel_ticks_missed_total'));
        await expect.poll(() => last(one, 'gemel/test/mill-1/meta')).toMatchObject({ model: { id: 'mill' } });
        await expect.poll(() => last(one, 'gemel/test/status')).toMatchObject({ state: 'online' });
        await poll('the signal', () => last(one, 'gemel/test/mill-1/signal/spindle.speed')?.value === 6000);
        const health = await poll('health with the device', () => {
          const found = last(one, 'gemel/test/health');
          return found?.ledger.received > 0 ? found : undefined;
        });
        expect(health).toMatchObject({ v: 1, sources: { shop: { link: 'up' } } });
        expect(health.ticksMissed).toBeTypeOf('number');
        expect(await ticksMissed()).toBe(0);
      }
    });

    test('whoever comes later gets status, meta, health and signals at once, and no frame of yesterday', async () => {
      const { port } = await startMosquitto();
      const gateway = await startGateway({ broker: brokerAt(port), more });
      const device = runDevice(await peer(port));
      await poll(
        'the device',
        async () =>
          (await gateway.metric('gemel_signal_good{machine="mill-1",signal="spindle.speed"}')) === 1,
      );
      device.stop();
      await gateway.said('connected to the broker');
      const kept = ['status', 'health', 'mill-1/meta', 'mill-1/signal/spindle.speed'];
      await poll('all that is kept', async () => {
        const heard = hear(await lateComer(port));
        return poll(
          'retained',
          () => kept.every((topic) => heard.some((one) => one.topic === `gemel/test/${topic}`)),
          1000,
        ).catch(() => false);
      });
      const at = ['-h', '127.0.0.1', '-p', `${port}`, '-F', '%r %t', '-W', '15'];
      for (const topic of kept) {
        const got = await mosquittoClient('mosquitto_sub', [...at, '-t', `gemel/test/${topic}`, '-C', '1']);
        expect(got).toEqual({ code: 0, output: `1 gemel/test/${topic}\n` });
      }
      const frame = await mosquittoClient('mosquitto_sub', [...at, '-t', 'gemel/test/+/frame', '-C', '1']);
      expect(frame).toEqual({ code: 0, output: '0 gemel/test/mill-1/frame\n' });
    });

    const lateComer = async (port: number) => {
      const client = await peer(port);
      client.subscribe('gemel/#');
      return client;
    };

    test('status: offline by itself on SIGTERM, by the last will on kill -9', async () => {
      const { port } = await startMosquitto();
      const watcher = await peer(port);
      const heard = hear(watcher);
      await watcher.subscribeAsync('gemel/test/status', { qos: 1 });
      const first = await startGateway({ broker: brokerAt(port) });
      await poll('online', () => last(heard, 'gemel/test/status')?.state === 'online');
      expect(await first.stop()).toBe(0);
      await poll('offline', () => last(heard, 'gemel/test/status')?.state === 'offline');
      expect(heard.map(({ payload }) => JSON.parse(payload).state)).toEqual(['online', 'offline']);

      const second = await startGateway({ broker: brokerAt(port) });
      await poll('online again', () => last(heard, 'gemel/test/status')?.state === 'online');
      second.kill('SIGKILL');
      await poll('the last will', () => last(heard, 'gemel/test/status')?.state === 'offline');
      const late = await mosquittoClient('mosquitto_sub', [
        ...['-h', '127.0.0.1', '-p', `${port}`, '-t', 'gemel/test/status'],
        ...['-F', '%r %p', '-C', '1', '-W', '15'],
      ]);
      expect(late.output).toMatch(/^1 \{"state":"offline"/);
    });

    test('QoS 1 samples: each is taken once, also those sent while the gateway was dead', async () => {
      const { port } = await startMosquitto(['max_queued_messages 10000']);
      const received = 'gemel_samples_received_total{source="shop"}';
      const first = await startGateway({ broker: brokerAt(port), more });
      await first.said('connected to the broker');
      const device = await peer(port);
      const watcher = await peer(port);
      const heard = hear(watcher);
      await watcher.subscribeAsync('gemel/test/health');
      const send = async (from: number, count: number) => {
        const all = Array.from({ length: count }, (_, i) =>
          device.publishAsync('shop/mill-1/drive', JSON.stringify({ seq: from + i, rpm: i }), { qos: 1 }),
        );
        await Promise.all(all);
      };
      await send(0, 500);
      // What is received is acknowledged once it is stored; what was not would come again, and rightly.
      await poll('all of them stored', () => last(heard, 'gemel/test/health')?.ledger.stored >= 500);
      first.kill('SIGKILL');
      await first.ended();
      await send(500, 300);
      const second = await startGateway({ broker: brokerAt(port), more });
      await poll('those of the dead time', async () => (await second.metric(received)) >= 300);
      heard.length = 0;
      await send(800, 1);
      // Anything that came twice has come before the one sent now.
      const health = await poll('a ledger with the last one', () => {
        const found = last(heard, 'gemel/test/health');
        return found?.ledger.received >= 301 ? found : undefined;
      });
      const { received: taken, stored, rejected, coalesced, pending } = health.ledger;
      const duplicates = rejected.duplicate ?? 0;
      expect(stored + coalesced + pending).toBe(301);
      expect(taken).toBe(301 + duplicates);
      expect(rejected).toEqual(duplicates > 0 ? { duplicate: duplicates } : {});
    });

    test('a malformed payload is a dead letter with its reason; the next good one is taken', async () => {
      const { port } = await startMosquitto();
      const watcher = await peer(port);
      const heard = hear(watcher);
      await watcher.subscribeAsync('gemel/test/dlq/#');
      const gateway = await startGateway({ broker: brokerAt(port) });
      await gateway.said('connected to the broker');
      const device = await peer(port);
      await device.publishAsync('shop/mill-1/drive', '{"t":1,"rpm":', { qos: 1 });
      const letter = await poll('the dead letter', () => last(heard, 'gemel/test/dlq/shop'));
      expect(letter).toMatchObject({ source: 'shop', reason: 'parse' });
      expect(letter.excerpt).toContain('{"t":1,"rpm":');
      const refused = 'gemel_samples_rejected_total{source="shop",reason="parse"}';
      await poll('its count', async () => (await gateway.metric(refused)) === 1);
      await device.publishAsync('shop/mill-1/drive', JSON.stringify({ seq: 1, rpm: 10 }), { qos: 1 });
      await poll(
        'the good one',
        async () => (await gateway.metric('gemel_samples_received_total{source="shop"}')) === 2,
      );
      expect(heard).toHaveLength(1);
    });
  });
}
