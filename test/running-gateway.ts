// `gemel run` with a configuration of the test's own, and what can be asked of it from outside: its log, its
// metrics, its frames. Ends with the test.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { cleanUp, stateDir } from './broker/fixture.ts';
import { type GemelProcess, gemel } from './gemel-process.ts';
import { poll } from './poll.ts';
import { freePort } from './ports.ts';

export interface RunningGateway extends GemelProcess {
  readonly file: string;
  readonly metricsPort: number;
  /** The lines of its log, parsed. */
  lines(): LogLine[];
  /** All of /metrics. */
  metrics(): Promise<string>;
  /** One series of /metrics by its whole name; 0 where there is none yet. */
  metric(series: string): Promise<number>;
  /** SIGTERM and the exit code. */
  stop(): Promise<number | string>;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface GatewayInput {
  /** The broker's part of the configuration, in YAML's flow style. */
  readonly broker: string;
  /** More of the metrics' part, beginning with a comma. */
  readonly metrics?: string;
  /** Further lines of the configuration, whole keys; `shop` and `mill-1` are there already. */
  readonly more?: string;
  /** Further sources, indented by two. */
  readonly sources?: string;
  readonly level?: string;
  readonly env?: Record<string, string>;
  /** A folder that has been used before: the same state, another process. */
  readonly dir?: string;
}

/** Tags of a mill's spindle from shop/<machine>/drive, QoS 1, numbered so that a repeated one is found. */
const shop = `  shop:
    type: mqtt
    topics:
      - topic: shop/{machine}/drive
        payload: object
        time: { field: t, format: ms }
        sequence: seq
        qos: 1
        fields:
          rpm: { tag: "{machine}/rpm", unit: rpm }
machines:
  mill-1:
    model: mill
    signals:
      spindle.speed: shop/mill-1/rpm
`;

/** Starts it and returns at once; it may still refuse to run. */
export async function launchGateway(input: GatewayInput): Promise<RunningGateway> {
  const metricsPort = await freePort();
  const head = `version: 1\nsite: test\nlog: { level: ${input.level ?? 'info'} }\nbroker: ${input.broker}\n`;
  const metrics = `metrics: { port: ${metricsPort}${input.metrics ?? ''} }\n`;
  return launchText(
    `${head}${metrics}${input.more ?? ''}sources:\n${input.sources ?? ''}${shop}`,
    metricsPort,
    input,
  );
}

/** The same with a configuration that is the test's own altogether. */
export async function launchText(
  text: string,
  metricsPort: number,
  options: Pick<GatewayInput, 'env' | 'dir'> = {},
): Promise<RunningGateway> {
  const dir = options.dir ?? (await stateDir());
  const file = join(dir, 'gemel.yaml');
  writeFileSync(file, text);
  const process = gemel(['run', file], { cwd: dir, env: options.env ?? {} });
  cleanUp(async () => {
    process.kill();
    await process.ended();
  });
  // A connection of its own each time: one that is kept may be closed at the moment it is used again.
  const once = { headers: { connection: 'close' } };
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`, once)).text();
  return {
    ...process,
    file,
    metricsPort,
    metrics,
    lines: () => parseLines(process.out()),
    async metric(series) {
      const line = (await metrics()).split('\n').find((one) => one.startsWith(`${series} `));
      return line === undefined ? 0 : Number(line.slice(series.length + 1));
    },
    stop() {
      process.kill('SIGTERM');
      return process.ended();
    },
  };
}

/** Starts it and waits for its first frame. */
export async function startGateway(input: GatewayInput): Promise<RunningGateway> {
  const gateway = await launchGateway(input);
  await gateway.said('first frame');
  return gateway;
}

function parseLines(text: string): LogLine[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as LogLine);
}

export interface Device {
  /** Samples sent, and of those the broker has acknowledged. */
  readonly sent: () => number;
  readonly acknowledged: () => number;
  stop(): void;
}

/** A spindle that turns at 6000 rpm and says so fifty times a second, numbered, with QoS 1. */
export function runDevice(client: MqttClient): Device {
  let sent = 0;
  let acknowledged = 0;
  const timer = setInterval(() => {
    if (!client.connected) return;
    const payload = JSON.stringify({ t: Date.now(), seq: sent++, rpm: 6000 });
    client.publish('shop/mill-1/drive', payload, { qos: 1 }, (error) => {
      if (!error) acknowledged++;
    });
  }, 20);
  const stop = () => clearInterval(timer);
  cleanUp(stop);
  return { sent: () => sent, acknowledged: () => acknowledged, stop };
}

/** Waits until the gateway has ticked so many times more. */
export async function ticked(gateway: RunningGateway, times: number): Promise<void> {
  const from = await gateway.metric('gemel_ticks_total');
  await poll(
    'more ticks',
    async () => (await gateway.metric('gemel_ticks_total')) >= from + times,
    60_000,
    50,
  );
}
