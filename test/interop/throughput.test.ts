// 20,000 messages a second for five seconds, from other processes through a real gateway process: none is lost,
// and the account adds up. How fast it was is the business of the benches.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type GatewayProcess, startGateway } from '../../bench/gateway-process.ts';
import type { LedgerRow } from '../../src/ports.ts';
import { unexplained } from '../../src/runtime/ledger.ts';
import { cleanUp, peer, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { startMosquitto } from './broker-peers.ts';

const run = promisify(execFile);
const load = new URL('../../bench/load.ts', import.meta.url).pathname;
const messages = { rate: 20_000, seconds: 5, clients: 10 };
const total = messages.rate * messages.seconds;
const embedded = (port: number) => `{ port: ${port}, limits: { messagesPerS: 1000000 } }`;
// As the documentation says for such rates: a queue that holds a burst, and no limit on what is under way.
const deepQueues = ['max_queued_messages 1000000', 'max_inflight_messages 0'];

async function gatewayAt(broker: string, mqttPort: number): Promise<GatewayProcess> {
  const gateway = await startGateway(broker, mqttPort, await freePort(), 'sources');
  cleanUp(() => gateway.stop());
  await poll('the source', async () => (await gateway.metric('gemel_source_up')) === 1);
  return gateway;
}

async function play(port: number, qos: 0 | 1) {
  const { rate, seconds, clients } = messages;
  const words = [load, port, rate, seconds, clients, qos].map(String);
  const { stdout } = await run(process.execPath, words);
  return JSON.parse(stdout) as { sent: number; acknowledged: number };
}

/** The account of the source as the gateway publishes it, once all has arrived. */
async function ledgerOf(gateway: GatewayProcess): Promise<LedgerRow> {
  const received = () => gateway.metric('gemel_samples_received_total');
  await poll('all of them', async () => (await received()) >= total, 60_000, 100);
  const watcher = await peer(gateway.mqttPort);
  let newest: { ledger: LedgerRow; sources: { shop: { ledger: LedgerRow } } } | undefined;
  watcher.on('message', (_topic, payload, { retain }) => {
    // The retained one was made before.
    if (!retain) newest = JSON.parse(payload.toString());
  });
  await watcher.subscribeAsync('gemel/bench/health');
  const { ledger, sources } = await poll('health', () => newest);
  expect(sources.shop.ledger).toEqual(ledger);
  return ledger;
}

/** Near a peak of its sine the load repeats a value within one millisecond of the same tag: a true duplicate. */
function expectNoneLost(ledger: LedgerRow): void {
  // Published are only the reasons there were.
  const rejected: Partial<LedgerRow['rejected']> = ledger.rejected;
  const { duplicate = 0, ...lost } = rejected;
  expect(lost).toEqual({});
  expect(duplicate).toBeLessThan(total / 100);
  expect(ledger.received).toBe(total);
  expect(ledger.stored + ledger.coalesced + ledger.pending + duplicate).toBe(total);
  expect(unexplained(ledger)).toBe(0);
}

describe('20,000 messages a second for 5 s', () => {
  useCleanUp();

  test('Mosquitto, QoS 0', async () => {
    const { port } = await startMosquitto(deepQueues);
    const gateway = await gatewayAt(`{ url: "mqtt://127.0.0.1:${port}" }`, port);
    expect((await play(port, 0)).sent).toBe(total);
    expectNoneLost(await ledgerOf(gateway));
  });

  test('embedded broker, QoS 0', async () => {
    const port = await freePort();
    const gateway = await gatewayAt(embedded(port), port);
    expect((await play(port, 0)).sent).toBe(total);
    expectNoneLost(await ledgerOf(gateway));
  });

  test('embedded broker, QoS 1: every one acknowledged', async () => {
    const port = await freePort();
    const gateway = await gatewayAt(embedded(port), port);
    expect(await play(port, 1)).toMatchObject({ sent: total, acknowledged: total });
    expectNoneLost(await ledgerOf(gateway));
  });

  test('the account also explains what is lost: an inbox too small says how many', async () => {
    const port = await freePort();
    process.env['GEMEL_LOOP_INBOX_SAMPLES'] = '1024';
    cleanUp(() => delete process.env['GEMEL_LOOP_INBOX_SAMPLES']);
    const gateway = await gatewayAt(embedded(port), port);
    await play(port, 0);
    const ledger = await ledgerOf(gateway);
    expect(ledger.received).toBe(total);
    expect(ledger.rejected.inbox_full).toBeGreaterThan(0);
    expect(unexplained(ledger)).toBe(0);
  });
});
