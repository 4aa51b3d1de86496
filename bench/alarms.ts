// Alarms on their way to a display: how long from the sample to the message while 20,000 samples/s flow, what a thousand
// at once cost, and how often a flapping signal is told in an hour. Device, display and gateway are real and apart.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { parseConfig } from '../src/config/load.ts';
import { bindTag } from '../src/core/align.ts';
import { step } from '../src/core/step.ts';
import { createTwins } from '../src/gateway.ts';
import { openReader } from '../src/history/reader/open.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { freePort, p99Between, until } from './ingest.ts';
import type { BenchResult } from './run.ts';

const probes = Number(process.env['BENCH_PROBES'] ?? 200);
const burst = 1000;
const rate = 20_000;
const from = process.env['BENCH_SOURCES'] === '1' ? 'sources' : 'bundle';
const load = new URL('load.ts', import.meta.url).pathname;

export async function bench(): Promise<BenchResult> {
  const rows = [...(await underLoad()), ...flapping()];
  return {
    title: `Alarms: ${rate} samples/s, ${probes} alarms one by one, ${burst} at once`,
    head: ['what', 'bound', 'measured'],
    rows,
  };
}

/** Signals of their own, each used once: one that comes and goes is held for longer, by its own rhythm. */
function configuration(broker: string, metricsPort: number): string {
  const each = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join('\n');
  const machine = (id: string, lagMs: number, signals: number) => `  ${id}:
    model: mill
    lagMs: ${lagMs}
    signals: { spindle.speed: shop/d0/m0, spindle.current: shop/d0/m1 }
    extra:
${each(signals, (i) => `      v${i}: { tag: "shop/${id}/${i}", unit: "%", align: hold, staleMs: 3600000, missingMs: 3600000 }`)}
    detection:
      off: [stuck, silent]
      limits:
${each(signals, (i) => `        v${i}: { warning: 80, onDelayS: 0, offDelayS: 0 }`)}
`;
  return `version: 1
site: bench
stateDir: ./state
log: { level: info }
broker: ${broker}
metrics: { port: ${metricsPort} }
sources:
  shop:
    type: mqtt
    tags: 5000
    fieldsPerMessage: 2000
    topics:
      - { topic: "bench/{device}/{metric}", payload: object, time: { field: t, format: ms }, fields: { v: "{device}/{metric}" } }
      - { topic: "probe/{machine}/{n}", payload: number, qos: 1, tag: "{machine}/{n}" }
      - topic: burst
        qos: 1
        fields:
${each(burst, (i) => `          v${i}: "hall/${i}"`)}
machines:
${machine('now', 0, probes)}${machine('later', 100, probes)}${machine('hall', 0, burst)}`;
}

async function underLoad(): Promise<string[][]> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const broker = `{ port: ${port}, limits: { messagesPerS: 1000000 } }`;
  const gateway = await startGateway(broker, port, metricsPort, from, configuration);
  let generator: ChildProcess | undefined;
  let display: Display | undefined;
  try {
    display = await listen(port);
    generator = spawn(process.execPath, [load, ...[port, rate, 3600, 10, 0].map(String)], {
      stdio: 'ignore',
    });
    await until(async () => (await gateway.metric('gemel_samples_received_total')) > 3 * rate, 20_000);
    // A cold start catches up first.
    await pause(5000);
    return [
      ...latencyRows('lagMs 0', 120, await latencies(gateway, display, 'now')),
      ...latencyRows('lagMs 100', 120, await latencies(gateway, display, 'later')),
      ...(await atOnce(gateway, display)),
    ];
  } finally {
    await display?.client.endAsync(true);
    generator?.kill('SIGKILL');
    await gateway.stop();
  }
}

interface Display {
  readonly client: MqttClient;
  /** When the first message of a topic came that is not empty: since this process began, and by the wall. */
  readonly came: Map<string, { readonly ms: number; readonly wallMs: number }>;
  readonly port: number;
}

