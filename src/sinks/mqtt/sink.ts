// The MQTT sink: encodes on the loop and enqueues; what the broker does later never reaches a tick.
import type { Bus, Clock, Log, Outbox, PublishOptions, Sink } from '../../ports.ts';
import { createChannel } from './channel.ts';
import { encodeDeadLetter, encodeEvent, encodeStatus } from './encode.ts';
import { encodeHealth } from './health.ts';
import { createMachineOut, type MachineOut } from './machine-out.ts';
import type { OutMessage } from './message.ts';
import type { MqttSinkConfig } from './schema.ts';
import { createTokenBuckets } from './token-bucket.ts';

export interface MqttSinkParts {
  readonly outbox: Outbox<OutMessage>;
  readonly log: Log;
  readonly clock: Clock;
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

  const linkUp = () => {
    if (running) for (const machine of machines.values()) machine.announce();
  };
  const channel = createChannel(bus, outbox, config.outbox.inflight, linkUp);

  bus.status({
    topic: `${root}/status`,
    online: () => encodeStatus('online', clock.nowMs(), identity.version),
    offline: () => encodeStatus('offline', undefined, identity.version),
  });

  return {
    name: 'mqtt',
    async start({ periodMs, machines: layouts, parameters }) {
      machines = new Map(
        layouts.map((layout) => {
          const report = () => parameters?.(layout.id);
          return [layout.id, createMachineOut(layout, root, periodMs, config, channel, report)];
        }),
      );
      running = true;
      if (channel.isUp) linkUp();
    },
    tick({ tick, frames }) {
      if (!running) return;
      for (const frame of frames) machines.get(frame.machine.id)?.publish(frame, tick);
      channel.retry();
    },
    event(event) {
      const topic = event.machine === undefined ? `${root}/event` : `${root}/${event.machine}/event`;
      if (!running) return;
      channel.send(topic, encodeEvent(event), kept);
      // Who hears the event looks at the meta next.
      const changed = event.kind === 'restored' || event.details?.['version'] !== undefined;
      if (changed && event.machine !== undefined) machines.get(event.machine)?.parametersChanged();
    },
    health(health) {
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
      await channel.drain();
      if (outbox.depth > 0) log.warn({ messages: outbox.depth }, 'stopped with messages that were not sent');
    },
    report: () => ({ sink: 'mqtt', depth: channel.depth, dropped: channel.dropped }),
  };
}
