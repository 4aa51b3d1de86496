// From the configuration of derived signals to plans for the core: which computation, of what, in which unit. Pure.
import { type Statistic, statistics } from '../core/derive/aggregate.ts';
import { bearingOrders, reachOf } from '../core/derive/bearing.ts';
import type { EnvelopePolicy } from '../core/derive/envelope.ts';
import { parseExpression } from '../core/derive/expression.ts';
import { type DerivedFrom, type DerivedPlan, isTagName } from '../core/derive/plan.ts';
import type { Model } from '../core/model.ts';
import { type DerivedConfig, type MachineConfig, resolveExtra } from './machine.ts';
import type { Config } from './schema.ts';
import { declaredUnit } from './tag-reference.ts';

export const computations = [...statistics, 'band', 'envelope', 'tone', 'expression'] as const;
export type Computation = (typeof computations)[number];

const rateWindowMs = 500;
const otherWindowMs = 1000;
const shaftWindowMs = 2000;

/** The computations a derived signal names; one, when it is right. */
export function computationsOf(config: DerivedConfig): Computation[] {
  return computations.filter((computation) => config[computation] !== undefined);
}

export function windowMsOf(config: DerivedConfig): number {
  if (config.windowMs !== undefined) return config.windowMs;
  if (ofShaft(config)) return shaftWindowMs;
  return config.rate === undefined ? otherWindowMs : rateWindowMs;
}

/** An envelope or a tone: something that happens so often a turn. */
export function ofShaft(config: DerivedConfig): boolean {
  return config.envelope !== undefined || config.tone !== undefined;
}

/** How often a turn; NaN where it takes a bearing and there is none. */
export function orderOf({ order, bearing }: DerivedConfig): number {
  if (typeof order === 'number') return order;
  return order === undefined || bearing === undefined ? Number.NaN : bearingOrders(bearing)[order];
}

/** Balls slide: what they meet is off by so much. What a number says is taken to be nearly exact. */
const ballSlip = 0.02;
const plainSlip = 0.005;

function shaftPolicy(config: DerivedConfig): EnvelopePolicy {
  const { envelope, fromHz = 0, toHz = 0, rateHz = 1, speed, harmonics } = config;
  return {
    ...{ windowMs: windowMsOf(config), rateHz, order: orderOf(config) },
    harmonics: harmonics ?? (envelope === undefined ? 1 : 3),
    slip: typeof config.order === 'number' ? plainSlip : ballSlip,
    ...(envelope !== undefined && { band: { fromHz, toHz } }),
    ...(typeof speed === 'number' && { turnsHz: speed / 60 }),
  };
}

/** Between which speeds in rpm an envelope or a tone can tell its order. */
export function reachRpm(config: DerivedConfig): { fromRpm: number; toRpm: number } {
  const { order, rateHz, windowMs, band } = shaftPolicy(config);
  const width = band === undefined ? {} : { bandHz: band.toHz - band.fromHz };
  const { fromHz, toHz } = reachOf({ order, rateHz, windowMs, ...width });
  return { fromRpm: Math.ceil(fromHz * 60), toRpm: Math.floor(toHz * 60) };
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
  if (ofShaft(config)) {
    const { envelope, tone = '', speed } = config;
    return {
      ...{ kind: 'envelope', of: envelope ?? tone, policy: shaftPolicy(config) },
      speed: typeof speed === 'string' ? speed : '',
    };
  }
  const statistic = computationsOf(config)[0] as Statistic;
  return { kind: 'window', statistic, of: config[statistic] ?? '', windowMs };
}

/** For people, and for the meta topic. */
export function derivedText(config: DerivedConfig): string {
  const [computation = 'expression'] = computationsOf(config);
  const of = config[computation] ?? '';
  if (computation === 'expression') return of;
  const banded = computation === 'band' || computation === 'envelope';
  const band = banded ? `, ${config.fromHz} to ${config.toHz} Hz` : '';
  if (ofShaft(config)) return `${computation} of ${of}${band}${shaftText(config)}`;
  return `${computation} of ${of} over ${windowMsOf(config)} ms${band}`;
}

function shaftText(config: DerivedConfig): string {
  const { order, speed } = config;
  const part = typeof order === 'string' ? ` (${order} of the bearing)` : '';
  const shaft = typeof speed === 'string' ? speed : `${speed} rpm`;
  const { fromRpm, toRpm } = reachRpm(config);
  const each = Number(orderOf(config).toPrecision(4));
  return `, ${each} times a turn${part} of ${shaft}, which it can tell from ${fromRpm} to ${toRpm} rpm`;
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
