// Two tunings over the same samples, machine by machine: what differs, in figures, and what cannot be compared. Pure.
import type { Config } from '../../config/schema.ts';
import type { HistoryTag } from '../../ports/history.ts';
import { wantedTags } from '../input.ts';
import type { OutputSummary } from '../statistics.ts';
import type { MachineAccount } from './account.ts';

/** Of the recorded tuning, then of the other one; null where it has none. */
export type Pair<T> = readonly [recorded: T | null, other: T | null];

export interface MachineComparison {
  readonly machine: string;
  readonly outputs: readonly {
    readonly output: string;
    readonly unit: string;
    /** RMS, in the sigmas of each tuning's own sensors, and in the unit. */
    readonly residualRms: Pair<number>;
    readonly errorRms: Pair<number>;
  }[];
  readonly divergence: { readonly mean: Pair<number>; readonly max: Pair<number> };
  /** Share of the frames, by mode. */
  readonly modes: Readonly<Record<string, Pair<number>>>;
  /** How often, by kind. */
  readonly news: Readonly<Record<string, Pair<number>>>;
  /** How much was added to each component that wore. */
  readonly wearGrowth: Readonly<Record<string, Pair<number>>>;
  /** At the end, of those that differ. */
  readonly parameters: Readonly<Record<string, Pair<number>>>;
}

export function compareMachines(
  recorded: readonly MachineAccount[],
  others: readonly MachineAccount[],
): MachineComparison[] {
  return recorded.flatMap((own) => {
    const other = others.find(({ machine, model }) => machine === own.machine && model === own.model);
    return other === undefined ? [] : [compare(own, other)];
  });
}

function compare(own: MachineAccount, other: MachineAccount): MachineComparison {
  return {
    machine: own.machine,
    outputs: own.outputs.flatMap((output) => outputPair(output, other)),
    divergence: {
      mean: [own.divergence.mean, other.divergence.mean],
      max: [own.divergence.max, other.divergence.max],
    },
    modes: pairs(own.modes, other.modes, 0),
    news: pairs(own.news, other.news, 0),
    wearGrowth: pairs(growth(own), growth(other), 0),
    parameters: differing(pairs(own.parameters, other.parameters, null)),
  };
}

function outputPair(output: OutputSummary, other: MachineAccount): MachineComparison['outputs'][number][] {
  const same = other.outputs.find((one) => one.output === output.output);
  const { residualRms, errorRms, unit } = output;
  if (residualRms === null && (same?.residualRms ?? null) === null) return [];
  return [
    {
      output: output.output,
      unit,
      residualRms: [residualRms, same?.residualRms ?? null],
      errorRms: [errorRms, same?.errorRms ?? null],
    },
  ];
}

function growth({ wearing }: MachineAccount): Record<string, number> {
  const grown = Object.entries(wearing).map(([name, [from, to]]) => [name, to - from] as const);
  return Object.fromEntries(grown.filter(([, more]) => more !== 0));
}

function pairs(
  own: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
  absent: number | null,
): Record<string, Pair<number>> {
  const names = new Set([...Object.keys(own), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, [own[name] ?? absent, other[name] ?? absent]]));
}

function differing(all: Readonly<Record<string, Pair<number>>>): Record<string, Pair<number>> {
  return Object.fromEntries(Object.entries(all).filter(([, [own, other]]) => own !== other));
}

/** For people. */
export function notComparable(recorded: Config, other: Config, tags: readonly HistoryTag[]): string[] {
  const kept = new Set(
    tags.flatMap(({ tier, source, name }) => (tier === 'raw' ? [`${source}/${name}`] : [])),
  );
  const wanted = wantedTags(other).map(({ source, tag }) => `${source}/${tag}`);
  const missing = wanted.filter((tag) => !kept.has(tag));
  const gone = Object.keys(recorded.machines).filter((id) => other.machines[id] === undefined);
  const fresh = Object.keys(other.machines).filter((id) => recorded.machines[id] === undefined);
  const another = Object.keys(other.machines).filter((id) => {
    const before = recorded.machines[id];
    return before !== undefined && before.model !== other.machines[id]!.model;
  });
  return [
    ...(missing.length === 0 ? [] : [`of these tags nothing is stored: ${some(missing)}`]),
    ...(gone.length === 0 ? [] : [`not in the other configuration: ${some(gone)}`]),
    ...(fresh.length === 0 ? [] : [`only in the other configuration: ${some(fresh)}`]),
    ...(another.length === 0 ? [] : [`of another model in the other configuration: ${some(another)}`]),
    'ranges, stamps and clocks were judged when the samples came: what a source of the other configuration would have made of them is not seen',
  ];
}

const someMax = 12;

function some(names: readonly string[]): string {
  const more = names.length - someMax;
  return `${names.slice(0, someMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
