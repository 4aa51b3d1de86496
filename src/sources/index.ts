// The registry of sources: what `type:` may say. A new protocol is a folder beside this file and a line in it.
import type { Bus, Clock, Log, Source } from '../ports.ts';
import type { MqttSourceConfig } from './mqtt/schema.ts';
import { createMqttSource } from './mqtt/source.ts';
import type { OpcuaSourceConfig } from './opcua/schema.ts';
import { createOpcuaSource } from './opcua/source.ts';

export interface SourceParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly pkiDir: string;
  /** Topics below it are the gateway's own words, never a source's. */
  readonly ownRoot: string;
}

export function createSource(
  name: string,
  config: MqttSourceConfig | OpcuaSourceConfig,
  { bus, clock, log, pkiDir, ownRoot }: SourceParts,
): Source {
  switch (config.type) {
    case 'mqtt':
      return createMqttSource(name, config, bus, log, ownRoot);
    case 'opcua':
      return createOpcuaSource(name, config, { clock, log, pkiDir });
  }
}

/** Most tags a source may make: its own limit where it has one, else as many as it names. */
export function tagLimit(config: MqttSourceConfig | OpcuaSourceConfig): number {
  return config.type === 'mqtt' ? config.tags : Object.keys(config.tags).length;
}
