// The MQTT source on a bus in memory: subscriptions, acknowledgements, early and late messages, health.
import { describe, expect, test } from 'vitest';
import { Quality } from '../../../src/core/quality.ts';
import { mqttSourceSchema } from '../../../src/sources/mqtt/schema.ts';
import { createMqttSource } from '../../../src/sources/mqtt/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { createMemoryBus } from '../../memory-bus.ts';
import { keptLog } from '../../silent-log.ts';
import { sourceSuite } from '../../suites/source.suite.ts';

const config = mqttSourceSchema.parse({
  type: 'mqtt',
  topics: [
    { topic: 'shop/{machine}', qos: 1, time: { field: 't', format: 'ms' }, fields: { v: '{machine}/v' } },
  ],
});

sourceSuite('mqtt', () => {
  const bus = createMemoryBus();
  return {
    create: () => createMqttSource('shop', config, bus, keptLog()),
    connect: () => bus.start(),
    disconnect: () => bus.setLink('down', 'cable cut'),
    async produce(count) {
      for (let i = 0; i < count; i++) void bus.deliver('shop/m', `{"t":${1_763_682_360_000 + i},"v":${i}}`);
    },
    async dispose() {},
  };
});

function started() {
  const bus = createMemoryBus();
  const feed = createKeptFeed();
  const source = createMqttSource('shop', config, bus, keptLog());
  return { bus, feed, source };
}

async function isPending(promise: Promise<void> | undefined): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}

