// The MQTT sink on a bus in memory: topics, retention, outages, refusals, bounds.
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/ports.ts';
import { createOutbox } from '../../../src/runtime/outbox.ts';
import type { OutMessage } from '../../../src/sinks/mqtt/message.ts';
import { mqttSinkSchema } from '../../../src/sinks/mqtt/schema.ts';
import { createMqttSink } from '../../../src/sinks/mqtt/sink.ts';
import { createMemoryBus } from '../../memory-bus.ts';
import { keptLog } from '../../silent-log.ts';
import { contextOf, frameOf, healthAt, machineOf, outlookOf, sceneMs, tickOf } from '../../suites/scene.ts';
import { sinkSuite } from '../../suites/sink.suite.ts';

function sinkOn(settings: object = {}, capacity = 100) {
  const config = mqttSinkSchema.parse(settings);
  const bus = createMemoryBus();
  let nowMs = 0;
  const clock: Clock = { nowMs: () => sceneMs + nowMs, monotonicMs: () => nowMs };
  const outbox = createOutbox<OutMessage>('mqtt', capacity);
  const identity = { site: 'hall-3', version: '0.1.0' };
  const sink = createMqttSink(config, bus, { outbox, clock, log: keptLog(), identity });
  const machine = machineOf('press-1');
  const topics = () => bus.published.map(({ topic }) => topic);
  const of = (topic: string) => bus.published.filter((message) => message.topic === topic);
  const event = (text: string) => sink.event({ kind: 'started', timeMs: sceneMs, text });
  const texts = () =>
    of('gemel/hall-3/event').map(({ payload }) => (JSON.parse(payload) as { text: string }).text);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  const start = () => sink.start(contextOf([machine]));
  return { bus, sink, machine, start, topics, of, event, texts, pass, outbox };
}

sinkSuite('mqtt', () => {
  const { bus, sink } = sinkOn({ outbox: { inflight: 10 } }, 50);
  return {
    create: () => sink,
    connect: () => bus.start(),
    freeze: () => {
      bus.answer = 'hold';
    },
    disconnect: () => bus.setLink('down', 'cable cut'),
    // The outbox, the newest of each topic (frame, four signals, health, dead letter, meta, forecast, three alarms), and
    // what is under way beside it.
    depthMax: 50 + 10 + 12,
    async dispose() {},
  };
});

