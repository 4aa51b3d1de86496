// 10,000 damaged payloads: no crash, each counted exactly once, and the memory comes back.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Feed } from '../../src/ports.ts';
import { mqttSourceSchema } from '../../src/sources/mqtt/schema.ts';
import { createMqttSource } from '../../src/sources/mqtt/source.ts';
import { createMemoryBus } from '../memory-bus.ts';
import { keptLog } from '../silent-log.ts';

const seed = 20_261_120;
const messages = 10_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** mulberry32 */
function randomOf(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const valid = [
  '{"t":1763682360100,"seq":123,"v":4.2137,"u":"A","q":"good","nested":{"a":[1,2,3]},"name":"Spindel Süd"}',
  '{"t":"2025-11-20T23:46:00.100Z","v":-1.5e3,"u":"mA","list":[{"a":1},{"b":null}]}',
  '{"v":0}',
];
const tokens = [
  'NaN',
  'null',
  '1e999',
  '"4,2"',
  '__proto__',
  '\\u0000',
  '[[[[',
  '}}',
  '\ufeff',
  '""',
  '-',
  '\u0000',
];

/** One valid payload with one to four injuries. */
function damaged(random: () => number): Buffer {
  const below = (n: number) => Math.floor(random() * n);
  let bytes = Buffer.from(valid[below(valid.length)]!);
  for (let injuries = 1 + below(4); injuries > 0; injuries--) {
    const at = below(bytes.length + 1);
    const kind = below(6);
    if (kind === 0) bytes = bytes.subarray(0, at);
    else if (kind === 1 && at < bytes.length) bytes[at] = below(256);
    else if (kind === 2)
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(tokens[below(tokens.length)]!),
        bytes.subarray(at),
      ]);
    else if (kind === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + below(10)))]);
    else if (kind === 4) bytes = Buffer.concat([bytes, bytes.subarray(at)]);
    else
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(below(2000), '[{"a":'), bytes.subarray(at)]);
  }
  return bytes;
}

function countingFeed() {
  const counts = { samples: 0, rejects: 0 };
  const feed: Feed = {
    tag: () => 0,
    push: () => ++counts.samples > 0,
    pushExact: () => ++counts.samples > 0,
    peerClock() {},
    reject: () => void counts.rejects++,
    remark() {},
    committed: () => undefined,
    nowMs: () => 1_763_682_360_000,
  };
  return { counts, feed };
}

/** How often the outcome of a message is not exactly one. */
function miscounts(deliver: (payload: Buffer) => void, counts: { samples: number; rejects: number }): number {
  const random = randomOf(seed);
  let wrong = 0;
  for (let i = 0; i < messages; i++) {
    const before = counts.samples + counts.rejects;
    deliver(damaged(random));
    if (counts.samples + counts.rejects !== before + 1) wrong++;
  }
  return wrong;
}

test(`10,000 damaged payloads, seed ${seed}`, async () => {
  const config = mqttSourceSchema.parse({
    type: 'mqtt',
    topics: [
      {
        topic: 'shop/{machine}',
        time: { field: 't' },
        sequence: 'seq',
        quality: { field: 'q' },
        fields: { v: { tag: '{machine}/v', unit: 'A', unitField: 'u' } },
      },
    ],
  });
  const bus = createMemoryBus();
  const { counts, feed } = countingFeed();
  const source = createMqttSource('shop', config, bus, keptLog());
  await source.start(feed);
  const deliver = (payload: Buffer) => void bus.deliver('shop/m', payload);

  for (const payload of valid) deliver(Buffer.from(payload));
  expect(counts).toEqual({ samples: valid.length, rejects: 0 });
  miscounts(deliver, counts); // once for the compiler and the caches
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  expect(miscounts(deliver, counts)).toBe(0);
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(2 * 1024 * 1024);

  expect(counts.samples + counts.rejects).toBe(2 * messages + valid.length);
  expect(counts.rejects).toBeGreaterThan(messages);
  expect(counts.samples).toBeGreaterThan(messages / 20);
  // It still works.
  deliver(Buffer.from('{"t":1763682399999,"v":1}'));
  expect(counts.samples + counts.rejects).toBe(2 * messages + valid.length + 1);
});

test('control: a decoder without guards fails the same measure', () => {
  const { counts, feed } = countingFeed();
  const naive = (payload: Buffer) => {
    try {
      const { v, t } = JSON.parse(payload.toString()) as { v: unknown; t: number };
      if (typeof v === 'number') feed.push(0, v, 0, t);
    } catch {
      // This is what the gateway must not do: nobody learns that something was lost.
    }
  };
  expect(miscounts(naive, counts)).toBeGreaterThan(messages / 2);
});
