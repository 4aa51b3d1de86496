// A real gateway in this process, with its broker, loop, sinks and metrics, and a device that sends it what
// devices send. A test sends one thing and is told all that became of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { configSchema } from '../../src/config/schema.ts';
import { qualityName } from '../../src/core/quality.ts';
import type { SampleColumns } from '../../src/core/sample.ts';
import { createGateway, type Gateway } from '../../src/gateway.ts';
import type { SourceReport } from '../../src/ports.ts';
import { unexplained } from '../../src/runtime/ledger.ts';
import { poll } from '../poll.ts';
import { keptLog } from '../silent-log.ts';

export const periodMs = 20;

export interface Stored {
  tag: string;
  /** Null for no value: NaN, as the frame says it. */
  value: number | null;
  /** The code by its name, and as it is. */
  quality: string;
  code: number;
  timeMs: number;
  receiveMs: number;
  rawMs: number;
  exact: bigint;
  /** When the loop took it for a frame. */
  takenMs: number;
}

export interface Letter {
  source: string;
  reason: string;
  excerpt: string;
}

/** What became of what was sent. */
export interface Outcome {
  samples: Stored[];
  /** One word for each rejection. */
  rejected: string[];
  remarks: Record<string, number>;
  letters: Letter[];
}

export interface FrameSignal {
  value: number | null;
  quality: string;
  code?: string;
  origin: string;
  ageMs: number | null;
}

export interface FrameMessage {
  machine: string;
  time: string;
  signals: Record<string, FrameSignal>;
  residuals: Record<string, number | null>;
}

export interface Inputs {
  readonly gateway: Gateway;
  readonly log: ReturnType<typeof keptLog>;
  readonly url: string;
  readonly stateDir: string;
  /** All samples since the start, as the core and the store get them. */
  readonly stored: Stored[];
  readonly letters: Letter[];
  /** Payloads of the frames and events that were published, newest last. */
  readonly frames: FrameMessage[];
  readonly events: { kind: string; text: string }[];
  /** QoS 1, so that it has been taken when this resolves; what it changed at that source. */
  send(topic: string, payload: unknown, options?: SendOptions): Promise<Outcome>;
  /** What a source makes of whatever `act` does. `letters`: wait until each rejection has been told of. */
  during(
    source: string,
    act: () => unknown,
    until?: (report: SourceReport) => boolean,
    letters?: boolean,
  ): Promise<Outcome>;
  report(source?: string): SourceReport;
  /** One series of /metrics, as a scrape sees it. */
  metric(series: string): Promise<number>;
  /** Another client of the embedded broker. */
  client(options?: mqtt.IClientOptions): Promise<MqttClient>;
  close(): Promise<void>;
}

export interface SendOptions {
  readonly source?: string;
  readonly retain?: boolean;
}

/** `sources` and `machines` as in the configuration file; `more`: its other parts. */
export async function openInputs(
  sources: object,
  machines: object = {},
  more: object = {},
  login: mqtt.IClientOptions = {},
): Promise<Inputs> {
  const running = await launch({ sources, machines, ...more });
  const { gateway } = running;
  const url = gateway.addresses().get('mqtt')!;
  const clients: MqttClient[] = [];
  const client = async (options: mqtt.IClientOptions = {}) => {
    const one = await mqtt.connectAsync(url, { reconnectPeriod: 0, ...login, ...options }, false);
    one.on('error', () => {});
    clients.push(one);
    return one;
  };
  const heard = await listen(await client());
  const device = await client();
  const report = (source = 'shop') => gateway.health().sources.find((one) => one.source === source)!;
  const inputs: Inputs = {
    ...running,
    ...heard,
    url,
    client,
    report,
    send(topic, payload, { source = 'shop', retain = false } = {}) {
      const { received } = report(source).ledger;
      const act = () => device.publishAsync(topic, bytesOf(payload), { qos: 1, retain });
      // An external broker acknowledges before we have it.
      return inputs.during(source, act, ({ ledger }) => ledger.received > received);
    },
    during: (source, act, until = () => true, letters = true) =>
      observe(inputs, () => report(source), act, until, letters),
    async metric(series) {
      // A connection of its own each time: one that is kept may be closed at the moment it is used again.
      const once = { headers: { connection: 'close' } };
      const text = await (await fetch(`${gateway.addresses().get('metrics')}`, once)).text();
      const line = text.split('\n').find((one) => one.startsWith(`${series} `));
      return line === undefined ? 0 : Number(line.slice(series.length + 1));
    },
    async close() {
      for (const one of clients) await one.endAsync(true).catch(() => {});
      await running.close();
    },
  };
  return inputs;
}

type Running = Pick<Inputs, 'gateway' | 'log' | 'stateDir' | 'stored' | 'close'>;

