// The configuration as a whole, composed of the parts' own schemas and nothing else.
import { z } from 'zod';
import { brokerLacks, brokerListens, brokerSchema } from '../broker/schema.ts';
import { historySchema } from '../history/schema.ts';
import { maintenanceSchema } from '../maintenance/schema.ts';
import { forecastSchema } from '../runtime/forecast/schema.ts';
import { logSchema, loopSchema, memorySchema } from '../runtime/schema.ts';
import { mqttSinkSchema } from '../sinks/mqtt/schema.ts';
import { metricsExposed, metricsListens, prometheusSinkSchema } from '../sinks/prometheus/schema.ts';
import { mqttSourceSchema, declaredTags as mqttTags } from '../sources/mqtt/schema.ts';
import {
  isDeprecated,
  isInsecure,
  opcuaSourceSchema,
  declaredTags as opcuaTags,
} from '../sources/opcua/schema.ts';
import { replaySourceSchema, declaredTags as replayTags } from '../sources/replay/schema.ts';
import { serialSourceSchema, declaredTags as serialTags } from '../sources/serial/schema.ts';
import { machineSchema } from './machine.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'expected letters, digits, - and _, at most 63');

export const configSchema = z.strictObject({
  version: z.literal(1).describe('Version of this format.'),
  site: name.default('site').describe('Name of this gateway; part of every topic.'),
  stateDir: z
    .string()
    .default('./state')
    .describe('Folder for what outlives a restart; relative to this file.'),
  log: logSchema.prefault({}),
  loop: loopSchema.prefault({}),
  broker: brokerSchema.prefault({}).describe('The embedded broker, or (with url) an external one.'),
  sources: z
    .record(
      name,
      z.discriminatedUnion('type', [
        mqttSourceSchema,
        opcuaSourceSchema,
        serialSourceSchema,
        replaySourceSchema,
      ]),
    )
    .default({})
    .describe('Connections to the outside, by a name of your choice.'),
  machines: z
    .record(name, machineSchema)
    .default({})
    .describe('Machines with a twin, by a name of your choice; it is part of their topics.'),
  memory: memorySchema.prefault({}).describe('What the twins remember over a restart.'),
  history: historySchema.prefault({}).describe('What is kept on the disk.'),
  forecast: forecastSchema
    .prefault({})
    .describe('How likely each failure is, worked out beside the ticks. See docs/forecast.md.'),
  maintenance: maintenanceSchema
    .prefault({})
    .describe('When to look after what, before it fails. See docs/forecast.md.'),
  publish: mqttSinkSchema.prefault({}).describe('What goes back to the broker.'),
  metrics: prometheusSinkSchema.prefault({}).describe('The Prometheus endpoint.'),
});

export type Config = z.infer<typeof configSchema>;
export type SourceConfig = Config['sources'][string];

export interface DeclaredTag {
  /** May hold captures in braces, which stand for one level of a topic. */
  readonly name: string;
  /** Empty when the configuration does not say. */
  readonly unit: string;
  /** What its values are, where the configuration says so. */
  readonly kind?: string;
  /** What sends it, where a source knows of several: its topic, with captures as in the name. */
  readonly device?: string;
}

/** The tags a source may deliver. */
export function declaredTags(source: SourceConfig): DeclaredTag[] {
  switch (source.type) {
    case 'mqtt':
      return mqttTags(source);
    case 'opcua':
      return opcuaTags(source);
    case 'serial':
      return serialTags(source);
    case 'replay':
      return replayTags(source);
  }
}

export interface Listen {
  readonly path: readonly string[];
  readonly host: string;
  readonly port: number;
}

/** Every port the gateway opens. */
export function listens(config: Pick<Config, 'broker' | 'metrics'>): Listen[] {
  const below = (part: string, list: { key: string; host: string; port: number }[]): Listen[] =>
    list.map(({ key, host, port }) => ({ path: [part, key], host, port }));
  return [
    ...below('broker', brokerListens(config.broker)),
    ...below('metrics', metricsListens(config.metrics)),
  ];
}

export interface Refusal {
  readonly path: readonly string[];
  readonly code: 'GEM_BROKER_UNSAFE' | 'GEM_METRICS_UNSAFE' | 'GEM_OPCUA_INSECURE' | 'GEM_OPCUA_DEPRECATED';
  readonly details: Readonly<Record<string, string>>;
}

/** What the parts would refuse to start with. */
export function refusals({ broker, metrics, sources }: Config): Refusal[] {
  const found: Refusal[] = [];
  const lacks = brokerLacks(broker);
  if (lacks.length > 0 && !('url' in broker)) {
    const details = { host: broker.host, missing: lacks.join(' and ') };
    found.push({ path: ['broker', 'host'], code: 'GEM_BROKER_UNSAFE', details });
  }
  if (metricsExposed(metrics)) {
    found.push({ path: ['metrics', 'host'], code: 'GEM_METRICS_UNSAFE', details: { host: metrics.host } });
  }
  for (const [source, config] of Object.entries(sources)) {
    if (config.type !== 'opcua') continue;
    const details = { source, url: config.url };
    const at = ['sources', source, 'security'];
    if (isInsecure(config)) found.push({ path: [...at, 'mode'], code: 'GEM_OPCUA_INSECURE', details });
    if (isDeprecated(config)) {
      const { policy } = config.security;
      found.push({ path: [...at, 'policy'], code: 'GEM_OPCUA_DEPRECATED', details: { ...details, policy } });
    }
  }
  return found;
}
