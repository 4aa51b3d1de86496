// The parts of the hot path one by one: what a message costs before and after the broker.
import { Bench } from 'tinybench';
import { newFrame } from '../src/core/frame.ts';
import { newIntake } from '../src/core/intake.ts';
import { mill } from '../src/core/models/mill/index.ts';
import { Quality } from '../src/core/quality.ts';
import { parametersOf } from '../src/core/twin.ts';
import type { Bus, BusHandler } from '../src/ports.ts';
import { newSourceAccount } from '../src/runtime/account.ts';
import { createFeed } from '../src/runtime/feed.ts';
import { createInbox } from '../src/runtime/inbox.ts';
import { createTagTable } from '../src/runtime/tags.ts';
import { createFrameEncoder } from '../src/sinks/mqtt/encode.ts';
import { mqttSourceSchema } from '../src/sources/mqtt/schema.ts';
import { createMqttSource } from '../src/sources/mqtt/source.ts';
import type { BenchResult } from './run.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export async function bench(): Promise<BenchResult> {
  const tasks = new Bench({ time: 500 });
  const { deliver, drain } = await ingest();
  const payloads = Array.from({ length: 1024 }, (_, i) => payload(i));
  const parsed = payloads.map((bytes) => bytes.toString());
  let i = 0;
  tasks.add('JSON.parse alone, 100 bytes', () => {
    JSON.parse(parsed[i++ & 1023]!);
  });
  tasks.add('route, decode, stamp, judge, inbox', () => {
    if ((i & 8191) === 0) drain();
    deliver(payloads[i++ & 1023]!);
  });
  const signals = [...mill.inputs, ...mill.outputs];
  const frame = newFrame({ id: 'mill-1', model: mill, signals, lagMs: 100, parameters: parametersOf(mill) });
  const encode = createFrameEncoder(frame.machine);
  frame.value.fill(4.2137);
  frame.quality.fill(Quality.good);
  tasks.add('encode a frame of 13 signals', () => {
    encode(frame);
  });
  await tasks.run();
  const rows = tasks.tasks.map((task) => {
    const { result } = task;
    if (result.state !== 'completed') throw new Error(`${task.name}: ${result.state}`);
    const { p50, p99 } = result.latency;
    return [task.name, `${(p50 * 1000).toFixed(2)} µs`, `${(p99 * 1000).toFixed(2)} µs`];
  });
  return { title: 'Parts', head: ['what', 'p50', 'p99'], rows };
}

function payload(sequence: number): Buffer {
  const text = `{"t":${Date.now() - 1024 + sequence},"seq":${sequence},"v":${(4 + Math.sin(sequence)).toFixed(4)},"unit":"A","id":"`;
  return Buffer.from(`${text.padEnd(98, 'e')}"}`);
}

/** The MQTT source and the feed, as the gateway joins them, without a broker. */
async function ingest() {
  let handler: BusHandler = () => undefined;
  const bus = {
    subscribe(_filter: string, _qos: number, to: BusHandler) {
      handler = to;
    },
  } as unknown as Bus;
  const topics = [
    {
      topic: 'bench/{device}/{metric}',
      time: { field: 't', format: 'ms' },
      fields: { v: '{device}/{metric}' },
    },
  ];
  const source = createMqttSource('shop', mqttSourceSchema.parse({ type: 'mqtt', topics }), bus, silent);
  const inbox = createInbox(65_536);
  const account = newSourceAccount();
  const feed = createFeed('shop', account, 1000, {
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    inbox,
    intake: newIntake(256),
    tags: createTagTable(),
    store: undefined,
    onDeadLetter() {},
    onTag() {},
  });
  await source.start(feed);
  const names = Array.from({ length: 100 }, (_, i) => `bench/d${i % 10}/m${i}`);
  let next = 0;
  return {
    deliver: (bytes: Buffer) => void handler(names[next++ % 100]!, bytes, false),
    drain: () => inbox.drain(Date.now()),
  };
}
