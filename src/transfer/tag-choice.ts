// Which tags of the history are meant, and in which unit they are wanted. What is not there is said with what is called
// nearly so.
import { resolveExtra, resolveSignal, type SignalConfig } from '../config/machine.ts';
import type { Config } from '../config/schema.ts';
import type { AlignPolicy, Model } from '../core/model.ts';
import { convertUnit } from '../core/unit.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { HistoryTag, Tier } from '../ports/history.ts';

/** A tag, and how its values become those that are wanted. */
export interface ChosenTag {
  readonly tag: HistoryTag;
  readonly unit: string;
  readonly scale: number;
  readonly offset: number;
  /** How it becomes a value between two samples. */
  readonly align: AlignPolicy;
  /** After so long without a sample it is no longer known; absent: never. */
  readonly staleMs?: number;
}

export interface TagWishes {
  /** `<source>/<name>`, with wildcards. */
  readonly tags: readonly string[];
  readonly machine?: string | undefined;
  readonly signals: readonly string[];
  readonly tier: Tier | 'all';
}

/** What signals are resolved by. */
export interface Plant {
  readonly config: Config;
  readonly models: ReadonlyMap<string, Model>;
}

const shown = 8;

/** In the order in which they are told of: tier, source, name, unit, kind. At least one, or it throws. */
export function chooseTags(all: readonly HistoryTag[], wishes: TagWishes, plant?: Plant): ChosenTag[] {
  const there = all.filter(({ tier }) => wishes.tier === 'all' || tier === wishes.tier);
  if (there.length === 0) throw none(all, wishes.tier);
  const { tags, machine, signals } = wishes;
  if (signals.length > 0 && machine === undefined)
    throw new GemError('GEM_USAGE', { why: '--signal goes with --machine' });
  const chosen = [
    ...tags.flatMap((pattern) => matching(there, pattern)),
    ...(machine === undefined ? [] : ofMachine(there, machine, signals, plant!)),
  ];
  const asked = tags.length === 0 && machine === undefined ? there.map(asItIs) : chosen;
  const byId = new Map(asked.map((choice) => [choice.tag.id, choice]));
  return [...byId.values()].sort((a, b) => inOrder(a.tag, b.tag));
}

export function referenceOf({ source, name }: Pick<HistoryTag, 'source' | 'name'>): string {
  return `${source}/${name}`;
}

/** As it was stored, down to the sign of a zero, where there is nothing to convert. */
export function converted(value: number, { scale, offset }: ChosenTag): number {
  return scale === 1 && offset === 0 ? value : value * scale + offset;
}

/** By what they are and not by their ids, which another file would have given otherwise. */
function inOrder(a: HistoryTag, b: HistoryTag): number {
  const words = ({ tier, source, name, unit, kind }: HistoryTag) => [tier, source, name, unit, kind];
  const others = words(b);
  for (const [i, word] of words(a).entries()) {
    const other = others[i]!;
    if (word !== other) return word < other ? -1 : 1;
  }
  return 0;
}

function asItIs(tag: HistoryTag): ChosenTag {
  return { tag, unit: tag.unit, scale: 1, offset: 0, align: 'previous' };
}

/**
 * The name may be said without its source. Each tier by itself: `mill-1/spindle.current` may be what the twin of mill-1
 * says and the name of what a source measures, and then both are meant.
 */
function matching(there: readonly HistoryTag[], pattern: string): ChosenTag[] {
  const fits = wildcard(pattern);
  const found = (['raw', 'twin'] as const).flatMap((tier) => {
    const own = there.filter((tag) => tag.tier === tier);
    const whole = own.filter((tag) => fits(referenceOf(tag)));
    return whole.length > 0 ? whole : own.filter(({ name }) => fits(name));
  });
  if (found.length > 0) return found.map(asItIs);
  const references = [...new Set(there.map(referenceOf))];
  const names = [...new Set(there.map(({ name }) => name))];
  const hint =
    didYouMean(pattern, references, 3) ||
    didYouMean(pattern, names, 3) ||
    partOf(pattern, references) ||
    `; there is ${listOf(references)}`;
  throw new GemError('GEM_HISTORY_TAG', { why: `no tag is called "${pattern}"${hint}` });
}