async function listen(port: number): Promise<Display> {
  const client = await connect(port);
  const came: Display['came'] = new Map();
  client.on('message', (topic, payload) => {
    if (payload.length > 0 && !came.has(topic))
      came.set(topic, { ms: performance.now(), wallMs: Date.now() });
  });
  await client.subscribeAsync(['gemel/bench/+/alarm/+', 'echo/#'], { qos: 1 });
  return { client, came, port };
}

/** What is small goes at once: a client that waits for more (Nagle) adds up to 40 ms of its own after each answer. */
async function connect(port: number): Promise<MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  (client.stream as Socket).setNoDelay(true);
  return client;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Each in milliseconds, one an alarm. */
interface Latency {
  /** From the receipt of the sample by the gateway, as its history has it, to the receipt of the alarm by the display. */
  readonly arrival: number[];
  /** From before the device publishes to the receipt of the alarm by the display. */
  readonly whole: number[];
  /** Of another message through the broker, sent at the same moment: what the machine takes meanwhile. */
  readonly echo: number[];
}

/** At any time of a tick; the device, whoever sends the other message and the display have a connection each. */
async function latencies(
  gateway: GatewayProcess,
  { came, port }: Display,
  machine: string,
): Promise<Latency> {
  const [device, other] = [await connect(port), await connect(port)];
  const sentMs: number[] = [];
  for (let i = 0; i < probes; i++) {
    await pause(50 + Math.random() * 100);
    sentMs.push(performance.now());
    device.publish(`probe/${machine}/${i}`, '90', { qos: 1 });
    other.publish(`echo/${machine}/${i}`, '90', { qos: 1 });
  }
  const topic = (i: number) => `gemel/bench/${machine}/alarm/v${i}.limit`;
  await until(async () => sentMs.every((_, i) => came.has(topic(i))), 10_000);
  await device.endAsync();
  await other.endAsync();
  const arrivedMs = await arrivals(gateway, machine);
  const took = (of: (i: number) => string) =>
    sentMs.map((ms, i) => (came.get(of(i))?.ms ?? Number.POSITIVE_INFINITY) - ms);
  return {
    arrival: arrivedMs.map((ms, i) => (came.get(topic(i))?.wallMs ?? Number.POSITIVE_INFINITY) - ms),
    whole: took(topic),
    echo: took((i) => `echo/${machine}/${i}`),
  };
}

/** When the gateway received each sample, by its clock, which is the wall's to a millisecond. */
async function arrivals({ stateDir }: GatewayProcess, machine: string): Promise<number[]> {
  const reader = openReader(join(stateDir, 'history.db'));
  const found: number[] = [];
  for (let i = 0; i < probes; i++) {
    const [tag] = await reader.resolveTags('shop', `${machine}/${i}`);
    const { series } = await reader.raw({ tag: tag!.id, fromMs: 0, toMs: Date.now(), samplesMax: 1 });
    found.push(series.receiveMs[0]!);
  }
  reader.close();
  return found;
}

function latencyRows(what: string, boundMs: number, { arrival, whole, echo }: Latency): string[][] {
  const judged = (took: readonly number[]) => {
    const within = took.filter((ms) => ms <= boundMs).length / took.length;
    return `${quantiles(took)}; ${(100 * within).toFixed(1)} % within`;
  };
  const bound = `p99 ≤ ${boundMs} ms`;
  return [
    [`${what}: sample received by the gateway to alarm received by a display`, bound, judged(arrival)],
    [`${what}: the whole way, from before the device publishes`, bound, judged(whole)],
    [`${what}: another message from client to display meanwhile`, '-', quantiles(echo)],
  ];
}

