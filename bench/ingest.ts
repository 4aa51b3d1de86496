// Messages in: 100-byte JSON over 100 tags, publishers in another process, the gateway in a third. External
// Mosquitto and the embedded broker; CPU of the gateway a message, loss, lateness, memory, and where it breaks.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import type { BenchResult } from './run.ts';

const run = promisify(execFile);
const load = new URL('load.ts', import.meta.url).pathname;
const quick = process.env['BENCH_SECONDS'];
const seconds = quick === undefined ? 30 : Number(quick);

export interface Case {
  readonly what: string;
  readonly external: boolean;
  readonly rate: number;
  readonly clients: number;
  readonly qos: 0 | 1;
}

const cases: readonly Case[] = [
  { what: 'Mosquitto, QoS 0', external: true, rate: 20_000, clients: 10, qos: 0 },
  { what: 'Mosquitto, QoS 0', external: true, rate: 40_000, clients: 10, qos: 0 },
  { what: 'Mosquitto, QoS 0', external: true, rate: 60_000, clients: 10, qos: 0 },
  { what: 'Mosquitto, QoS 0', external: true, rate: 100_000, clients: 10, qos: 0 },
  { what: 'embedded, QoS 0', external: false, rate: 20_000, clients: 10, qos: 0 },
  { what: 'embedded, QoS 0', external: false, rate: 40_000, clients: 10, qos: 0 },
  { what: 'embedded, QoS 0', external: false, rate: 60_000, clients: 10, qos: 0 },
  { what: 'embedded, QoS 0', external: false, rate: 100_000, clients: 10, qos: 0 },
  { what: 'embedded, QoS 0', external: false, rate: 200_000, clients: 10, qos: 0 },
  { what: 'embedded, QoS 0, 100 connections', external: false, rate: 20_000, clients: 100, qos: 0 },
  { what: 'embedded, QoS 1', external: false, rate: 20_000, clients: 10, qos: 1 },
];

export async function bench(): Promise<BenchResult> {
  const rows: string[][] = [];
  for (const one of cases) {
    if (one.external && spawnSync('mosquitto', ['-h']).error !== undefined) {
      rows.push([one.what, 'no mosquitto', '', '', '', '', '', '']);
      continue;
    }
    rows.push(await measure(one, seconds));
    process.stderr.write(`${rows.at(-1)!.join('  ')}\n`);
  }
  return {
    title: `Ingest, ${seconds} s each`,
    head: ['way', 'asked/s', 'sent/s', 'lost', 'CPU/message', 'tick p99', 'ticks missed', 'RSS'],
    rows,
  };
}

export async function measure(one: Case, seconds: number): Promise<string[]> {
  const { what, external, rate, clients, qos } = one;
  const [mqttPort, metricsPort] = [await freePort(), await freePort()];
  const mosquitto = external ? startMosquitto(mqttPort) : undefined;
  const broker = external
    ? `{ url: "mqtt://127.0.0.1:${mqttPort}" }`
    : `{ port: ${mqttPort}, limits: { messagesPerS: 1000000 } }`;
  const gateway = await startGateway(broker, mqttPort, metricsPort).catch((error: unknown) => {
    mosquitto?.kill();
    throw error;
  });
  try {
    await until(async () => (await gateway.metric('gemel_source_up')) === 1, 10_000);
    await play({ port: mqttPort, rate, seconds: 3, clients, qos });
    const before = await snapshot(gateway);
    const played = await play({ port: mqttPort, rate, seconds, clients, qos });
    // What is still on its way arrives, or does not.
    await until(
      async () => (await gateway.metric('gemel_samples_received_total')) >= before.received + played.sent,
      5000,
    );
    const after = await snapshot(gateway);
    const lost = played.sent - (after.received - before.received) + (after.full - before.full);
    const cpuUs = ((after.cpuMs - before.cpuMs) * 1000) / played.sent;
    return [
      what,
      String(rate),
      Math.round(played.sent / played.elapsedS).toString(),
      String(lost),
      `${cpuUs.toFixed(2)} µs`,
      `${p99Between(before.text, after.text)} ms`,
      String(after.missed - before.missed),
      `${Math.round(gateway.rssMB())} MB`,
    ];
  } finally {
    await gateway.stop();
    mosquitto?.kill();
  }
}

async function snapshot(gateway: GatewayProcess) {
  const text = await gateway.text();
  return {
    text,
    cpuMs: gateway.cpuMs(),
    received: await gateway.metric('gemel_samples_received_total'),
    missed: await gateway.metric('gemel_ticks_missed_total'),
    full: value(text, 'gemel_samples_rejected_total{source="shop",reason="inbox_full"}'),
  };
}

function value(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

/** Upper bound of the bucket that holds the 99th percentile of the ticks between two scrapes. */
export function p99Between(before: string, after: string): string {
  const buckets = (text: string) =>
    [...text.matchAll(/gemel_tick_lateness_seconds_bucket\{le="([^"]+)"\} (\d+)/g)].map(
      ([, le, count]) => [le!, Number(count)] as const,
    );
  const [first, last] = [buckets(before), buckets(after)];
  const counts = last.map(([le, count], i) => [le, count - (first[i]?.[1] ?? 0)] as const);
  const total = counts.at(-1)?.[1] ?? 0;
  const hit = counts.find(([, count]) => count >= 0.99 * total);
  return hit === undefined ? '?' : `≤ ${Number((Number(hit[0]) * 1000).toPrecision(3))}`;
}

async function play(load_: { port: number; rate: number; seconds: number; clients: number; qos: number }) {
  const { port, rate, seconds: s, clients, qos } = load_;
  const { stdout } = await run(process.execPath, [load, ...[port, rate, s, clients, qos].map(String)]);
  return JSON.parse(stdout) as { sent: number; elapsedS: number; blockedMs: number; acknowledged: number };
}

function startMosquitto(port: number): ChildProcess {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-mosquitto-'));
  const file = join(dir, 'mosquitto.conf');
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 1000000\nmax_inflight_messages 0\n`,
  );
  const child = spawn('mosquitto', ['-c', file], { stdio: 'ignore' });
  child.once('exit', () => rmSync(dir, { recursive: true }));
  return child;
}

export async function until(condition: () => Promise<boolean>, deadlineMs: number): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition()) && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
