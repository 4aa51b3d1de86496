// A gateway in small under virtual time: samples come and are stored, frames are made of them and published, and at the
// end it is asked of every sample whether the broker has it. One sample each 20 ms, numbered.
import type { MachineLayout } from '../../../src/core/frame.ts';
import { Quality } from '../../../src/core/quality.ts';
import type { GatewayEvent } from '../../../src/ports/event.ts';
import type { Clock, Log, Sink, SinkContext } from '../../../src/ports.ts';
import { createCatchUp } from '../../../src/runtime/catch-up/catch-up.ts';
import { createOutbox } from '../../../src/runtime/outbox.ts';
import type { OutMessage } from '../../../src/sinks/mqtt/message.ts';
import { mqttSinkSchema } from '../../../src/sinks/mqtt/schema.ts';
import { createMqttSink } from '../../../src/sinks/mqtt/sink.ts';
import { keptLog } from '../../silent-log.ts';
import { contextOf, frameOf, healthAt, machineOf, sceneMs } from '../../suites/scene.ts';
import { createMemoryArchive, type MemoryArchive, type StoredSample } from './memory-archive.ts';
import { createPipeBus, type PipeBus } from './pipe-bus.ts';

const periodMs = 100;
const machine: MachineLayout = { ...machineOf('press-1'), lagMs: 300 };
const { lagMs } = machine;
export const root = 'gemel/hall-3';

export interface Told {
  readonly seq: number;
  readonly part?: number;
  readonly parts?: number;
  readonly from: string;
  readonly to: string;
  readonly late?: boolean;
  readonly signals?: Record<string, { time: number[]; value: number[]; quality?: number[] }>;
  readonly gap?: { from: string; to: string; reason: string };
}

function launchSink(settings: object, bus: PipeBus, clock: Clock, log: Log): Sink {
  const outbox = createOutbox<OutMessage>('mqtt', 100);
  const identity = { site: 'hall-3', version: '0.1.0' };
  const config = mqttSinkSchema.parse(settings);
  return createMqttSink(config, bus, { outbox, clock, log, identity, catchUp: createCatchUp });
}

/** The tag feeds the oil's temperature, in degC. */
function contextFor(archive: MemoryArchive): SinkContext {
  const feeds = (source: string, tag: string, unit: string) =>
    source === 'shop' && tag === 'oil'
      ? [{ machine: 'press-1', signal: 'oil.temp', scale: 1, offset: unit === 'K' ? -273.15 : 0 }]
      : [];
  return { ...contextOf([machine]), startedMs: sceneMs, archive, feeds };
}

function archiveOf(unit: string): MemoryArchive {
  return createMemoryArchive([
    { id: 7, source: 'shop', name: 'oil', unit, kind: 'number', tier: 'raw' },
    { id: 8, source: 'shop', name: 'nobody', unit: '', kind: 'number', tier: 'raw' },
  ]);
}

