// kill -9 of the gateway, again and again, between a mosquitto that stays and devices and subscribers at it: what the
// devices got acknowledged is stored, and all that is stored, events too, reaches the subscriber, live or as back-fill.
// BACKFILL_KILLS: how often; BACKFILL_SEED: of the moments.
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { openReader } from '../../src/history/reader/open.ts';
import { peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { hourConfig } from '../missed-hour.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchText, type RunningGateway } from '../running-gateway.ts';
import { seeded } from '../virtual-time.ts';
import { startMosquitto } from './broker-peers.ts';

const cycles = Number(process.env['BACKFILL_KILLS'] ?? 5);
const seed = Number(process.env['BACKFILL_SEED'] ?? 20_261_121);
const periodMs = 100;

interface Heard {
  /** Times of frames, and how late they are made. */
  readonly frames: Set<number>;
  lagMs: number;
  /** Values that were told as back-fill. */
  readonly told: Set<number>;
  /** Of the last mark. */
  upToMs: number;
  readonly events: string[];
}

function listen(client: MqttClient): Heard {
  const heard: Heard = { frames: new Set(), lagMs: 0, told: new Set(), upToMs: 0, events: [] };
  client.on('message', (topic, payload) => {
    const body = JSON.parse(payload.toString()) as {
      time: string;
      lagMs: number;
      upTo: string;
      text: string;
      signals?: Record<string, { value: number[] }>;
    };
    if (topic.endsWith('/frame')) {
      heard.frames.add(Date.parse(body.time));
      heard.lagMs = body.lagMs;
    } else if (topic.endsWith('/backfill')) {
      for (const value of body.signals?.['spindle.speed']?.value ?? []) heard.told.add(value);
    } else if (topic.endsWith('/event')) heard.events.push(`${body.time} ${body.text}`);
    else if (topic.endsWith('/mark')) heard.upToMs = Date.parse(body.upTo);
  });
  return heard;
}

/** Fifty a second, numbered; the broker's word for each. */
function runCounter(client: MqttClient) {
  const acknowledged = new Set<number>();
  let next = 0;
  const timer = setInterval(() => {
    const number = next++;
    const payload = JSON.stringify({ t: Date.now(), seq: number, rpm: number });
    client.publish('shop/mill-1/drive', payload, { qos: 1 }, (error) => {
      if (!error) acknowledged.add(number);
    });
  }, 20);
  return { acknowledged, sent: () => next, stop: () => clearInterval(timer) };
}

interface StoredSample {
  readonly value: number;
  readonly timeMs: number;
  readonly receiveMs: number;
}

async function storedIn(dir: string): Promise<{ samples: StoredSample[]; events: string[] }> {
  const reader = openReader(join(dir, 'state', 'history.db'));
  const events = (await reader.events(0, 10_000)).map(
    ({ event: { timeMs, text } }) => `${new Date(timeMs).toISOString()} ${text}`,
  );
  const tag = (await reader.tags()).find(({ name }) => name === 'mill-1/rpm')!;
  const { series } = await reader.raw({ tag: tag.id, fromMs: 0, toMs: 8e15, samplesMax: 1e7 });
  reader.close();
  const samples = Array.from({ length: series.length }, (_, i) => ({
    value: series.value[i]!,
    timeMs: series.timeMs[i]!,
    receiveMs: series.receiveMs[i]!,
  })).filter(({ value }) => !Number.isNaN(value));
  return { samples, events };
}

/** In time for a frame that was heard, the first one of or after its time. */
function wasLive({ timeMs, receiveMs }: StoredSample, frames: readonly number[], lagMs: number): boolean {
  let [low, high] = [0, frames.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (frames[middle]! < timeMs) low = middle + 1;
    else high = middle;
  }
  const frameMs = frames[low];
  return frameMs !== undefined && frameMs < timeMs + periodMs && receiveMs <= frameMs + lagMs;
}

describe('kill -9 beside a mosquitto that stays', () => {
  useCleanUp();

  test(`${cycles} times: acknowledged is stored, and stored has arrived`, {
    timeout: 60_000 + cycles * 20_000,
  }, async () => {
    const random = seeded(seed);
    const dir = await stateDir();
    const { port } = await startMosquitto(['max_queued_messages 0']);
    const subscriber = await peer(port);
    const heard = listen(subscriber);
    await subscriber.subscribeAsync('gemel/test/#', { qos: 1 });
    const metricsPort = await freePort();
    const broker = `{ url: "mqtt://127.0.0.1:${port}" }`;
    const text = hourConfig(broker, metricsPort, '{ samplesPerS: 2000 }');
    const launch = () => launchText(text, metricsPort, { dir });

    let gateway: RunningGateway = await launch();
    await gateway.said('first frame');
    // From here on the broker keeps for it what comes while it is away.
    await gateway.said('connected to the broker');
    const counter = runCounter(await peer(port));
    for (let cycle = 0; cycle < cycles; cycle++) {
      await gateway.said(random() < 0.7 ? 'connected to the broker' : 'starting');
      await new Promise((resolve) => setTimeout(resolve, random() * 3000));
      gateway.kill('SIGKILL');
      await gateway.ended();
      gateway = await launch();
    }
    await gateway.said('connected to the broker');
    counter.stop();
    await poll('every word of the broker', () => counter.acknowledged.size === counter.sent());
    const lastMs = Date.now();
    await poll('the mark behind all of it', () => heard.upToMs > lastMs + 1000, 90_000);
    expect(await gateway.stop()).toBe(0);

    const { samples: stored, events } = await storedIn(dir);
    const values = new Set(stored.map(({ value }) => value));
    const lost = [...counter.acknowledged].filter((number) => !values.has(number));
    expect(lost, `seed ${seed}`).toEqual([]);
    const frames = [...heard.frames].toSorted((a, b) => a - b);
    const silent = stored.filter(
      (sample) => !heard.told.has(sample.value) && !wasLive(sample, frames, heard.lagMs),
    );
    expect(silent, `seed ${seed}`).toEqual([]);
    // Each event that was stored, for the first time in the order in which it was.
    expect(events.length).toBeGreaterThan(2 * cycles);
    expect([...new Set(heard.events)], `seed ${seed}`).toEqual([...new Set(events)]);
    // Control: without the back-fill some of it would be missing.
    expect(stored.some((sample) => !wasLive(sample, frames, heard.lagMs))).toBe(true);
  });
});