describe('what the MQTT sink publishes', () => {
  test('the status is registered when the sink is made: the last will is part of the connection', () => {
    const { bus } = sinkOn();
    const [status] = bus.statusMessages;
    expect(status?.topic).toBe('gemel/hall-3/status');
    expect(JSON.parse(status!.online())).toEqual({
      state: 'online',
      since: '2026-11-20T23:46:00.100Z',
      version: '0.1.0',
    });
    expect(JSON.parse(status!.offline())).toEqual({ state: 'offline', since: null, version: '0.1.0' });
  });

  test('each thing on its topic, with its QoS and retention', async () => {
    const { bus, sink, machine, start } = sinkOn();
    await bus.start();
    await start();
    sink.tick(tickOf(frameOf(machine, 1)));
    sink.health(healthAt(sceneMs));
    sink.event({ kind: 'started', timeMs: sceneMs, text: 'up' });
    sink.event({ kind: 'source-up', timeMs: sceneMs, machine: 'press-1', text: 'up' });
    sink.forecast(outlookOf('press-1', sceneMs));
    sink.deadLetter({ source: 'shop', reason: 'parse', timeMs: sceneMs, excerpt: '{' });
    const seen = Object.fromEntries(bus.published.map(({ topic, qos, retain }) => [topic, { qos, retain }]));
    const root = 'gemel/hall-3';
    expect(seen).toEqual({
      [`${root}/press-1/meta`]: { qos: 1, retain: true },
      [`${root}/press-1/frame`]: { qos: 0, retain: false },
      [`${root}/press-1/forecast`]: { qos: 1, retain: true },
      ...Object.fromEntries(
        machine.signals.map(({ name }) => [`${root}/press-1/signal/${name}`, { qos: 0, retain: true }]),
      ),
      [`${root}/health`]: { qos: 0, retain: true },
      [`${root}/event`]: { qos: 1, retain: false },
      [`${root}/press-1/event`]: { qos: 1, retain: false },
      [`${root}/dlq/shop`]: { qos: 0, retain: false },
    });
  });

  test('every n-th frame, signals only when they change, health at its own pace', async () => {
    const { bus, sink, machine, start, of } = sinkOn({ frames: { every: 5 }, healthS: 10 });
    await bus.start();
    await start();
    for (let tick = 0; tick < 200; tick++) {
      sink.tick(tickOf(frameOf(machine, tick, [1, 1, 2, tick < 100 ? 40 : 50])));
      if (tick % 10 === 0) sink.health(healthAt(sceneMs + tick * 100));
    }
    expect(of('gemel/hall-3/press-1/frame')).toHaveLength(40);
    expect(of('gemel/hall-3/press-1/signal/oil.temp')).toHaveLength(2);
    expect(of('gemel/hall-3/press-1/signal/pump.on')).toHaveLength(1);
    expect(of('gemel/hall-3/health')).toHaveLength(2);
  });

  test('the meta again when the parameters are others, with what they are now', async () => {
    const { bus, sink, machine, of } = sinkOn();
    await bus.start();
    const values = machine.parameters.slice();
    let version = 1;
    const parameters = () => ({ version, values, sigma: { stiffness: 5e5 } });
    await sink.start({ ...contextOf([machine]), parameters });
    version = 2;
    values[0] = 2.1e8;
    const event = { machine: 'press-1', timeMs: sceneMs, text: '' };
    sink.event({ ...event, kind: 'not-recalibrated' });
    expect(of('gemel/hall-3/press-1/meta')).toHaveLength(1);
    sink.event({ ...event, kind: 'recalibrated', details: { version } });
    const metas = of('gemel/hall-3/press-1/meta').map(
      ({ payload }) => JSON.parse(payload) as Record<string, Record<string, unknown>>,
    );
    expect(metas.map(({ parameterSet }) => parameterSet)).toEqual([1, 2]);
    expect(metas[1]!['parameters']!['stiffness']).toMatchObject({ value: 2.1e8, sigma: 5e5 });
    expect(metas[1]!['parameterVersion']).not.toBe(metas[0]!['parameterVersion']);
    // Also without an event, since twins are restored after the sinks have started; and only then.
    version = 3;
    for (let i = 0; i < 3; i++) sink.forecast(outlookOf('press-1', sceneMs));
    expect(of('gemel/hall-3/press-1/meta')).toHaveLength(3);
  });

  test('a flood of dead letters is limited per source and counted', async () => {
    const { bus, sink, start, of, pass } = sinkOn({ deadLettersPerS: 5 });
    await bus.start();
    await start();
    const letter = { reason: 'parse', timeMs: sceneMs, excerpt: 'x' } as const;
    for (let i = 0; i < 100; i++) sink.deadLetter({ ...letter, source: 'shop' });
    sink.deadLetter({ ...letter, source: 'hall' });
    pass(1000);
    sink.deadLetter({ ...letter, source: 'shop' });
    expect(of('gemel/hall-3/dlq/shop')).toHaveLength(6);
    expect(of('gemel/hall-3/dlq/hall')).toHaveLength(1);
    expect(sink.report().dropped).toEqual({ rate: 95 });
  });
});

describe('when the broker is away', () => {
  test('frames are dropped and counted, events wait; a new connection brings events, meta and all signals, no old frame', async () => {
    const { bus, sink, machine, start, event, texts, of } = sinkOn();
    await bus.start();
    await start();
    sink.tick(tickOf(frameOf(machine, 0)));
    bus.setLink('down', 'cable cut');
    for (let tick = 1; tick <= 30; tick++) sink.tick(tickOf(frameOf(machine, tick)));
    event('a');
    event('b');
    expect(sink.report()).toEqual({ sink: 'mqtt', depth: 2, dropped: { offline: 30 } });
    bus.published.length = 0;
    bus.setLink('up');
    sink.tick(tickOf(frameOf(machine, 31)));
    expect(texts()).toEqual(['a', 'b']);
    expect(of('gemel/hall-3/press-1/meta')).toHaveLength(1);
    expect(of('gemel/hall-3/press-1/signal/oil.temp')).toHaveLength(1);
    expect(
      of('gemel/hall-3/press-1/frame').map(({ payload }) => (JSON.parse(payload) as { tick: number }).tick),
    ).toEqual([31]);
    expect(sink.report().depth).toBe(0);
  });

  test('a new connection brings the newest forecast, and meta of now', async () => {
    const { bus, sink, start, of } = sinkOn();
    await start();
    for (const wear of [0.1, 0.2, 0.3]) sink.forecast(outlookOf('press-1', sceneMs, wear));
    sink.event({
      kind: 'recalibrated',
      machine: 'press-1',
      timeMs: sceneMs,
      text: '',
      details: { version: 2 },
    });
    expect(sink.report()).toEqual({ sink: 'mqtt', depth: 1, dropped: {} });
    await bus.start();
    const [forecast, ...more] = of('gemel/hall-3/press-1/forecast');
    expect(more).toEqual([]);
    expect(JSON.parse(forecast!.payload)).toMatchObject({ components: { pump: { wear: 0.3 } } });
    expect(of('gemel/hall-3/press-1/meta')).toHaveLength(1);
  });

  test('the outbox keeps the newest events and counts the rest', async () => {
    const { bus, sink, start, event, texts } = sinkOn({}, 10);
    await start();
    for (let i = 0; i < 25; i++) event(String(i));
    expect(sink.report().dropped).toEqual({ overflow: 15 });
    await bus.start();
    expect(texts()).toEqual(Array.from({ length: 10 }, (_, i) => String(15 + i)));
  });

  test('signals at QoS 1 wait like events do', async () => {
    const { bus, sink, machine, start, of } = sinkOn({ signals: { qos: 1 } });
    await start();
    for (let tick = 0; tick < 3; tick++) sink.tick(tickOf(frameOf(machine, tick, [0, 0, 0, 40 + tick])));
    await bus.start();
    const values = of('gemel/hall-3/press-1/signal/oil.temp').map(
      ({ payload }) => (JSON.parse(payload) as { value: number }).value,
    );
    expect(values).toEqual([40, 41, 42]);
  });
});

