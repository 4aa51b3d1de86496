// From the configuration of derived signals to plans for the core: which computation, of what, in which unit. Pure.
import { type Statistic, statistics } from '../core/derive/aggregate.ts';
import { parseExpression } from '../core/derive/expression.ts';
import { type DerivedFrom, type DerivedPlan, isTagName } from '../core/derive/plan.ts';
import type { Model } from '../core/model.ts';
import { type DerivedConfig, type MachineConfig, resolveExtra } from './machine.ts';
import type { Config } from './schema.ts';
import { declaredUnit } from './tag-reference.ts';

export const computations = [...statistics, 'band', 'expression'] as const;
export type Computation = (typeof computations)[number];

const rateWindowMs = 500;
const otherWindowMs = 1000;

/** The computations a derived signal names; one, when it is right. */
export function computationsOf(config: DerivedConfig): Computation[] {
  return computations.filter((computation) => config[computation] !== undefined);
}

export function windowMsOf(config: DerivedConfig): number {
  return config.windowMs ?? (config.rate === undefined ? otherWindowMs : rateWindowMs);
}

/** Of a configuration that was checked; throws ExpressionError for an expression that was not. */
export function readDerived(config: DerivedConfig): DerivedFrom {
  const windowMs = windowMsOf(config);
  if (config.expression !== undefined) {
    return { kind: 'expression', program: parseExpression(config.expression) };
  }
  if (config.band !== undefined) {
    const { fromHz = 0, toHz = 0, rateHz = 1 } = config;
    return { kind: 'band', of: config.band, policy: { fromHz, toHz, rateHz, windowMs } };
  }
  const statistic = computationsOf(config)[0] as Statistic;
  return { kind: 'window', statistic, of: config[statistic] ?? '', windowMs };
}

/** For people, and for the meta topic. */
export function derivedText(config: DerivedConfig): string {
  const [computation = 'expression'] = computationsOf(config);
  const of = config[computation] ?? '';
  if (computation === 'expression') return of;
  const band = computation === 'band' ? `, ${config.fromHz} to ${config.toHz} Hz` : '';
  return `${computation} of ${of} over ${windowMsOf(config)} ms${band}`;
}

export function planDerived(
  machine: MachineConfig,
  model: Model,
  sources: Config['sources'],
): ReadonlyMap<string, DerivedPlan> {
  return new Map(
    Object.entries(machine.derived).map(([name, config]) => [
      name,
      {
        unit: derivedUnit(config, machine, model, sources),
        text: derivedText(config),
        deadband: config.deadband,
        from: readDerived(config),
      },
    ]),
  );
}

const depthMax = 32;

/** As it says; else that of what it is made of, a second for a rate. Empty when nobody says. */
export function derivedUnit(
  config: DerivedConfig,
  machine: MachineConfig,
  model: Model,
  sources: Config['sources'],
  depth = 0,
): string {
  if (config.unit !== undefined) return config.unit;
  const [computation] = computationsOf(config);
  if (computation === undefined || computation === 'expression' || depth > depthMax) return '';
  const unit = unitOf(config[computation] ?? '', machine, model, sources, depth + 1);
  return computation === 'rate' && unit !== '' ? `${unit}/s` : unit;
}

/** Of a signal of the machine, or of a tag. */
export function unitOf(
  name: string,
  machine: MachineConfig,
  model: Model,
  sources: Config['sources'],
  depth = 0,
): string {
  if (isTagName(name)) return declaredUnit(name, sources);
  const spec = [...model.inputs, ...model.outputs].find((signal) => signal.name === name);
  if (spec !== undefined) return spec.unit;
  if (Object.hasOwn(machine.extra, name)) return extraUnit(machine.extra[name]!, sources);
  const derived = Object.hasOwn(machine.derived, name) ? machine.derived[name] : undefined;
  return derived === undefined ? '' : derivedUnit(derived, machine, model, sources, depth);
}

/** As it says, else as the tag has it. */
export function extraUnit(entry: MachineConfig['extra'][string], sources: Config['sources']): string {
  const { unit, tag } = resolveExtra(entry);
  return unit === '' ? declaredUnit(tag, sources) : unit;
}