async function launch(parts: object): Promise<Running> {
  const stateDir = mkdtempSync(join(tmpdir(), 'gemel-inputs-'));
  const log = keptLog();
  const config = configSchema.parse({
    version: 1,
    site: 'test',
    loop: { periodMs },
    broker: { port: 0 },
    metrics: { port: 0 },
    publish: { deadLettersPerS: 100_000 },
    history: { ballastMb: 0 },
    ...parts,
  });
  const stored: Stored[] = [];
  const gateway: Gateway = createGateway({
    config,
    stateDir,
    version: '0.0.0',
    log: Object.assign(log, { component: () => log }),
    onBatch(_tick, samples) {
      const nowMs = samples.length > 0 ? gateway.health().timeMs : 0;
      for (let i = 0; i < samples.length; i++) stored.push(storedOf(samples, i, gateway.tags, nowMs));
    },
  });
  const ending = new AbortController();
  const running = gateway.run(ending.signal);
  const close = async () => {
    ending.abort();
    await running;
    rmSync(stateDir, { recursive: true, force: true });
  };
  await poll('the start', () => log.lines.some(({ message }) => message.includes('runs at site')));
  return { gateway, log, stateDir, stored, close };
}

async function listen(client: MqttClient): Promise<Pick<Inputs, 'letters' | 'frames' | 'events'>> {
  const heard: Pick<Inputs, 'letters' | 'frames' | 'events'> = { letters: [], frames: [], events: [] };
  client.on('message', (topic, payload) => hear(heard, topic, payload));
  await client.subscribeAsync(['gemel/test/dlq/#', 'gemel/test/+/frame', 'gemel/test/event']);
  return heard;
}

function storedOf(samples: SampleColumns, i: number, tags: Gateway['tags'], takenMs: number): Stored {
  const value = samples.value[i]!;
  return {
    tag: tags[samples.tag[i]!]!.spec.name,
    value: Number.isNaN(value) ? null : value,
    quality: qualityName(samples.quality[i]!),
    code: samples.quality[i]!,
    timeMs: samples.timeMs[i]!,
    receiveMs: samples.receiveMs[i]!,
    rawMs: samples.rawMs[i]!,
    exact: samples.exact[i]!,
    takenMs,
  };
}

function hear(
  heard: Pick<Inputs, 'letters' | 'frames' | 'events'>,
  topic: string,
  payload: Uint8Array,
): void {
  const message: unknown = JSON.parse(Buffer.from(payload).toString());
  if (topic.startsWith('gemel/test/dlq/')) heard.letters.push(message as Letter);
  else if (topic.endsWith('/frame')) heard.frames.push(message as FrameMessage);
  else heard.events.push(message as Inputs['events'][number]);
}

/** Bytes and texts as they are, anything else as JSON. */
function bytesOf(payload: unknown): Buffer {
  if (payload instanceof Uint8Array) return Buffer.from(payload);
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
}

/** Reasons a sample is refused for after it was decoded: told now and then, and of no outcome in particular. */
const silent = new Set(['duplicate', 'too_many_tags', 'inbox_full', 'rate']);

async function observe(
  inputs: Inputs,
  report: () => SourceReport,
  act: () => unknown,
  until: (report: SourceReport) => boolean,
  letters: boolean,
): Promise<Outcome> {
  const before = report();
  const { length } = inputs.stored;
  const { length: lettersBefore } = inputs.letters;
  const lettersNow = () =>
    inputs.letters
      .slice(lettersBefore)
      .filter(({ source, reason }) => source === before.source && !silent.has(reason));
  await act();
  const after = await poll('the end of what was sent', () => {
    const now = report();
    return now.ledger.pending === 0 && isTaken(inputs) && until(now) ? now : undefined;
  });
  if (unexplained(after.ledger) !== 0)
    throw new Error(`the ledger does not add up: ${JSON.stringify(after)}`);
  const rejected = grown(before.ledger.rejected, after.ledger.rejected);
  const words = Object.entries(rejected).flatMap(([word, count]) => new Array<string>(count).fill(word));
  const told = letters ? words.filter((word) => !silent.has(word)).length : 0;
  await poll('the dead letters', () => lettersNow().length >= told);
  return {
    samples: inputs.stored.slice(length),
    rejected: words,
    remarks: grown(before.remarks, after.remarks),
    letters: lettersNow(),
  };
}

/** The core has all that came; it is on the disk a little before or after. */
function isTaken({ gateway, stored }: Inputs): boolean {
  const { received, rejected } = gateway.health().ledger;
  return received === stored.length + Object.values(rejected).reduce((sum, count) => sum + count, 0);
}

function grown(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) {
  const more = Object.entries(after).map(([key, count]): [string, number] => [key, count - before[key]!]);
  return Object.fromEntries(more.filter(([, count]) => count !== 0));
}
