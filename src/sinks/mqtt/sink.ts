// The MQTT sink: encodes on the loop and enqueues; what the broker does later never reaches a tick.

import type { CatchUp, NewCatchUp } from '../../ports/catch-up.ts';
import type { Bus, Clock, Log, Outbox, PublishOptions, Sink, SinkContext, SinkReport } from '../../ports.ts';
import { type Channel, createChannel, sumOf } from './channel.ts';
import { encodeDeadLetter, encodeEvent, encodeStatus, eventTopic } from './encode.ts';
import { encodeHealth } from './health.ts';
import { createMachineOut, type MachineOut } from './machine-out.ts';
import type { OutMessage } from './message.ts';
import { createMissed, sink } from './missed.ts';
import type { MqttSinkConfig } from './schema.ts';
import { createTokenBuckets } from './token-bucket.ts';

export interface MqttSinkParts {
  readonly outbox: Outbox<OutMessage>;
  readonly log: Log;
  readonly clock: Clock;
  /** Where there is a history to catch up from. */
  readonly catchUp?: NewCatchUp;
  /** Part of the last will, which the bus wants before it starts. */
  readonly identity: { readonly site: string; readonly version: string };
}

const live: PublishOptions = { qos: 0, retain: false };
const kept: PublishOptions = { qos: 1, retain: false };
const latest: PublishOptions = { qos: 0, retain: true };

export function createMqttSink(config: MqttSinkConfig, bus: Bus, parts: MqttSinkParts): Sink {
  const { outbox, clock, log, identity } = parts;
  const root = config.root.replaceAll('{site}', identity.site);
  const letters = createTokenBuckets(config.deadLettersPerS);
  let machines = new Map<string, MachineOut>();
  let healthMs = Number.NEGATIVE_INFINITY;
  let running = false;
  let catchUp: CatchUp | undefined;

  const linkUp = () => {
    if (running) for (const machine of machines.values()) machine.announce();
  };
  const channel = createChannel(bus, outbox, config.outbox.inflight, linkUp);

  bus.onLink((link) => {
    if (link !== 'up') catchUp?.lost();
  });

  tellStatus(bus, root, clock, identity.version);

  return {
    name: sink,
    async start(context) {
      machines = createMachines(context, root, config, channel);
      catchUp = createMissed(context, root, config, { ...parts, bus, channel });
      running = true;
      if (channel.isUp) linkUp();
    },
    tick(result) {
      if (!running) return;
      const { tick, frames } = result;
      for (const frame of frames) machines.get(frame.machine.id)?.publish(frame, tick);
      channel.retry();
      catchUp?.tick(result);
    },
    event(event) {
      if (!running) return;
      if (catchUp !== undefined) catchUp.event(event);
      else channel.send(eventTopic(root, event), encodeEvent(event), kept);
      // Who hears the event looks at the meta next.
      const changed = event.kind === 'restored' || event.details?.['version'] !== undefined;
      if (changed && event.machine !== undefined) machines.get(event.machine)?.parametersChanged();
    },
    alarm() {},
    health(health) {
      if (running) catchUp?.mark();
      // The gateway asks once a second or so; a little early is not a whole round late.
      if (!running || health.timeMs - healthMs < config.healthS * 950) return;
      healthMs = health.timeMs;
      channel.send(`${root}/health`, encodeHealth(health), latest);
    },
    forecast(forecast) {
      if (running) machines.get(forecast.machine)?.forecast(forecast);
    },
    deadLetter(letter) {
      if (!running) return;
      if (!letters.take(letter.source, clock.monotonicMs())) channel.drop('rate');
      else channel.send(`${root}/dlq/${letter.source}`, encodeDeadLetter(letter), live);
    },
    async stop() {
      if (!running) return;
      running = false;
      await catchUp?.stop();
      await channel.drain();
      if (outbox.depth > 0) log.warn({ messages: outbox.depth }, 'stopped with messages that were not sent');
    },
    report: () => reportOf(channel, catchUp),
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

function reportOf({ depth, dropped }: Channel, catchUp: CatchUp | undefined): SinkReport {
  if (catchUp === undefined) return { sink, depth, dropped };
  const all = sumOf(dropped, catchUp.dropped);
  return { sink, depth: depth + catchUp.depth, dropped: all, backfill: catchUp.report };
}