describe('acknowledgements', () => {
  test('no more than `inflight` are under way, and only an acknowledgement empties the outbox', async () => {
    const { bus, sink, start, event, texts } = sinkOn({ outbox: { inflight: 3 } });
    await bus.start();
    await start();
    bus.answer = 'hold';
    for (let i = 0; i < 10; i++) event(String(i));
    expect(texts()).toEqual(['0', '1', '2']);
    expect(sink.report().depth).toBe(10);
    bus.release(2);
    expect(texts()).toEqual(['0', '1', '2', '3', '4']);
    expect(sink.report().depth).toBe(8);
  });

  test('what was not acknowledged when the link broke is sent again, in order, and nothing else', async () => {
    const { bus, sink, start, event, texts } = sinkOn({ outbox: { inflight: 4 } });
    await bus.start();
    await start();
    bus.answer = 'hold';
    for (let i = 0; i < 6; i++) event(String(i));
    bus.release(2);
    bus.setLink('down', 'cable cut');
    bus.published.length = 0;
    bus.answer = 'acknowledge';
    bus.setLink('up');
    expect(texts()).toEqual(['2', '3', '4', '5']);
    expect(sink.report()).toEqual({ sink: 'mqtt', depth: 0, dropped: {} });
  });

  test('a denied message is tried again tick by tick, then given up and counted; the next ones go on', async () => {
    const { bus, sink, machine, start, event, texts } = sinkOn({
      frames: { enabled: false },
      signals: { enabled: false },
    });
    await bus.start();
    await start();
    bus.answer = 'refuse';
    event('denied');
    for (let tick = 0; tick < 10; tick++) sink.tick(tickOf(frameOf(machine, tick)));
    expect(sink.report()).toEqual({ sink: 'mqtt', depth: 0, dropped: { refused: 1 } });
    bus.answer = 'acknowledge';
    event('fine');
    expect(texts()).toEqual(['fine']);
  });

  test('a slow peer gets the newest frame only; the skipped are counted', async () => {
    const { bus, sink, machine, start, of } = sinkOn({
      signals: { enabled: false },
      outbox: { inflight: 1 },
    });
    await bus.start();
    await start();
    bus.answer = 'hold';
    for (let tick = 0; tick < 10; tick++) sink.tick(tickOf(frameOf(machine, tick)));
    bus.answer = 'acknowledge';
    bus.release();
    const ticks = of('gemel/hall-3/press-1/frame').map(
      ({ payload }) => (JSON.parse(payload) as { tick: number }).tick,
    );
    expect(ticks).toEqual([0, 9]);
    expect(sink.report().dropped).toEqual({ superseded: 8 });
  });

  test('stop waits for the acknowledgements that come', async () => {
    const { bus, sink, start, event } = sinkOn({ outbox: { inflight: 2 } });
    await bus.start();
    await start();
    bus.answer = 'hold';
    for (let i = 0; i < 5; i++) event(String(i));
    let stopped = false;
    const stopping = sink.stop().then(() => {
      stopped = true;
    });
    while (bus.held > 0) {
      expect(stopped).toBe(false);
      bus.release(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await stopping;
    expect(sink.report().depth).toBe(0);
  });
});
