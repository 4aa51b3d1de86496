// The history of a whole gateway, with its writer on a thread: what a device was told is stored, whatever becomes of
// that thread; what the twins say is stored too; and accounts go on over a restart.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { configSchema } from '../../../src/config/schema.ts';
import { createGateway, type Gateway } from '../../../src/gateway.ts';
import { openReader } from '../../../src/history/reader/open.ts';
import { type WriterHost, writerThread } from '../../../src/history/thread/host.ts';
import { unexplained } from '../../../src/runtime/ledger.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';

const entry = new URL('../../../src/history-writer-thread.ts', import.meta.url);
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const act of cleanUps.splice(0).reverse()) await act();
});

interface Running {
  readonly gateway: Gateway;
  readonly log: ReturnType<typeof keptLog>;
  readonly client: MqttClient;
  readonly fed: () => number;
  readonly hosts: readonly WriterHost[];
  readonly stop: () => Promise<void>;
}

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-history-'));
  cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function start(stateDir: string, more: object = {}): Promise<Running> {
  const log = keptLog();
  const hosts: WriterHost[] = [];
  let fed = 0;
  const gateway = createGateway({
    config: configSchema.parse({
      ...{ version: 1, site: 'test', loop: { periodMs: 20 }, broker: { port: 0 }, metrics: { port: 0 } },
      history: { ballastMb: 0 },
      sources: { shop: { type: 'mqtt', topics: [{ topic: 'shop/{m}', fields: { v: '{m}/v' } }] } },
      ...more,
    }),
    ...{ stateDir, version: '0', log: Object.assign(log, { component: () => log }) },
    service: {
      ...{ watchdogPeriodMs: 1, ready() {}, stopping() {}, status() {} },
      watchdog: () => {
        fed++;
      },
    },
    history: {
      spawn: (data) => (events) => {
        const host = writerThread(entry, data)(events);
        hosts.push(host);
        return host;
      },
    },
  });
  const ending = new AbortController();
  const running = gateway.run(ending.signal);
  await poll('the start', () => log.lines.some(({ message }) => message.includes('runs at site')));
  const client = await mqtt.connectAsync(gateway.addresses().get('mqtt')!);
  const stop = async () => {
    await client.endAsync(true).catch(() => {});
    ending.abort();
    await running;
  };
  cleanUps.push(stop);
  return { gateway, log, client, hosts, stop, fed: () => fed };
}

async function valuesOf(dir: string, source: string, name: string): Promise<number[]> {
  const reader = openReader(join(dir, 'history.db'));
  const values: number[] = [];
  for (const { id } of await reader.resolveTags(source, name)) {
    const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
    const { series } = await reader.raw({ tag: id, ...range, samplesMax: 100_000 });
    values.push(...series.value.subarray(0, series.length));
  }
  reader.close();
  return values;
}

const send = (client: MqttClient, value: number) =>
  client.publishAsync('shop/a', JSON.stringify({ v: value }), { qos: 1 });

describe('the thread of the writer', () => {
  test('is ended three times amid commits: all that was sent is acknowledged and there once; the gateway ticks on', async () => {
    const dir = newDir();
    const { gateway, client, hosts, stop } = await start(dir);
    const sent: Promise<unknown>[] = [];
    for (let value = 0; value < 600; value++) {
      sent.push(send(client, value));
      if (value % 200 !== 100) continue;
      await poll('a writer that writes', () => gateway.health().history?.state === 'ok');
      await new Promise((resolve) => setImmediate(resolve));
      await hosts.at(-1)!.end();
    }
    await Promise.all(sent);
    expect(hosts.length).toBe(4);
    const { ticks, history, ledger } = gateway.health();
    expect(history).toMatchObject({ state: 'ok', samplesDropped: 0 });
    await poll('further ticks', () => gateway.health().ticks > ticks);
    expect(unexplained(ledger)).toBe(0);
    await stop();
    expect((await valuesOf(dir, 'shop', 'a/v')).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 600 }, (_, value) => value),
    );
  });

  test('the watchdog is fed by ticks while it lives', async () => {
    const { gateway, fed } = await start(newDir());
    const before = fed();
    const { ticks } = gateway.health();
    await poll('ten ticks', () => gateway.health().ticks > ticks + 10);
    expect(fed()).toBeGreaterThan(before + 8);
  });
});

test('accounts go on over a restart, and so does what is known of the last samples', async () => {
  const dir = newDir();
  const first = await start(dir);
  for (let value = 0; value < 20; value++) await send(first.client, value);
  await first.client.publishAsync('shop/a', 'no number', { qos: 1 });
  await first.stop();
  const second = await start(dir);
  expect(second.gateway.health().ledger).toMatchObject({ received: 21, stored: 20, pending: 0 });
  expect(second.gateway.health().sources[0]!.ratePerS).toBe(0);
  await send(second.client, 20);
  const { ledger } = second.gateway.health();
  expect(ledger).toMatchObject({ received: 22, stored: 21 });
  expect(unexplained(ledger)).toBe(0);
  const metrics = await (await fetch(second.gateway.addresses().get('metrics')!)).text();
  expect(metrics).toContain('gemel_history_state{state="ok"} 1\n');
  expect(metrics).toMatch(/gemel_history_commit_seconds\{quantile="0.99"\} \d/);
  expect(metrics).toMatch(/gemel_history_samples_total \d/);
  await second.stop();
  const reader = openReader(join(dir, 'history.db'));
  const gaps = await reader.gaps({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
  const acts = (await reader.runs()).length;
  reader.close();
  expect(gaps).toMatchObject([{ reason: 'stopped' }]);
  expect(acts).toBe(2);
});

test('a damaged file is put aside, and people are told once there is somebody to hear it', async () => {
  const dir = newDir();
  const first = await start(dir);
  await send(first.client, 1);
  await first.stop();
  writeFileSync(join(dir, 'history.db'), 'no database any more');
  const second = await start(dir);
  const told = await poll('the event', () =>
    second.log.lines.find(({ fields }) => fields['kind'] === 'history-quarantined'),
  );
  expect(told.message).toMatch(/damaged.*put aside/);
  await send(second.client, 2);
  await second.stop();
  expect(await valuesOf(dir, 'shop', 'a/v')).toEqual([2]);
  const reader = openReader(join(dir, 'history.db'));
  const events = await reader.events(0, 100);
  const gaps = await reader.gaps({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
  reader.close();
  expect(events.map(({ event }) => event.kind)).toContain('history-quarantined');
  expect(gaps.map(({ reason }) => reason)).toContain('quarantined');
});

test('switched off there is no file, and a sample is stored once a tick has it', async () => {
  const dir = newDir();
  const { gateway, client } = await start(dir, { history: { enabled: false } });
  await send(client, 1);
  await poll('the tick', () => gateway.health().ledger.stored === 1);
  expect(gateway.health().history).toBeUndefined();
});
