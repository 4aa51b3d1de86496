// A mosquitto that was away for an hour at 500 samples a second: how long the back-fill takes, what it costs, and how old
// live frames are meanwhile. The hour is simulated: the real writer wrote it as if it had come.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { hourConfig, hourSamples, writeHour } from '../test/missed-hour.ts';
import { poll } from '../test/poll.ts';
import { freePort } from '../test/ports.ts';
import type { BenchResult } from './run.ts';

const door = new URL('../bin/gemel.js', import.meta.url).pathname;
/** The first is what is usual: it takes six minutes. */
const rates = [5000, 20_000, 60_000];
const calmS = 10;

interface Figures {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly bytes: number;
  readonly complete: boolean;
  /** Of live frames, from being due to being heard. */
  readonly agesMs: readonly number[];
  readonly calmMB: number;
  readonly peakMB: number;
}

export async function bench(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-bench-'));
  const port = await freePort();
  const conf = ['user root', `listener ${port} 127.0.0.1`, 'allow_anonymous true', 'set_tcp_nodelay true'];
  writeFileSync(join(dir, 'mosquitto.conf'), `${conf.join('\n')}\n`);
  const broker = spawn('mosquitto', ['-c', join(dir, 'mosquitto.conf')], { stdio: 'ignore' });
  try {
    const rows: string[][] = [];
    for (const rate of rates) rows.push(rowOf(rate, await measure(dir, port, rate)));
    return {
      title: `Back-fill of an hour at 500 samples/s (${hourSamples} samples) to mosquitto`,
      head: [
        'allowed a second',
        'took',
        'complete',
        'CPU a sample',
        'bytes a sample',
        'live frames',
        'memory',
      ],
      rows,
    };
  } finally {
    broker.kill();
    rmSync(dir, { recursive: true });
  }
}

function rowOf(rate: number, { seconds, cpuMs, bytes, complete, agesMs, calmMB, peakMB }: Figures): string[] {
  const sorted = agesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)];
  return [
    ...[`${rate}`, `${seconds.toFixed(0)} s`, complete ? 'yes' : 'NO'],
    `${((cpuMs * 1000) / hourSamples).toFixed(2)} µs`,
    (bytes / hourSamples).toFixed(1),
    `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${sorted.at(-1)} ms`,
    `+${(peakMB - calmMB).toFixed(0)} MB over ${calmMB.toFixed(0)}`,
  ];
}

/** First in ordinary operation, for what that takes; then with the hour behind it. */
async function measure(dir: string, port: number, rate: number): Promise<Figures> {
  const home = mkdtempSync(join(dir, 'home-'));
  const metricsPort = await freePort();
  writeFileSync(
    join(home, 'gemel.yaml'),
    hourConfig(`{ url: "mqtt://127.0.0.1:${port}" }`, metricsPort, `{ samplesPerS: ${rate} }`),
  );
  mkdirSync(join(home, 'state'));
  const calm = await start(home);
  await pause(calmS * 1000);
  const calmMB = rssMB(calm);
  await end(calm);
  rmSync(join(home, 'state'), { recursive: true });
  mkdirSync(join(home, 'state'));
  writeHour(join(home, 'state'), Math.floor(Date.now() / 1000) * 1000);

  const subscriber = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  const heard = listen(subscriber);
  await subscriber.subscribeAsync('gemel/test/#', { qos: 1 });
  const gateway = await start(home);
  const [cpuFrom, from] = [cpuMs(gateway), performance.now()];
  let peakMB = 0;
  const isDone = () => {
    peakMB = Math.max(peakMB, rssMB(gateway));
    return heard.samples >= hourSamples;
  };
  await poll('the hour', isDone, (2 * 1000 * hourSamples) / rate + 60_000, 200);
  const seconds = (performance.now() - from) / 1000;
  const figures = { seconds, cpuMs: cpuMs(gateway) - cpuFrom, calmMB, peakMB };
  await end(gateway);
  await subscriber.endAsync(true);
  const { bytes, agesMs, next } = heard;
  const complete = [...next.values()].every((count) => count >= hourSamples / next.size);
  return { ...figures, bytes, agesMs, complete };
}

function listen(client: mqtt.MqttClient) {
  const heard = { samples: 0, bytes: 0, agesMs: [] as number[], next: new Map<string, number>() };
  client.on('message', (topic, payload) => {
    if (topic.endsWith('/frame')) {
      const { time, lagMs } = JSON.parse(payload.toString()) as { time: string; lagMs: number };
      heard.agesMs.push(Date.now() - Date.parse(time) - lagMs);
    }
    if (!topic.endsWith('/backfill')) return;
    heard.bytes += payload.length;
    const { signals = {} } = JSON.parse(payload.toString()) as {
      signals?: Record<string, { value: number[] }>;
    };
    for (const [name, { value }] of Object.entries(signals)) {
      heard.samples += value.length;
      // Numbered from 0: in order and without a hole.
      for (const number of value) {
        if (number === (heard.next.get(name) ?? 0)) heard.next.set(name, number + 1);
      }
    }
  });
  return heard;
}

async function start(home: string): Promise<ChildProcess> {
  const env = { ...process.env, GEMEL_BUNDLE: '1' };
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, [door, 'run', join(home, 'gemel.yaml')], { env, stdio: [...stdio] });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-10_000);
  });
  await poll('the first frame', () => said.includes('first frame'));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function rssMB({ pid }: ChildProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function cpuMs({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