/** Those it is a part of. */
function partOf(word: string, references: readonly string[]): string {
  const found = references.filter((name) => name.toLowerCase().includes(word.toLowerCase())).slice(0, 3);
  return found.length === 0 ? '' : `, did you mean ${found.map((name) => `"${name}"`).join(' or ')}?`;
}

function wildcard(pattern: string): (text: string) => boolean {
  const source = pattern
    .replace(/[.+^$()|[\]\\{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`);
  return (text) => expression.test(text);
}

function ofMachine(
  there: readonly HistoryTag[],
  machine: string,
  signals: readonly string[],
  { config, models }: Plant,
): ChosenTag[] {
  const machines = Object.keys(config.machines);
  const entry = config.machines[machine];
  if (entry === undefined || !Object.hasOwn(config.machines, machine)) {
    const hint = didYouMean(machine, machines) || `; there is ${listOf(machines)}`;
    throw new GemError('GEM_USAGE', { why: `no machine is called "${machine}"${hint}` });
  }
  const known = signalsOf(entry, models.get(entry.model));
  const wanted = signals.length === 0 ? [...known.keys()] : signals;
  const unknown = wanted.find((name) => !known.has(name));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, known.keys(), 3) || `; there is ${listOf([...known.keys()])}`;
    throw new GemError('GEM_USAGE', { why: `the machine "${machine}" has no signal "${unknown}"${hint}` });
  }
  const found = wanted.flatMap((name) => {
    const signal = known.get(name)!;
    return there
      .filter((one) => (one.tier === 'raw' ? referenceOf(one) === signal.tag : ofTwin(one, machine, name)))
      .map((one) => asSignal(one, signal));
  });
  if (found.length > 0) return found;
  const what = signals.length === 0 ? `the machine "${machine}"` : `${signals.join(', ')} of "${machine}"`;
  throw new GemError('GEM_HISTORY_TAG', { why: `nothing of ${what} is stored` });
}

function ofTwin({ source, name }: HistoryTag, machine: string, signal: string): boolean {
  return source === machine && name === signal;
}

interface Signal {
  readonly tag?: string;
  readonly unit: string;
  readonly align: AlignPolicy;
  readonly staleMs?: number;
}

function signalsOf(entry: Config['machines'][string], model: Model | undefined): Map<string, Signal> {
  const specs = [...(model?.inputs ?? []), ...(model?.outputs ?? [])];
  const known = new Map<string, Signal>(specs.map(({ name, unit, align }) => [name, { unit, align }]));
  for (const [name, told] of Object.entries(entry.signals)) {
    const signal = resolveSignal(told);
    const { unit = '', align = 'linear' } = known.get(name) ?? {};
    if (!('tag' in signal)) continue;
    known.set(name, { tag: signal.tag, unit, align: alignOf(signal, align), staleMs: signal.missingMs });
  }
  for (const [name, told] of Object.entries(entry.extra)) {
    const extra = resolveExtra(told);
    const { tag, unit, missingMs: staleMs } = extra;
    known.set(name, { tag, unit, align: alignOf(extra, 'linear'), staleMs });
  }
  return known;
}

/** There is nothing between two states; and half-way from 359 to 1 degree is not 180. */
function alignOf({ align, kind }: Pick<SignalConfig, 'align' | 'kind'>, usual: AlignPolicy): AlignPolicy {
  const asked = align ?? usual;
  return asked === 'linear' && (kind === 'enum' || kind === 'angle') ? 'hold' : asked;
}

/** A 64-bit integer stays what it is: converted it would lose digits. */
function asSignal(tag: HistoryTag, { unit, align, staleMs }: Signal): ChosenTag {
  const isNumber = tag.kind === 'number' && tag.unit !== '' && unit !== '';
  const found = isNumber ? convertUnit(tag.unit, unit) : undefined;
  const told = found === undefined ? asItIs(tag) : { tag, unit, ...found };
  return { ...told, align, ...(staleMs === undefined ? {} : { staleMs }) };
}

function none(all: readonly HistoryTag[], tier: string): GemError {
  const others = all.length === 0 ? 'nothing is stored yet' : `nothing of tier ${tier} is stored`;
  return new GemError('GEM_HISTORY_TAG', { why: others });
}

function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  return `${names.slice(0, shown).join(', ')}${names.length > shown ? `, … (${names.length} in all)` : ''}`;
}
