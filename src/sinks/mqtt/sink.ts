// The MQTT sink: encodes on the loop and enqueues; what the broker does later never reaches a tick.

import type { CatchUp, NewCatchUp } from '../../ports/catch-up.ts';
import type { DeadLetter, GatewayEvent } from '../../ports/event.ts';
import type {
  Bus,
  Clock,
  Health,
  Log,
  Outbox,
  PublishOptions,
  Sink,
  SinkContext,
  SinkReport,
} from '../../ports.ts';
import { type AlarmDelivery, createAlarmDelivery } from './alarm-delivery.ts';
import { type Channel, createChannel, sumOf } from './channel.ts';
import { encodeDeadLetter, encodeEvent, encodeStatus, eventTopic } from './encode.ts';
import { encodeHealth } from './health.ts';
import { createMachineOut, type MachineOut } from './machine-out.ts';
import type { OutMessage } from './message.ts';
import { createMissed, sink } from './missed.ts';
import type { MqttSinkConfig } from './schema.ts';
import type { StopRequestConfig } from './stop-request.ts';
import { createTokenBuckets } from './token-bucket.ts';

export interface MqttSinkParts {
  readonly outbox: Outbox<OutMessage>;
  readonly log: Log;
  readonly clock: Clock;
  /** Where there is a history to catch up from. */
  readonly catchUp?: NewCatchUp;
  /** By machine: what is published at a trip. */
  readonly stopRequests?: Readonly<Record<string, StopRequestConfig | undefined>>;
  /** Part of the last will, which the bus wants before it starts. */
  readonly identity: { readonly site: string; readonly version: string };
}

const live: PublishOptions = { qos: 0, retain: false };
const kept: PublishOptions = { qos: 1, retain: false };
const latest: PublishOptions = { qos: 0, retain: true };

export function createMqttSink(config: MqttSinkConfig, bus: Bus, parts: MqttSinkParts): Sink {
  const { outbox, clock, log, identity } = parts;
  const root = config.root.replaceAll('{site}', identity.site);
  let machines = new Map<string, MachineOut>();
  let running = false;
  let catchUp: CatchUp | undefined;

  const linkUp = () => {
    if (!running) return;
    for (const machine of machines.values()) machine.announce();
    ways.alarms.linkUp();
  };
  const ways = createWays(config, bus, root, parts, linkUp);
  const { channel, alarms } = ways;

  bus.onLink((link) => {
    if (link !== 'up') catchUp?.lost();
  });

  tellStatus(bus, root, clock, identity.version);

  return {
    name: sink,
    async start(context) {
      machines = createMachines(context, root, config, channel);
      alarms.start(context.alarms);
      catchUp = createMissed(context, root, config, { ...parts, bus, channel });
      running = true;
      if (channel.isUp) linkUp();
    },
    tick(result) {
      if (!running) return;
      const { tick, frames } = result;
      for (const frame of frames) machines.get(frame.machine.id)?.publish(frame, tick);
      channel.retry();
      alarms.tick();
      catchUp?.tick(result);
    },
    event(event) {
      if (!running) return;
      if (catchUp !== undefined) catchUp.event(event);
      else channel.send(eventTopic(root, event), encodeEvent(event), kept);
      // Who hears the event looks at the meta next.
      if (changesParameters(event)) machines.get(event.machine ?? '')?.parametersChanged();
    },
    alarm(change) {
      if (running) alarms.alarm(change);
    },
    health(health) {
      if (!running) return;
      catchUp?.mark();
      ways.health(health);
    },
    forecast(forecast) {
      if (running) machines.get(forecast.machine)?.forecast(forecast);
    },
    deadLetter(letter) {
      if (running) ways.letter(letter);
    },
    async stop() {
      if (!running) return;
      running = false;
      alarms.stop();
      await catchUp?.stop();
      await channel.drain();
      if (outbox.depth > 0) log.warn({ messages: outbox.depth }, 'stopped with messages that were not sent');
    },
    report: () => reportOf(channel, alarms, catchUp),
  };
}

/** All ways to the broker but that of what was missed. */
function createWays(
  config: MqttSinkConfig,
  bus: Bus,
  root: string,
  { outbox, clock, stopRequests = {} }: MqttSinkParts,
  linkUp: () => void,
) {
  const alarms = createAlarmDelivery({ bus, channel: () => channel, clock, root, stopRequests });
  const channel = createChannel(bus, outbox, config.outbox.inflight, linkUp, () => alarms.depth);
  return {
    channel,
    alarms,
    health: createHealthOut(root, config.healthS, channel),
    letter: createLettersOut(root, config.deadLettersPerS, channel, clock),
  };
}

function changesParameters({ kind, details }: GatewayEvent): boolean {
  return kind === 'restored' || details?.['version'] !== undefined;
}

/** The gateway asks once a second or so; a little early is not a whole round late. */
function createHealthOut(root: string, everyS: number, channel: Channel): (health: Health) => void {
  let toldMs = Number.NEGATIVE_INFINITY;
  return (health) => {
    if (health.timeMs - toldMs < everyS * 950) return;
    toldMs = health.timeMs;
    channel.send(`${root}/health`, encodeHealth(health), latest);
  };
}

function createLettersOut(
  root: string,
  perS: number,
  channel: Channel,
  clock: Clock,
): (letter: DeadLetter) => void {
  const buckets = createTokenBuckets(perS);
  return (letter) => {
    if (!buckets.take(letter.source, clock.monotonicMs())) channel.drop('rate');
    else channel.send(`${root}/dlq/${letter.source}`, encodeDeadLetter(letter), live);
  };
}

function createMachines(
  { periodMs, machines, parameters }: SinkContext,
  root: string,
  config: MqttSinkConfig,
  channel: Channel,
): Map<string, MachineOut> {
  return new Map(
    machines.map((layout) => {
      const report = () => parameters?.(layout.id);
      return [layout.id, createMachineOut(layout, root, periodMs, config, channel, report)];
    }),
  );
}

function tellStatus(bus: Bus, root: string, clock: Clock, version: string): void {
  bus.status({
    topic: `${root}/status`,
    online: () => encodeStatus('online', clock.nowMs(), version),
    offline: () => encodeStatus('offline', undefined, version),
  });
}

function reportOf(
  { depth, dropped }: Channel,
  alarms: AlarmDelivery,
  catchUp: CatchUp | undefined,
): SinkReport {
  const own = sumOf(dropped, alarms.dropped);
  if (catchUp === undefined) return { sink, depth, dropped: own };
  const all = sumOf(own, catchUp.dropped);
  return { sink, depth: depth + catchUp.depth, dropped: all, backfill: catchUp.report };
}
