// A real mosquitto that dies, comes back and dies again: no tick is missed, what only counts while fresh is
// dropped and counted, what must arrive is kept, and the broker is called with patience.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { type Heard, hear, peer, returning, stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { startRelay } from '../relay.ts';
import { type RunningGateway, runDevice, startGateway, ticked } from '../running-gateway.ts';
import { startMosquitto } from './broker-peers.ts';
import { bodiesOf } from './heard-json.ts';
import { watchTicks } from './missed-ticks.ts';

const offline = 'gemel_outbox_dropped_total{sink="mqtt",reason="offline"}';
/** Of a frame, an event or a status: what is asked of each here. */
interface Body {
  readonly kind: string;
  readonly state: string;
  readonly signals: Record<string, { readonly value: number | null }>;
}
const payloads = (heard: readonly Heard[], topic: string) => bodiesOf<Body>(heard, topic);

/** Of one moment. */
async function ticksAndDropped(gateway: RunningGateway): Promise<[number, number]> {
  const lines = (await gateway.metrics()).split('\n');
  const figure = (series: string) =>
    Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length) ?? 0);
  return [figure('gemel_ticks_total'), figure(offline)];
}

for (const protocol of ['3.1.1', '5'] as const) {
  describe(`mosquitto comes and goes, MQTT ${protocol}`, () => {
    useCleanUp();
    const brokerAt = (port: number, more = '') =>
      `{ url: "mqtt://127.0.0.1:${port}", protocol: "${protocol}"${more} }`;

    test('killed and restarted five times: data flows again, the calls are spread and never a storm', async () => {
      const port = await freePort();
      let mosquitto = await startMosquitto([], port);
      const relay = await startRelay(port);
      // One second at least is the default; the ceiling is low, so that five rounds fit into a test.
      const gateway = await startGateway({ broker: brokerAt(relay.port, ', backoffMaxS: 2') });
      await gateway.said('connected to the broker');
      const ticksMissed = await watchTicks(gateway);
      // What it has to tell of its start is told.
      await poll('the source', async () => (await gateway.metric('gemel_source_up{source="shop"}')) === 1);
      await ticked(gateway, 3);
      await poll(
        'nothing left to tell',
        async () => (await gateway.metric('gemel_outbox_depth{sink="mqtt"}')) === 0,
      );
      // The relay notes the calls when its own process has the time to.
      const tardiness = monitorEventLoopDelay({ resolution: 5 });
      tardiness.enable();
      for (let round = 0; round < 5; round++) {
        await mosquitto.kill('SIGKILL');
        await poll('the loss', async () => (await gateway.metric('gemel_source_up{source="shop"}')) === 0);
        // Events are not retained: the watcher is there before the gateway can be.
        relay.cut();
        mosquitto = await startMosquitto([], port);
        const watcher = await peer(port);
        const heard = hear(watcher);
        await watcher.subscribeAsync('gemel/#', { qos: 1 });
        relay.mend();
        const device = runDevice(await peer(port));
        await poll(
          'frames with new data',
          () => payloads(heard, 'gemel/test/mill-1/frame').at(-1)?.signals['spindle.speed']?.value === 6000,
        );
        device.stop();
        // A new broker knows nothing: all that is retained comes anew.
        await poll('meta', () => payloads(heard, 'gemel/test/mill-1/meta').length >= 1);
        await expect.poll(() => payloads(heard, 'gemel/test/status')).toMatchObject([{ state: 'online' }]);
        // A busy machine has events of its own.
        const kinds = () => payloads(heard, 'gemel/test/event').map(({ kind }) => kind);
        const events = () => kinds().filter((kind) => kind.startsWith('source-'));
        await expect.poll(events).toEqual(['source-down', 'source-up']);
      }
      const waits = relay.tries.slice(1).map((at, i) => at - relay.tries[i]!);
      expect(Math.min(...waits)).toBeGreaterThan(990 - tardiness.max / 1e6);
      // Spread, and not in step with the other gateways of the hall.
      expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(50);
      expect(await ticksMissed()).toBe(0);
      const complaints = gateway.lines().filter(({ code }) => code === 'GEM_BROKER_UNREACHABLE');
      expect(complaints.length).toBeLessThanOrEqual(10);
    });

    test('away: frames are dropped and counted, ticks are not; back: events and meta are there', async () => {
      const port = await freePort();
      const dir = await stateDir();
      const kept = ['persistence true', `persistence_location ${dir}/`];
      const mosquitto = await startMosquitto(kept, port);
      const gateway = await startGateway({ broker: brokerAt(port, ', backoffMaxS: 2') });
      await gateway.said('connected to the broker');
      const ticksMissed = await watchTicks(gateway);
      const session = { clientId: 'scada', clean: false };
      const before = await peer(port, session);
      await before.subscribeAsync(['gemel/test/event', 'gemel/test/+/meta'], { qos: 1 });
      await before.endAsync();
      const flowing = await gateway.metric(offline);
      await ticked(gateway, 5);
      expect(await gateway.metric(offline)).toBe(flowing);

      await mosquitto.kill('SIGTERM');
      await poll('the loss', async () => (await gateway.metric('gemel_source_up{source="shop"}')) === 0);
      const [ticksFrom, droppedFrom] = await ticksAndDropped(gateway);
      await ticked(gateway, 30);
      const [ticks, dropped] = await ticksAndDropped(gateway);
      // One frame a tick, and the page may be of the moment between the two.
      expect(dropped - droppedFrom).toBeGreaterThanOrEqual(ticks - ticksFrom - 1);
      const depth = () => gateway.metric('gemel_outbox_depth{sink="mqtt"}');
      expect(await poll('what is kept', depth)).toBeLessThan(5);
      expect(await ticksMissed()).toBe(0);

      await startMosquitto(kept, port);
      await poll('the return', async () => (await gateway.metric('gemel_source_up{source="shop"}')) === 1);
      const { heard: after } = returning(port, 'scada');
      // Both, and in this order; those of before the outage may be among them.
      const sources = () =>
        payloads(after, 'gemel/test/event')
          .map(({ kind }) => kind)
          .filter((kind) => kind.startsWith('source-'));
      await poll('the events', () => sources().at(-1) === 'source-up' && sources().includes('source-down'));
      expect(sources().slice(-2)).toEqual(['source-down', 'source-up']);
      await poll('meta', () => payloads(after, 'gemel/test/mill-1/meta').length >= 1);
      await poll(
        'nothing left behind',
        async () => (await gateway.metric('gemel_outbox_depth{sink="mqtt"}')) === 0,
      );
      const settled = await gateway.metric(offline);
      await ticked(gateway, 5);
      expect(await gateway.metric(offline)).toBe(settled);
      expect(await ticksMissed()).toBe(0);
    });
  });
}
