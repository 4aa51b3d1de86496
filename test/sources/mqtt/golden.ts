// Runs one folder of test/golden/mqtt through a real source on a bus in memory.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { qualityName } from '../../../src/core/quality.ts';
import { mqttSourceSchema } from '../../../src/sources/mqtt/schema.ts';
import { createMqttSource } from '../../../src/sources/mqtt/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { createMemoryBus } from '../../memory-bus.ts';
import { keptLog } from '../../silent-log.ts';

interface GoldenInput {
  topic: string;
  payload?: unknown;
  payloadBase64?: string;
  receiveMs: number;
  retained?: boolean;
}

/** A text is sent as it stands, anything else as JSON. */
function bytesOf({ payload, payloadBase64 }: GoldenInput): Buffer {
  if (payloadBase64 !== undefined) return Buffer.from(payloadBase64, 'base64');
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
}

export async function runGolden(folder: string) {
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const config = mqttSourceSchema.parse({ type: 'mqtt', ...parse(read('config.yaml')) });
  const bus = createMemoryBus();
  const feed = createKeptFeed();
  const source = createMqttSource('shop', config, bus, keptLog());
  await source.start(feed);
  for (const line of read('input.jsonl').split('\n')) {
    if (line.trim() === '') continue;
    const input = JSON.parse(line) as GoldenInput;
    feed.timeMs = input.receiveMs;
    await Promise.all(bus.deliver(input.topic, bytesOf(input), input.retained ?? false));
  }
  return {
    // Whose clock stamped a tag is another test's subject.
    tags: feed.tags.map((spec) =>
      Object.fromEntries(Object.entries(spec).filter(([key]) => key !== 'clock')),
    ),
    // NaN is null here, as it is on every wire.
    samples: feed.samples.map(({ tag, value, quality, sourceMs, exact }) => ({
      tag,
      value: Number.isNaN(value) ? null : value,
      quality: qualityName(quality),
      sourceMs: Number.isNaN(sourceMs) ? null : sourceMs,
      ...(exact === undefined ? {} : { exact: String(exact) }),
    })),
    rejects: feed.rejects,
    remarks: feed.remarks,
  };
}
