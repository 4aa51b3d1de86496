// An MQTT sink on a bus in memory, and a broker's memory of what is retained, for the tests of alarms.
import type { AlarmChange } from '../../../src/core/alarm.ts';
import type { AlarmDesk, Clock, SinkContext } from '../../../src/ports.ts';
import { createOutbox } from '../../../src/runtime/outbox.ts';
import type { OutMessage } from '../../../src/sinks/mqtt/message.ts';
import { mqttSinkSchema } from '../../../src/sinks/mqtt/schema.ts';
import { createMqttSink, type MqttSinkParts } from '../../../src/sinks/mqtt/sink.ts';
import { createMemoryBus } from '../../memory-bus.ts';
import { keptLog } from '../../silent-log.ts';
import { contextOf, frameOf, machineOf, sceneMs, tickOf } from '../../suites/scene.ts';

export const root = 'gemel/hall-3';

export function alarmStage(parts: Partial<MqttSinkParts> = {}, settings: object = {}) {
  const bus = createMemoryBus();
  let nowMs = 0;
  const clock: Clock = { nowMs: () => sceneMs + nowMs, monotonicMs: () => nowMs };
  const outbox = createOutbox<OutMessage>('mqtt', 1000);
  const identity = { site: 'hall-3', version: '0.1.0' };
  const config = mqttSinkSchema.parse({
    frames: { enabled: false },
    signals: { enabled: false },
    ...settings,
  });
  const sink = createMqttSink(config, bus, { outbox, clock, log: keptLog(), identity, ...parts });
  const machine = machineOf('press-1');
  let ticks = 0;
  return {
    bus,
    sink,
    start: async (context: Partial<SinkContext> = {}) => {
      await bus.start();
      await sink.start({ ...contextOf([machine]), ...context });
    },
    tell: (...changes: AlarmChange[]) => {
      for (const change of changes) sink.alarm(change);
    },
    tick: (count = 1) => {
      for (let i = 0; i < count; i++) sink.tick(tickOf(frameOf(machine, ticks++)));
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    of: (topic: string) => bus.published.filter((message) => message.topic === `${root}/${topic}`),
    /** What a broker would have kept of all that came. */
    kept: () => {
      const kept = new Map<string, string>();
      for (const { topic, payload, retain } of bus.published) {
        if (!retain || !topic.includes('/alarm/')) continue;
        if (payload === '') kept.delete(topic.slice(root.length + 1));
        else kept.set(topic.slice(root.length + 1), payload);
      }
      return kept;
    },
    deliver: (topic: string, payload: string, isRetained: boolean) => {
      void Promise.all(bus.deliver(`${root}/${topic}`, payload, isRetained));
    },
    ask: (machineId: string, body: unknown, isRetained = false) => {
      const payload = typeof body === 'string' ? body : JSON.stringify(body);
      void Promise.all(bus.deliver(`${root}/${machineId}/request/alarm`, payload, isRetained));
    },
    answers: (machineId = 'press-1') =>
      bus.published
        .filter(({ topic }) => topic === `${root}/${machineId}/response/alarm`)
        .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>),
  };
}

export type Stage = ReturnType<typeof alarmStage>;

/** A desk that does what it is told and remembers it. */
export function deskOf(
  ask: AlarmDesk['ask'],
): AlarmDesk & { readonly wishes: Parameters<AlarmDesk['ask']>[0][] } {
  const wishes: Parameters<AlarmDesk['ask']>[0][] = [];
  return {
    wishes,
    list: () => [],
    ask(wish) {
      wishes.push(wish);
      return ask(wish);
    },
  };
}
