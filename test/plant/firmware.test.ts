// What the ESP32s send: the shapes docs/plant.md promises, as the gateway's own MQTT source reads them with
// the demo's configuration; lost and doubled messages; clocks that begin in 1970.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { deviceTimeMs } from '../../src/plant/device-clock.ts';
import type { Bus, BusHandler } from '../../src/ports.ts';
import { mqttSourceSchema } from '../../src/sources/mqtt/schema.ts';
import { createMqttSource } from '../../src/sources/mqtt/source.ts';
import { createKeptFeed } from '../kept-feed.ts';
import { keptLog } from '../silent-log.ts';
import { type Drive, payloadsOf, sentWithin, startMs, type Thermal } from './shop-floor.ts';

const demo = new URL('../../config/gemel.demo.yaml', import.meta.url);

function loopbackBus() {
  const handlers: { pattern: RegExp; handler: BusHandler }[] = [];
  const bus: Bus = {
    link: 'up',
    reason: '',
    subscribe: (filter, _qos, handler) =>
      handlers.push({
        pattern: new RegExp(`^${filter.replaceAll('+', '[^/]+').replace('#', '.*')}$`),
        handler,
      }),
    status: () => {},
    onLink: () => {},
    start: async () => {},
    publish: (_topic, _payload, _options, done) => done(),
    stop: async () => {},
  };
  const deliver = (topic: string, payload: string) => {
    for (const { pattern, handler } of handlers) {
      if (pattern.test(topic)) void handler(topic, Buffer.from(payload), false);
    }
  };
  return { bus, deliver };
}

describe('read with the configuration of the demo', async () => {
  const config = mqttSourceSchema.parse(parse(readFileSync(demo, 'utf8')).sources.shop);
  const { bus, deliver } = loopbackBus();
  const feed = createKeptFeed(startMs);
  const of = (name: string) => feed.samples.filter(({ tag }) => tag === name);
  const source = createMqttSource('shop', config, bus, keptLog());
  await source.start(feed);
  const messages = sentWithin(60);
  for (const { topic, payload } of messages) deliver(topic, payload);

  test('every payload is understood; only doubled messages are refused', () => {
    expect(feed.rejects.filter(({ reason }) => reason !== 'duplicate')).toEqual([]);
    expect(feed.tags.length).toBe(14);
  });

  test.each([
    ['mill-1/spindle.current', 20],
    ['mill-1/winding.temp', 2],
    ['mill-1/vibration.rms', 10],
    ['mill-1/mains.power', 50],
    ['mill-1/coolant.flow', 1],
  ])('%s comes %i times a second', (tag, perS) => {
    const count = of(tag).length;
    // A lost message of the vibration ESP32 is ten samples.
    expect(count).toBeGreaterThan(perS * 60 * 0.95);
    expect(count).toBeLessThan(perS * 60 * 1.03);
  });

  test('statistics lie 100 ms apart and in the past', () => {
    const times = of('mill-1/vibration.rms').map(({ sourceMs }) => sourceMs);
    for (let i = 1; i < times.length; i++) expect((times[i]! - times[i - 1]!) % 100).toBeLessThanOrEqual(2);
    expect(times[0]).toBeGreaterThan(startMs - 100);
    expect(times.at(-1)).toBeLessThan(startMs + 60_000);
  });
});

describe('the radio', () => {
  const drive = sentWithin(300).filter(({ device }) => device === 'drive');
  const numbers = drive.map(({ payload }) => (JSON.parse(payload) as Drive).seq);
  const distinct = new Set(numbers).size;

  test('loses about 0.5 % of the messages, and the sequence tells', () => {
    const lost = 1 - distinct / (Math.max(...numbers) + 1);
    expect(lost).toBeGreaterThan(0.002);
    expect(lost).toBeLessThan(0.01);
  });

  test('sends about 0.3 % twice', () => {
    const twice = numbers.length / distinct - 1;
    expect(twice).toBeGreaterThan(0.001);
    expect(twice).toBeLessThan(0.007);
  });
});

describe('the clock of an ESP32', () => {
  test('the thermal one lives in 1970 for twenty seconds, then has the time', () => {
    const readings = payloadsOf<Thermal>(sentWithin(40), 'thermal');
    const years = readings.map(({ ts }) => new Date(ts * 1000).getUTCFullYear());
    const sync = years.indexOf(2026);
    expect(sync).toBeGreaterThan(35);
    expect(sync).toBeLessThan(43);
    expect(new Set(years.slice(0, sync))).toEqual(new Set([1970]));
    expect(new Set(years.slice(sync))).toEqual(new Set([2026]));
    const last = readings.at(-1)!;
    expect(Math.abs(last.ts * 1000 - (startMs + 40_000))).toBeLessThan(1000);
  });

  test('drifts by 50 ppm after that: 180 ms in an hour', () => {
    const spec = { syncAfterS: 20, offsetMs: 0, driftPpm: 50 };
    const error = (seconds: number) =>
      deviceTimeMs(spec, startMs, seconds * 1000) - (startMs + seconds * 1000);
    expect(error(20.001)).toBeCloseTo(0, 0);
    expect(error(3620)).toBeCloseTo(180, 0);
  });
});
