// The registry of sinks: what the gateway feeds after every tick.

import type { NewCatchUp } from '../ports/catch-up.ts';
import type { Bus, Clock, Log, Outbox, Sink } from '../ports.ts';
import type { OutMessage } from './mqtt/message.ts';
import type { MqttSinkConfig } from './mqtt/schema.ts';
import { createMqttSink } from './mqtt/sink.ts';
import type { StopRequestConfig } from './mqtt/stop-request.ts';
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
  readonly machines?: Readonly<Record<string, MachineSlice>>;
}

/** Of a machine, what a sink is to know. */
interface MachineSlice {
  readonly alarms?: { readonly stopRequest?: StopRequestConfig | undefined } | undefined;
}

export function createSinks(
  config: SinksConfig,
  { bus, clock, identity, log, outbox, catchUp }: SinkParts,
): Sinks {
  const all: Sink[] = [];
  if (config.publish.enabled) {
    const box = outbox<OutMessage>('mqtt', config.publish.outbox.messages);
    const stopRequests = stopRequestsOf(config.machines ?? {});
    const parts = { outbox: box, log: log('sink.mqtt'), clock, identity, stopRequests };
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

function stopRequestsOf(machines: Readonly<Record<string, MachineSlice>>) {
  return Object.fromEntries(Object.entries(machines).map(([id, { alarms }]) => [id, alarms?.stopRequest]));
}
