// A real mosquitto that was away for an hour in which 500 samples a second came: all of it arrives afterwards, in order,
// while what is live goes on. The hour is simulated (the real writer wrote it as if it had come); the rest is real.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { hour, hourConfig, hourSamples, hourSignals, writeHour } from '../missed-hour.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { startRelay } from '../relay.ts';
import { launchText, runDevice, ticked } from '../running-gateway.ts';
import { startMosquitto } from './broker-peers.ts';

/** The usual pace takes six minutes for each protocol: `BACKFILL_RATE=5000`. */
const usualRate = 5000;
const rate = Number(process.env['BACKFILL_RATE'] ?? 60_000);
const deadlineMs = 60_000 + (2 * 1000 * hourSamples) / rate;

interface Message {
  readonly seq: number;
  readonly late?: boolean;
  readonly signals?: Record<string, { readonly time: number[]; readonly value: number[] }>;
  readonly gap?: { readonly from: string; readonly to: string; readonly reason: string };
}

/** What a subscriber makes of it: by signal the values of the hour, and how old the frames were. */
function listen(client: MqttClient, hourEndMs: number) {
  const values = new Map(hourSignals.map((name) => [name, [] as number[]]));
  const ages: number[] = [];
  const gaps: Message['gap'][] = [];
  let disorder = 0;
  let lastSeq = 0;
  client.on('message', (topic, payload) => {
    if (topic.endsWith('/frame')) {
      const { time, lagMs } = JSON.parse(payload.toString()) as { time: string; lagMs: number };
      ages.push(Date.now() - Date.parse(time) - lagMs);
    }
    if (!topic.endsWith('/backfill')) return;
    const { seq, late, signals = {}, gap } = JSON.parse(payload.toString()) as Message;
    if (gap !== undefined) gaps.push(gap);
    if (late === true || seq * 1000 >= hourEndMs) return;
    if (seq < lastSeq) disorder++;
    lastSeq = seq;
    for (const [name, { value }] of Object.entries(signals)) values.get(name)?.push(...value);
  });
  const count = () => [...values.values()].reduce((sum, each) => sum + each.length, 0);
  return { values, ages, gaps, count, disorder: () => disorder };
}

function rssMB(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Of a gateway in ordinary operation, with a broker and nothing behind it. */
async function ordinaryMB(broker: string): Promise<number> {
  const metricsPort = await freePort();
  const gateway = await launchText(hourConfig(broker, metricsPort, '{}'), metricsPort);
  await gateway.said('first frame');
  await ticked(gateway, 100);
  const usual = rssMB(gateway.child.pid);
  await gateway.stop();
  return usual;
}

for (const protocol of ['3.1.1', '5'] as const) {
  describe(`mosquitto was away for an hour, MQTT ${protocol}`, () => {
    useCleanUp();

    const options = { timeout: 2 * deadlineMs };
    test(
      'all of the hour arrives in order, live frames stay fresh, memory stays bounded',
      options,
      async () => {
        const dir = await stateDir();
        mkdirSync(join(dir, 'state'));
        const { port } = await startMosquitto();
        const usual = await ordinaryMB(`{ url: "mqtt://127.0.0.1:${port}" }`);
        const endMs = Math.floor(Date.now() / 1000) * 1000 - 2000;
        writeHour(join(dir, 'state'), endMs);
        const relay = await startRelay(port);
        relay.cut();
        const metricsPort = await freePort();
        const broker = `{ url: "mqtt://127.0.0.1:${relay.port}", protocol: "${protocol}", backoffMaxS: 1 }`;
        const text = hourConfig(broker, metricsPort, `{ samplesPerS: ${rate} }`);
        const gateway = await launchText(text, metricsPort, { dir });
        await gateway.said('first frame');
        const backlog = () => gateway.metric('gemel_backfill_backlog_seconds{sink="mqtt"}');
        await poll('a backlog', async () => (await backlog()) > 3600);

        // Events and back-fill are not retained: the subscriber is there before the gateway can be.
        const subscriber = await peer(port);
        const heard = listen(subscriber, endMs);
        await subscriber.subscribeAsync('gemel/test/#', { qos: 1 });
        const device = runDevice(await peer(port));
        relay.mend();
        let most = 0;
        await poll(
          'all of the hour',
          () => {
            most = Math.max(most, rssMB(gateway.child.pid));
            return heard.count() >= hourSamples;
          },
          deadlineMs,
          50,
        );
        const during = heard.ages.toSorted((a, b) => a - b);
        await poll('no backlog', async () => (await backlog()) < 3);
        device.stop();

        const all = Array.from({ length: hour.seconds * hour.perS }, (_, i) => i);
        for (const values of heard.values.values()) expect(values).toEqual(all);
        expect(heard.disorder()).toBe(0);
        expect(heard.gaps.map((gap) => gap?.reason)).toEqual(['stopped']);
        expect(during.length).toBeGreaterThan(100);
        const p99 = during[Math.floor(during.length * 0.99)]!;
        expect(p99).toBeLessThan(1000);
        // At the usual pace; ten times faster costs more of what the collector has not come to yet (bench/backfill.ts).
        if (rate <= usualRate) expect(most - usual).toBeLessThan(64);
      },
    );
  });
}
