// What `gemel fit thermal` makes of a file: which columns heat, which are temperatures of which node, and how the
// answer is called by a model.
import type { FitAnswer, FitRecord } from '../core/fit/fit.ts';
import { fitThermal } from '../core/fit/thermal.ts';
import type { ThermalOptions, ThermalSource, ThermalVent } from '../core/fit/thermal-options.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { Range } from './assignments.ts';
import { nameParts, namingOf } from './naming.ts';
import type { FileLook } from './peek.ts';
import type { FitKind } from './run.ts';
import type { NamedUse } from './use.ts';
import { needed, useOf } from './uses.ts';

export interface ThermalWishes {
  /** Columns, each with the nodes it heats behind an @. */
  readonly heat: readonly string[];
  readonly copper: readonly string[];
  readonly speed: readonly string[];
  /** By node; `none` for one without a sensor. */
  readonly temp: readonly string[];
  readonly ambient?: string;
  readonly nodes?: 1 | 2 | 3 | 'auto';
  /** `last`, `each`, or a node, or a node and the column it leads to: `1=coolant`. */
  readonly cooled: readonly string[];
  readonly offsetSigma?: number;
  readonly robust: boolean;
  readonly known: Readonly<Record<string, number>>;
  readonly bounds: Readonly<Record<string, Range>>;
  readonly starts?: number;
  readonly seed?: number;
  /** Names of the nodes in a model, first to last. */
  readonly as?: string;
}

interface Source {
  readonly source: ThermalSource;
  readonly use: (look: FileLook) => NamedUse;
}

const units: Readonly<Record<ThermalSource['kind'], readonly string[]>> = {
  heat: ['W'],
  copper: ['A'],
  speed: ['rpm'],
};

/** Beyond it a residual counts by its size only. */
const usualHuber = 1.345;

export function thermalKind(wishes: ThermalWishes): FitKind {
  const sources = [
    ...wishes.heat.map((word, k) => sourceOf('heat', word, k)),
    ...wishes.copper.map((word, k) => sourceOf('copper', word, k)),
    ...wishes.speed.map((word, k) => sourceOf('speed', word, k)),
  ];
  const vents = ventsOf(wishes.cooled);
  /** By key: what the file calls them. */
  const names = new Map<string, string>();
  return {
    kind: 'thermal',
    uses(look) {
      if (sources.length === 0) throw needed(look, 'say with --heat, --copper or --speed what heats');
      if (wishes.temp.every((word) => word === 'none'))
        throw needed(look, 'say with --temp which temperature is measured');
      const uses = [
        ...sources.map(({ use }) => use(look)),
        ...temperaturesOf(look, wishes),
        ...vents.flatMap(({ use }) => (use === undefined ? [] : [use(look)])),
      ];
      for (const { key, mapping } of uses) names.set(key, mapping.column.name);
      return uses;
    },
    fit(record, onProgress) {
      const answer = fitThermal(record, { ...optionsOf(wishes, sources, vents), onProgress });
      checkNames(wishes, answer);
      return renamed(answer, names);
    },
    against: (record, answer) => [
      ...sources.map(({ source }) => againstOf(record, source.column, units[source.kind][0]!)),
      ...answer.traces
        .slice(0, 1)
        .map(({ output, unit, predicted }) => ({ name: output, unit, values: predicted })),
    ],
    naming: (answer) => (wishes.as === undefined ? undefined : nameThermal(answer, nameParts(wishes.as))),
  };
}

function temperaturesOf(look: FileLook, { temp, ambient }: ThermalWishes): NamedUse[] {
  const targets = ['degC'];
  const nodes = temp.flatMap((word, i) => {
    if (word === 'none') return [];
    return [useOf(look, { option: '--temp', word, key: `temp${i + 1}`, targets, need: 'sometimes' })];
  });
  if (ambient === undefined) return nodes;
  return [...nodes, useOf(look, { option: '--ambient', word: ambient, key: 'ambient', targets })];
}

