// What can be wrong with derived signals: which keys go together, names that must exist, rings. Pure.
import { ExpressionError } from '../core/derive/expression.ts';
import { orderOf } from '../core/derive/order.ts';
import { isTagName, needsOf } from '../core/derive/plan.ts';
import type { Model } from '../core/model.ts';
import { convertUnit } from '../core/unit.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import {
  computations,
  computationsOf,
  derivedUnit,
  ofShaft,
  readDerived,
  unitOf,
  windowMsOf,
} from './derived.ts';
import { checkShaft, shaftKeys } from './derived-shaft.ts';
import type { DerivedConfig, MachineConfig } from './machine.ts';
import { dotted, type Path } from './problem.ts';
import type { Config } from './schema.ts';
import { checkTag } from './tag-reference.ts';

export interface Complaint {
  readonly path: Path;
  readonly which: 'key' | 'value';
  readonly text: string;
}

interface Scene {
  readonly machine: MachineConfig;
  readonly model: Model;
  readonly config: Config;
  /** Sources were cut out as wrong: a tag that is not there may be in them. */
  readonly unsure: boolean;
  /** Something of the machine was cut out: what is missing in it is not complained about. */
  readonly partial: boolean;
}

export function checkDerived(path: Path, scene: Scene): Complaint[] {
  const { machine, model } = scene;
  const own = Object.entries(machine.derived).flatMap(([name, derived]) => {
    const at = [...path, 'derived', name];
    if (isSignal(model, name)) return [key(at, `"${name}" is a signal of the model "${model.id}" already`)];
    if (Object.hasOwn(machine.extra, name)) return [key(at, `"${name}" is an extra signal already`)];
    return checkOne(at, derived, scene);
  });
  return [...own, ...checkRings(path, scene)];
}

/** A signal of the model that a derived one feeds. */
export function checkFeed(path: Path, derived: string, unit: string, scene: Scene): Complaint[] {
  const { machine, model, config } = scene;
  const at = [...path, 'derived'];
  const plan = Object.hasOwn(machine.derived, derived) ? machine.derived[derived] : undefined;
  if (plan === undefined) {
    if (scene.partial) return [];
    const names = Object.keys(machine.derived);
    const hint =
      didYouMean(derived, names) || (names.length === 0 ? '; it has none' : `; it has ${names.join(', ')}`);
    return [value(at, `the machine has no derived signal "${derived}"${hint}`)];
  }
  const from = derivedUnit(plan, machine, model, config.sources);
  if (from === '' || convertUnit(from, unit) !== undefined) return [];
  return [value(at, `"${derived}" is in ${from}, which cannot become ${unit} of the signal`)];
}

function checkOne(at: Path, derived: DerivedConfig, scene: Scene): Complaint[] {
  const found = computationsOf(derived);
  const [computation] = found;
  if (computation === undefined) {
    return scene.partial ? [] : [key(at, `expected one of ${computations.join(', ')}`)];
  }
  if (found.length > 1) {
    return [key(at, `one derived signal is one computation, found ${found.join(' and ')}`)];
  }
  return [
    ...checkKeys(at, derived, computation, scene.partial),
    ...(computation === 'expression'
      ? checkExpression([...at, 'expression'], derived, scene)
      : checkOperand([...at, computation], derived[computation] ?? '', scene)),
    ...(computation === 'expression' ? [] : checkWindow(at, derived, scene)),
    ...(computation === 'band' || computation === 'envelope' ? checkBand(at, derived) : []),
    ...(ofShaft(derived) ? checkSpeed(at, derived, scene) : []),
    ...(ofShaft(derived) ? checkShaft(derived).map(({ key: on, text }) => value([...at, ...on], text)) : []),
    ...checkUnit(at, derived, scene),
  ];
}

const bandKeys = ['fromHz', 'toHz', 'rateHz'] as const;

type OwnKey = (typeof bandKeys)[number] | (typeof shaftKeys)[number];

function keysOf(computation: string): { needs: readonly OwnKey[]; may: readonly OwnKey[] } {
  if (computation === 'band') return { needs: bandKeys, may: [] };
  const may = ['bearing', 'harmonics'] as const;
  if (computation === 'envelope') return { needs: [...bandKeys, 'order', 'speed'], may };
  return computation === 'tone' ? { needs: ['rateHz', 'order', 'speed'], may } : { needs: [], may: [] };
}

function article(computation: string): string {
  return `${computation === 'envelope' ? 'an' : 'a'} ${computation}`;
}

function listed(keys: readonly string[]): string {
  return `${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}`;
}

function owner(name: OwnKey): string {
  if (name === 'rateHz') return 'a band, an envelope or a tone';
  return name === 'fromHz' || name === 'toHz' ? 'a band or an envelope' : 'an envelope or a tone';
}

function checkKeys(at: Path, derived: DerivedConfig, computation: string, partial: boolean): Complaint[] {
  const { needs, may } = keysOf(computation);
  const missing = needs.filter((name) => !partial && derived[name] === undefined);
  const strange = [...bandKeys, ...shaftKeys].filter(
    (name) => !needs.includes(name) && !may.includes(name) && derived[name] !== undefined,
  );
  const aimless = computation === 'expression' && derived.windowMs !== undefined;
  return [
    ...missing.map((name) =>
      key(at, `the key "${name}" is missing; ${article(computation)} takes ${listed(needs)}`),
    ),
    ...strange.map((name) =>
      key([...at, name], `"${name}" belongs to ${owner(name)}, not to ${computation}`),
    ),
    ...(aimless ? [key([...at, 'windowMs'], 'an expression has no window')] : []),
  ];
}