describe('the MQTT source', () => {
  test('subscribes when it is made, once for patterns that differ in their captures only', () => {
    const bus = createMemoryBus();
    const topics = ['shop/a-{id}', 'shop/b-{id}', 'hall/#'].map((topic) => ({ topic, fields: { v: 'v' } }));
    createMqttSource('shop', mqttSourceSchema.parse({ type: 'mqtt', topics }), bus, keptLog());
    expect(bus.filters).toEqual(['shop/+', 'hall/#']);
  });

  test('a message is acknowledged when its samples are safe, not before', async () => {
    const { bus, feed, source } = started();
    await source.start(feed);
    let commit = () => {};
    feed.commit = new Promise((resolve) => {
      commit = resolve;
    });
    const [acknowledged] = bus.deliver('shop/m', '{"v":1}');
    expect(feed.samples).toHaveLength(1);
    expect(await isPending(acknowledged)).toBe(true);
    commit();
    await acknowledged;
  });

  test('a lost broker ends each value that stood, once; what the broker kept is known again, as of then', async () => {
    const { bus, feed, source } = started();
    await source.start(feed);
    await bus.start();
    const say = (machine: string, retained = false) =>
      bus.deliver(`shop/${machine}`, `{"t":${feed.timeMs - 5000},"v":7}`, retained);
    for (const machine of ['a', 'b']) void say(machine);
    bus.setLink('down', 'cable cut');
    bus.setLink('down', 'nothing listens there');
    const bad = { value: Number.NaN, quality: Quality.badNoCommunication, sourceMs: Number.NaN };
    expect(feed.samples.slice(2)).toEqual([
      { tag: 'a/v', ...bad },
      { tag: 'b/v', ...bad },
    ]);
    bus.setLink('up');
    void say('a', true);
    expect(feed.samples.at(-1)).toEqual({
      tag: 'a/v',
      value: 7,
      quality: Quality.good,
      sourceMs: Number.NaN,
    });
    // One that comes late was true at its own time.
    void say('b');
    expect(feed.samples.at(-1)).toMatchObject({ tag: 'b/v', sourceMs: feed.timeMs - 5000 });
  });

  test('what the broker kept has its own time where nothing was lost (control)', async () => {
    const { bus, feed, source } = started();
    await source.start(feed);
    bus.setLink('down', 'not there yet');
    await bus.start();
    void bus.deliver('shop/a', `{"t":${feed.timeMs - 5000},"v":7}`, true);
    expect(feed.samples).toMatchObject([{ value: 7, sourceMs: feed.timeMs - 5000 }]);
  });

  test('a kept message with a number that was here is taken again after a loss', async () => {
    const bus = createMemoryBus();
    const feed = createKeptFeed();
    const topics = [{ topic: 'shop/{machine}', sequence: 'n', fields: { v: '{machine}/v' } }];
    const numbered = mqttSourceSchema.parse({ type: 'mqtt', topics });
    const source = createMqttSource('shop', numbered, bus, keptLog());
    await source.start(feed);
    await bus.start();
    void bus.deliver('shop/m', '{"n":5,"v":7}');
    void bus.deliver('shop/m', '{"n":5,"v":7}');
    expect(feed.rejects.map(({ reason }) => reason)).toEqual(['duplicate']);
    bus.setLink('down', 'cable cut');
    bus.setLink('up');
    void bus.deliver('shop/m', '{"n":5,"v":7}', true);
    expect(feed.samples.map(({ value }) => value)).toEqual([7, Number.NaN, 7]);
  });

  test('what comes before the start waits, unacknowledged, and is taken then: a retained value comes once', async () => {
    const { bus, feed, source } = started();
    const [acknowledged] = bus.deliver('shop/m', '{"v":1}', true);
    expect(await isPending(acknowledged)).toBe(true);
    await source.start(feed);
    await acknowledged;
    expect(feed.samples).toHaveLength(1);
    expect(feed.remarks).toEqual(['retained']);
  });

  test('too much before the start is counted, not kept', async () => {
    const { bus, feed, source } = started();
    for (let i = 0; i < 1200; i++) void bus.deliver('shop/m', `{"t":${1_763_682_360_000 + i},"v":1}`);
    await source.start(feed);
    expect(feed.samples).toHaveLength(1000);
    expect(feed.rejects.filter(({ reason }) => reason === 'not_ready')).toHaveLength(200);
  });

  test('what comes after the stop is counted as not_ready', async () => {
    const { bus, feed, source } = started();
    await source.start(feed);
    await source.stop();
    void bus.deliver('shop/m', '{"v":1}');
    expect(feed.samples).toHaveLength(0);
    expect(feed.rejects.map(({ reason }) => reason)).toEqual(['not_ready']);
  });

  test('what the gateway publishes itself is not taken in, however wide the pattern', async () => {
    const bus = createMemoryBus();
    const feed = createKeptFeed();
    const wide = mqttSourceSchema.parse({ type: 'mqtt', topics: [{ topic: '#', fields: { value: 'v' } }] });
    const source = createMqttSource('shop', wide, bus, keptLog(), 'gemel/hall-3');
    await source.start(feed);
    void bus.deliver('gemel/hall-3/dlq/shop', '{"reason":"unmapped"}');
    void bus.deliver('gemel/hall-3/mill-1/signal/x', '{"value":1}');
    expect([feed.samples, feed.rejects]).toEqual([[], []]);
    void bus.deliver('gemel/hall-30/x', '{"value":2}');
    expect(feed.samples).toHaveLength(1);
  });

  test('a device that invents names gets no more tags than the source may have', async () => {
    const { bus, source } = started();
    const feed = createKeptFeed(1_763_682_360_000, 3);
    await source.start(feed);
    for (let i = 0; i < 10; i++) void bus.deliver(`shop/m${i}`, '{"v":1}');
    expect(feed.samples).toHaveLength(3);
    expect(feed.rejects.map(({ reason }) => reason)).toEqual(new Array(7).fill('too_many_tags'));
  });

  test.each([
    [{ topic: 'a/{b}', fields: { v: '{c}/v' } }, '{c} is not a capture'],
    [{ topic: 'a/#/b', fields: { v: 'v' } }, '# is allowed only at the end'],
    [{ topic: 'a', payload: 'number' }, 'wants "tag"'],
    [{ topic: 'a' }, 'at least one of "fields"'],
    [{ topic: 'a', payload: 'statistics', fields: { v: 'v' } }, 'wants periodMs'],
    [{ topic: 'a', fields: { v: { tag: 'v', kind: 'enum' } } }, 'wants "enum"'],
    [{ topic: 'a', fields: { v: { tag: 'v', unitField: 'u' } } }, 'wants "unit"'],
    [{ topic: 'a', fields: { 'x.__proto__': 'v' } }, '__proto__ is no field'],
    [{ topic: 'a', payload: 'number', tag: 'v', sequence: 'n' }, 'carries neither'],
  ])('the configuration %j is refused: %s', (topic, why) => {
    const result = mqttSourceSchema.safeParse({ type: 'mqtt', topics: [topic] });
    expect(result.success).toBe(false);
    expect(result.error?.issues.map(({ message }) => message).join()).toContain(why);
  });
});