function optionsOf(
  wishes: ThermalWishes,
  sources: readonly Source[],
  vents: readonly Vent[],
): ThermalOptions {
  const { nodes, offsetSigma, robust, known, bounds, starts, seed, temp, ambient, cooled } = wishes;
  const each = cooled[0] === 'each' ? ('each' as const) : undefined;
  const leaving = vents.length === 0 ? each : wholeVents(cooled, vents);
  return {
    sources: sources.map(({ source }) => source),
    measured: temp.map((word, i) => (word === 'none' ? undefined : `temp${i + 1}`)),
    ...(nodes === undefined ? {} : { nodes }),
    ...(ambient === undefined ? {} : { ambient: 'ambient' }),
    ...(leaving === undefined ? {} : { vents: leaving }),
    ...(offsetSigma === undefined ? {} : { offsetSigma }),
    ...(robust ? { huber: usualHuber } : {}),
    ...(starts === undefined ? {} : { starts }),
    ...(seed === undefined ? {} : { seed }),
    ...{ known, bounds },
  };
}

/** Which names there are depends on nodes and sources: what was given and not taken was a slip. */
function checkNames({ known, bounds }: ThermalWishes, { parameters }: FitAnswer): void {
  const names = parameters.flatMap(({ name }) => (name.startsWith('timeConstant') ? [] : [name]));
  for (const [option, words] of Object.entries({ known, bounds })) {
    const wrong = Object.keys(words).find((name) => !names.includes(name));
    if (wrong === undefined) continue;
    const hint = didYouMean(wrong, names) || `; there is ${names.join(', ')}`;
    throw new GemError('GEM_USAGE', { why: `--${option}: this chain has no "${wrong}"${hint}` });
  }
}

/** Temperatures as the file calls them. */
function renamed(answer: FitAnswer, names: ReadonlyMap<string, string>): FitAnswer {
  const traces = answer.traces.map((trace) => {
    const name = names.get(trace.output);
    return name === undefined
      ? trace
      : { ...trace, output: `${name} (node ${trace.output.replace('temp', '')})` };
  });
  return { ...answer, traces };
}

function againstOf({ columns }: FitRecord, name: string, unit: string) {
  return { name, unit, values: columns[name]! };
}

function sourceOf(kind: ThermalSource['kind'], word: string, index: number): Source {
  const [, column = word, nodes] = /^(.*)@(\d(?:,\d)*)$/.exec(word) ?? [];
  const key = index === 0 ? kind : `${kind}${index + 1}`;
  const into = nodes?.split(',').map(Number);
  return {
    source: { name: key, kind, column: key, ...(into === undefined ? {} : { into }) },
    use: (look) => useOf(look, { option: `--${kind}`, word: column, key, targets: units[kind] }),
  };
}

interface Vent {
  readonly vent: ThermalVent;
  readonly use: Source['use'] | undefined;
}

function ventsOf(words: readonly string[]): Vent[] {
  return words.flatMap((word): Vent[] => {
    if (word === 'last' || word === 'each') return [];
    const [, digit = '', column] = /^([123])(?:=(.+))?$/.exec(word) ?? [];
    if (digit === '') {
      const why = `--cooled ${word}: expected last, each, a node (1 to 3), or a node and what cools it: 1=coolant`;
      throw new GemError('GEM_USAGE', { why });
    }
    const node = Number(digit);
    if (column === undefined) return [{ vent: { node }, use: undefined }];
    const key = `cooling${node}`;
    const use = (look: FileLook) => useOf(look, { option: '--cooled', word: column, key, targets: ['degC'] });
    return [{ vent: { node, to: key }, use }];
  });
}

function wholeVents(words: readonly string[], vents: readonly Vent[]): ThermalVent[] {
  if (words.length !== vents.length)
    throw new GemError('GEM_USAGE', { why: '--cooled: last and each stand alone' });
  return vents.map(({ vent }) => vent);
}

/** `winding,housing`: capacities and resistances of a chain in the words of the house's models. */
function nameThermal({ parameters }: FitAnswer, nodes: readonly string[]) {
  const node = (digit: string | undefined) => nodes[Number(digit) - 1];
  return namingOf(parameters, (name) => {
    const [, capacity] = /^capacity(\d)$/.exec(name) ?? [];
    if (capacity !== undefined) return node(capacity) && `${node(capacity)}.capacity`;
    const [, from, to] = /^resistance(\d)(\d|a)$/.exec(name) ?? [];
    if (from !== undefined && (to === 'a' || Number(to) === Number(from) + 1))
      return node(from) && `${node(from)}.rth`;
    return name === 'copper.gain' ? node('1') && `${node('1')}.resistance` : undefined;
  });
}
