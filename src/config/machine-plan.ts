// From the configuration of a machine, once it is checked, to the plan the runtime sets it up by. Pure.
import type { Model } from '../core/model.ts';
import { planAlarms } from './alarms.ts';
import { extraUnit, planDerived } from './derived.ts';
import {
  type ExtraConfig,
  isFed,
  type MachineConfig,
  resolveExtra,
  resolveSignal,
  type SignalConfig,
} from './machine.ts';
import { originOf } from './origins.ts';
import type { Config } from './schema.ts';
import { checkTag } from './tag-reference.ts';

export function planMachine(id: string, machine: MachineConfig, model: Model, sources: Config['sources']) {
  const { lagMs, parameters, calibration, detection } = machine;
  const signals = new Map<string, ReturnType<typeof mapped<SignalConfig>>>();
  const feeds: { signal: string; derived: string }[] = [];
  for (const [name, entry] of Object.entries(machine.signals)) {
    const signal = resolveSignal(entry);
    if (isFed(signal)) feeds.push({ signal: name, derived: signal.derived });
    else signals.set(name, mapped(signal, sources));
  }
  const extra = new Map<string, ReturnType<typeof mapped<ExtraConfig>>>();
  for (const [name, entry] of Object.entries(machine.extra)) {
    extra.set(name, mapped({ ...resolveExtra(entry), unit: extraUnit(entry, sources) }, sources));
  }
  return {
    id,
    model,
    lagMs,
    parameters,
    calibration,
    detection,
    alarms: planAlarms(machine.alarms),
    signals,
    extra,
    derived: planDerived(machine, model, sources),
    feeds,
  };
}

/** "<source>/<tag>" as the two that it is; its kind also where only the source says it. */
function mapped<T extends SignalConfig | ExtraConfig>(signal: T, sources: Config['sources']) {
  const slash = signal.tag.indexOf('/');
  const stepped = checkTag(signal.tag, sources, false).stepped ? ('enum' as const) : undefined;
  const { kind = stepped } = signal;
  const [source, tag] = [signal.tag.slice(0, slash), signal.tag.slice(slash + 1)];
  return { ...signal, kind, source, tag, device: originOf(source, tag, sources).device };
}