function checkExpression(at: Path, derived: DerivedConfig, scene: Scene): Complaint[] {
  try {
    return needsOf(readDerived(derived)).flatMap((name) => checkOperand(at, name, scene));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [value(at, `column ${error.column} of the expression: ${error.message}`)];
  }
}

/** A signal of the machine, or a tag. */
function checkOperand(at: Path, name: string, scene: Scene): Complaint[] {
  const { machine, model, config, unsure, partial } = scene;
  if (isTagName(name)) {
    const { text } = checkTag(name, config.sources, unsure);
    return text === '' ? [] : [value(at, text)];
  }
  const known = [
    ...[...model.inputs, ...model.outputs].map((signal) => signal.name),
    ...Object.keys(machine.extra),
    ...Object.keys(machine.derived),
  ];
  if (known.includes(name) || partial) return [];
  const hint = didYouMean(name, known) || '; a tag is written "<source>/<tag>", in an expression in brackets';
  return [value(at, `the machine has no signal "${name}"${hint}`)];
}

/** In a window of frames there must be some. */
const framesMin = 4;
const windowSamplesMax = 2 ** 17;

function checkWindow(at: Path, derived: DerivedConfig, { config }: Scene): Complaint[] {
  const [computation = 'rate'] = computationsOf(derived);
  const of = derived[computation] ?? '';
  const windowMs = windowMsOf(derived);
  const place = derived.windowMs === undefined ? at : [...at, 'windowMs'];
  const leastMs = framesMin * config.loop.periodMs;
  if (computation === 'band' || ofShaft(derived)) {
    if (!isTagName(of))
      return [value([...at, computation], `${article(computation)} is of a tag, and "${of}" is a signal`)];
    const samples = (windowMs * (derived.rateHz ?? 0)) / 1000;
    return samples > windowSamplesMax
      ? [value(place, `a window of ${samples} samples; at most ${windowSamplesMax} fit`)]
      : [];
  }
  if (isTagName(of) || windowMs >= leastMs) return [];
  const text = `windowMs (${windowMs}) is too short for frames every ${config.loop.periodMs} ms; of a signal it takes at least ${leastMs}`;
  return [value(place, text)];
}

/** Closer together than this many bins, two frequencies are one. */
const binsMin = 2;

function checkBand(at: Path, derived: DerivedConfig): Complaint[] {
  const { fromHz, toHz, rateHz } = derived;
  if (fromHz === undefined || toHz === undefined || rateHz === undefined) return [];
  if (toHz > rateHz / 2) {
    const text = `toHz (${toHz}) is above ${rateHz / 2}, half of rateHz: samples cannot tell such frequencies`;
    return [value([...at, 'toHz'], text)];
  }
  if (toHz < fromHz) return [value([...at, 'toHz'], `toHz (${toHz}) is below fromHz (${fromHz})`)];
  const leastHz = (binsMin * 1000) / windowMsOf(derived);
  if (toHz - fromHz >= leastHz) return [];
  const text = `from ${fromHz} to ${toHz} Hz is too narrow: a window of ${windowMsOf(derived)} ms tells apart ${leastHz} Hz`;
  return [value([...at, 'toHz'], text)];
}

/** The shaft's speed: a signal of the machine, in a unit of rotation where it has one. */
function checkSpeed(at: Path, { speed }: DerivedConfig, scene: Scene): Complaint[] {
  if (typeof speed !== 'string') return [];
  const place = [...at, 'speed'];
  if (isTagName(speed))
    return [value(place, `the speed is a signal of the machine or a number in rpm, and "${speed}" is a tag`)];
  const wrong = checkOperand(place, speed, scene);
  if (wrong.length > 0) return wrong;
  const unit = unitOf(speed, scene.machine, scene.model, scene.config.sources);
  if (unit === '' || convertUnit(unit, 'rpm') !== undefined) return [];
  return [value(place, `"${speed}" is in ${unit}, which is no speed of a shaft`)];
}

/** What is taken from a tag is converted to the unit, so it must be possible. */
function checkUnit(at: Path, derived: DerivedConfig, { machine, model, config }: Scene): Complaint[] {
  const [computation = 'expression'] = computationsOf(derived);
  const of = derived[computation] ?? '';
  if (derived.unit === undefined || computation === 'rate' || !isTagName(of) || computation === 'expression')
    return [];
  const unit = unitOf(of, machine, model, config.sources);
  if (unit === '' || derived.unit === '' || convertUnit(unit, derived.unit) !== undefined) return [];
  return [value([...at, 'unit'], `the tag "${of}" is in ${unit}, which cannot become ${derived.unit}`)];
}

function checkRings(path: Path, { machine }: Scene): Complaint[] {
  const needs = new Map<string, readonly string[]>();
  for (const [name, derived] of Object.entries(machine.derived)) {
    try {
      if (computationsOf(derived).length === 1) needs.set(name, needsOf(readDerived(derived)));
    } catch (error) {
      // It has been complained about where it stands.
      if (!(error instanceof ExpressionError)) throw error;
    }
  }
  for (const [name, entry] of Object.entries(machine.signals)) {
    if (typeof entry === 'object' && 'derived' in entry) needs.set(name, [entry.derived]);
  }
  const { ring } = orderOf(needs);
  if (ring === undefined) return [];
  const at = ring.find((name) => Object.hasOwn(machine.derived, name)) ?? '';
  return [key([...path, 'derived', at], `derived signals that need one another: ${ring.join(' needs ')}`)];
}

function isSignal(model: Model, name: string): boolean {
  return [...model.inputs, ...model.outputs].some((signal) => signal.name === name);
}

function key(path: Path, text: string): Complaint {
  return { path, which: 'key', text: `${dotted(path)}: ${text}` };
}

function value(path: Path, text: string): Complaint {
  return { path, which: 'value', text: `${dotted(path)}: ${text}` };
}
