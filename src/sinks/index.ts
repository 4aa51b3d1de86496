// The registry of sinks: what the gateway feeds after every tick.

import type { NewCatchUp } from '../ports/catch-up.ts';
import type { Bus, Clock, Log, Outbox, Sink } from '../ports.ts';
import type { OutMessage } from './mqtt/message.ts';
import type { MqttSinkConfig } from './mqtt/schema.ts';
import { createMqttSink } from './mqtt/sink.ts';
import type { PrometheusSinkConfig } from './prometheus/schema.ts';
import { createPrometheusSink } from './prometheus/sink.ts';

export interface SinkParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly identity: { readonly site: string; readonly version: string };
  readonly log: (component: string) => Log;
  /** The outbox on disk; absent: what a peer misses it has missed. */
  readonly catchUp?: NewCatchUp;
  readonly outbox: <T extends object>(name: string, capacity: number) => Outbox<T>;
}

export interface Sinks {
  readonly all: readonly Sink[];
  /** Where the metrics are served, once they are. */
  metricsUrl(): string | undefined;
}

export interface SinksConfig {
  readonly publish: MqttSinkConfig;
  readonly metrics: PrometheusSinkConfig;
}

export function createSinks(
  config: SinksConfig,
  { bus, clock, identity, log, outbox, catchUp }: SinkParts,
): Sinks {
  const all: Sink[] = [];
  if (config.publish.enabled) {
    const box = outbox<OutMessage>('mqtt', config.publish.outbox.messages);
    const parts = { outbox: box, log: log('sink.mqtt'), clock, identity };
    all.push(createMqttSink(config.publish, bus, { ...parts, ...(catchUp && { catchUp }) }));
  }
  const metrics = config.metrics.enabled
    ? createPrometheusSink(config.metrics, { log: log('sink.prometheus') })
    : undefined;
  if (metrics !== undefined) all.push(metrics);
  return {
    all,
    metricsUrl: () => metrics && `http://${metrics.address.host}:${metrics.address.port}/metrics`,
  };
}
