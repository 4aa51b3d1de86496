// The registry of sources: what `type:` may say. A new protocol is a folder beside this file and a line in it.
import type { Bus, Clock, Log, Source } from '../ports.ts';
import type { MqttSourceConfig } from './mqtt/schema.ts';
import { createMqttSource } from './mqtt/source.ts';
import { type OpcuaSourceConfig, wantsOwnThread } from './opcua/schema.ts';
import { createOpcuaSource } from './opcua/source.ts';
import type { ReplaySourceConfig } from './replay/schema.ts';
import { createReplaySource } from './replay/source.ts';
import { fieldsOf, type SerialSourceConfig } from './serial/schema.ts';
import { createSerialSource } from './serial/source.ts';

type AnySourceConfig = MqttSourceConfig | OpcuaSourceConfig | SerialSourceConfig | ReplaySourceConfig;
/** Of sources that need nothing of the gateway's: they may run on a thread of their own. */
export type LoneSourceConfig = OpcuaSourceConfig;

export interface LoneSourceParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly pkiDir: string;
}

export interface SourceParts extends LoneSourceParts {
  readonly bus: Bus;
  /** Topics below it are the gateway's own words, never a source's. */
  readonly ownRoot: string;
}

/** The source, where it is one that is to run on a thread of its own. */
export function loneSource(config: AnySourceConfig): LoneSourceConfig | undefined {
  return config.type === 'opcua' && wantsOwnThread(config) ? config : undefined;
}

export function createLoneSource(name: string, config: LoneSourceConfig, parts: LoneSourceParts): Source {
  return createOpcuaSource(name, config, parts);
}

export function createSource(
  name: string,
  config: AnySourceConfig,
  { bus, clock, log, pkiDir, ownRoot }: SourceParts,
): Source {
  switch (config.type) {
    case 'mqtt':
      return createMqttSource(name, config, bus, log, ownRoot);
    case 'opcua':
      return createLoneSource(name, config, { clock, log, pkiDir });
    case 'serial':
      return createSerialSource(name, config, { clock, log });
    case 'replay':
      return createReplaySource(name, config, log);
  }
}

/** Most tags a source may make: its own limit where it has one, else as many as it names. */
export function tagLimit(config: AnySourceConfig): number {
  if (config.type === 'serial') return fieldsOf(config).length;
  return config.type === 'mqtt' ? config.tags : Object.keys(config.tags).length;
}

/** Most samples it may bring; a recording is as fast as it is asked to be. */
export function sourceLimits(config: AnySourceConfig): MqttSourceConfig['limits'] | undefined {
  return config.type === 'replay' ? undefined : config.limits;
}