/** All signals of a machine cross their limits in one message; then what was seen around each is told. */
async function atOnce(gateway: GatewayProcess, { client, came, port }: Display): Promise<string[][]> {
  const looked = async () => ({
    text: await gateway.text(),
    missed: await gateway.metric('gemel_ticks_missed_total'),
  });
  const topics = Array.from({ length: burst }, (_, i) => `gemel/bench/hall/alarm/v${i}.limit`);
  const calm = await looked();
  await pause(10_000);
  const before = await looked();
  const sentMs = performance.now();
  const values = Object.fromEntries(topics.map((_, i) => [`v${i}`, 90]));
  client.publish('burst', JSON.stringify(values), { qos: 1 });
  await until(async () => topics.every((topic) => came.has(topic)), 30_000);
  const all = topics.map((topic) => (came.get(topic)?.ms ?? Number.POSITIVE_INFINITY) - sentMs);
  const told = await looked();
  // Ten seconds after a raise there is all that was seen around it: a thousand times again.
  await pause(15_000);
  const after = await looked();
  const late = await listen(port);
  await until(async () => topics.every((topic) => late.came.has(topic)), 10_000);
  const kept = topics.filter((topic) => late.came.has(topic)).length;
  await late.client.endAsync(true);
  return [
    [`${burst} at once: told`, String(burst), String(all.filter(Number.isFinite).length)],
    [`${burst} at once: retained, as somebody finds who comes later`, String(burst), String(kept)],
    [
      `${burst} at once: first, half, all told after`,
      '-',
      all
        .toSorted((a, b) => a - b)
        .filter((_, i) => [0, burst / 2, burst - 1].includes(i))
        .map(shown)
        .join(', '),
    ],
    [
      'ticks missed: 10 s before, until all were told, 15 s after',
      '0',
      [before.missed - calm.missed, told.missed - before.missed, after.missed - told.missed].join(', '),
    ],
    [
      'lateness p99: the same',
      '-',
      [
        p99Between(calm.text, before.text),
        p99Between(before.text, told.text),
        p99Between(told.text, after.text),
      ]
        .map((each) => `${each} ms`)
        .join(', '),
    ],
  ];
}

function shown(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

function quantiles(took: readonly number[]): string {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) =>
    shown(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`;
}

/** An hour in virtual time: once a second over the limit and back. */
function flapping(): string[][] {
  const text = `version: 1
site: bench
sources:
  shop: { type: mqtt, topics: [{ topic: "v/{n}", payload: number, tag: "{n}" }] }
machines:
  m:
    model: mill
    lagMs: 0
    signals: { spindle.speed: shop/rpm }
    extra: { load: { tag: shop/load, unit: "%", align: hold } }
    detection: { limits: { load: { warning: 80, onDelayS: 0, offDelayS: 0 } } }
`;
  const { config } = parseConfig(text, 'bench.yaml', { env: {} });
  const { core, layouts } = createTwins(config, () => Date.UTC(2026, 10, 20));
  const row = layouts[0]!.signals.findIndex(({ name }) => name === 'load');
  bindTag(core.alignment, { tag: 0, machine: 0, signal: row, scale: 1, offset: 0 });
  const kinds = new Map<string, number>();
  let highest = 0;
  for (let k = 1; k <= 36_000; k++) {
    const timeMs = core.startMs + k * core.periodMs;
    const value = Math.floor(k / 10) % 2 === 0 ? 90 : 60;
    step(core, k, sampleOf(value, timeMs - 1));
    for (const { kind, alarm } of core.alarmChanges.splice(0)) {
      if (alarm.id !== 'load.limit') continue;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    highest = Math.max(highest, core.books[0]!.live.size);
  }
  const counts = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  const raised = kinds.get('raised') ?? 0;
  return [
    ['an hour of a signal that flaps once a second: alarms raised', '1', String(raised)],
    ['the same: all that was told of it', '-', counts],
  ];
}

function sampleOf(value: number, timeMs: number) {
  return {
    length: 1,
    tag: Int32Array.of(0),
    value: Float64Array.of(value),
    quality: Uint32Array.of(0),
    timeMs: Float64Array.of(timeMs),
    receiveMs: Float64Array.of(timeMs),
    rawMs: Float64Array.of(timeMs),
    exact: new BigInt64Array(0),
  };
}