/** `unit` is that of the tag; the signal is in degC. */
export function createHall(settings: object = {}, { unit = 'degC' } = {}) {
  const archive = archiveOf(unit);
  const bus = createPipeBus();
  const log = keptLog();
  let nowMs = 0;
  let tick = 0;
  let count = 0;
  /** How late each sample is that is to come (less than 0: its stamp is ahead), and whether the disk takes it. */
  const weather = { delayMs: 0, storing: true };
  const clock: Clock = { nowMs: () => sceneMs + nowMs, monotonicMs: () => nowMs };
  const launch = () => launchSink(settings, bus, clock, log);
  let sink = launch();
  const start = () => {
    archive.lastEventId = archive.events.length;
    return sink.start(contextFor(archive));
  };

  const receive = (atMs: number) => {
    const sample = { value: count++, quality: Quality.good, timeMs: sceneMs + atMs - weather.delayMs };
    archive.samples.push({ ...sample, tag: 7, receiveMs: sceneMs + atMs });
    if (count % 7 === 0) archive.samples.push({ ...sample, tag: 8, receiveMs: sceneMs + atMs });
  };

  const step = async () => {
    for (let i = 0; i < periodMs / 20; i++) receive(nowMs + (i + 1) * 20);
    nowMs += periodMs;
    if (weather.storing) archive.settledMs = sceneMs + nowMs - 15;
    const frame = frameOf(machine, tick, [1, 1, 1, count]);
    frame.timeMs = sceneMs + nowMs - lagMs;
    sink.tick({ tick, timeMs: sceneMs + nowMs, latenessMs: 0, frames: [frame] });
    if (tick % 10 === 0) sink.health(healthAt(sceneMs + nowMs));
    tick++;
    await new Promise((resolve) => setImmediate(resolve));
  };

  return {
    ...{ archive, bus, log, start, weather, ...createEars(bus, archive) },
    get sink() {
      return sink;
    },
    get nowMs() {
      return sceneMs + nowMs;
    },
    async run(seconds: number) {
      for (let i = 0; i < seconds * 10; i++) await step();
    },
    /** The process dies with all it knew; the next one begins with what is on the disk. */
    async kill(awayS = 0) {
      bus.setLink('stopped');
      const fromMs = archive.settledMs;
      nowMs += awayS * 1000;
      tick += 1000;
      if (awayS > 0) archive.gaps.push({ fromMs, toMs: sceneMs + nowMs, reason: 'stopped', samples: 0 });
      sink = launch();
      await start();
      bus.setLink('up');
    },
    skipTicks(ticks: number) {
      for (let i = 0; i < ticks * 5; i++) receive(nowMs + (i + 1) * 20);
      nowMs += ticks * periodMs;
      tick += ticks;
    },
    /** As the gateway does it: to the sinks, and (with the next commit) into history. */
    event(text: string, stored = true) {
      const event: GatewayEvent = { kind: 'source-up', timeMs: sceneMs + nowMs, text };
      if (stored) archive.events.push(event);
      sink.event(event);
    },
  };
}

/** What has arrived at the broker. */
function createEars(bus: PipeBus, archive: MemoryArchive) {
  const told = () =>
    bus.arrived
      .filter(({ topic }) => topic === `${root}/press-1/backfill`)
      .map(({ payload, connection }) => ({ ...(JSON.parse(payload) as Told), connection }));
  return {
    told,
    texts: () =>
      bus.arrived
        .filter(({ topic }) => topic === `${root}/event`)
        .map(({ payload }) => (JSON.parse(payload) as { text: string }).text),
    backfilled: () => told().flatMap(({ signals }) => signals?.['oil.temp']?.value ?? []),
    missing: createOracle(archive.samples, bus.arrived),
  };
}

export type Hall = ReturnType<typeof createHall>;

/** Samples received up to a time that were neither in time for the frame of their time, nor told later. */
function createOracle(
  samples: readonly StoredSample[],
  arrived: readonly { topic: string; payload: string }[],
): (upToMs: number) => number[] {
  const frames = new Set<number>();
  const told = new Set<number>();
  let heard = 0;
  const hear = ({ topic, payload }: { topic: string; payload: string }) => {
    if (topic.endsWith('/frame')) frames.add(Date.parse((JSON.parse(payload) as { time: string }).time));
    if (!topic.endsWith('/backfill')) return;
    for (const value of (JSON.parse(payload) as Told).signals?.['oil.temp']?.value ?? []) told.add(value);
  };
  return (upToMs) => {
    for (; heard < arrived.length; heard++) hear(arrived[heard]!);
    return samples
      .filter(({ tag, receiveMs }) => tag === 7 && receiveMs <= upToMs)
      .filter(({ value, timeMs, receiveMs }) => {
        const frameMs = sceneMs + Math.ceil((timeMs - sceneMs) / periodMs) * periodMs;
        const live = receiveMs <= frameMs + lagMs && frames.has(frameMs);
        return !live && !told.has(value);
      })
      .map(({ value }) => value);
  };
}
