// The structure of a thermal fit: what drives what, which sensors there are, and with parameter values, the network.
// Knows nothing of how the values are found.
import type { FitRecord } from './fit.ts';
import { FitRefusal } from './refusal.ts';
import type { ThermalNetwork } from './thermal-modes.ts';
import type { ThermalOptions, ThermalSource, ThermalVent } from './thermal-options.ts';
import { bridged, type ThermalChannel } from './thermal-runs.ts';
import type { ThermalDrive, ThermalFeedback } from './thermal-simulate.ts';

const roomTemperature = 25;
const copperAlpha = 0.00393;

export interface PlannedSource extends ThermalSource {
  readonly name: string;
  readonly into: readonly number[];
  readonly alpha: number;
  readonly reference: number;
}

export interface PlannedVent extends ThermalVent {
  readonly parameter: string;
  /** Which channel tells where it leads to. */
  readonly channel: number;
}

export interface ThermalPlan {
  readonly record: FitRecord;
  readonly nodes: number;
  readonly sources: readonly PlannedSource[];
  readonly vents: readonly PlannedVent[];
  /** Sources first, as many and in this order; then what the vents lead to. */
  readonly channels: readonly ThermalChannel[];
  /** The channel that is 1, to be multiplied by the ambient temperature as a parameter; none when it is a column. */
  readonly constant: number | undefined;
  readonly measured: readonly (Float64Array | undefined)[];
  readonly names: readonly string[];
}

/** By parameter name. */
export type ThermalValues = Readonly<Record<string, number>>;

export function planThermal(record: FitRecord, nodes: number, options: ThermalOptions): ThermalPlan {
  const names = options.measured ?? ['temp1', 'temp2', 'temp3'];
  const measured = Array.from({ length: nodes }, (_, i) => {
    const name = names[i];
    return name === undefined ? undefined : record.columns[name];
  });
  if (measured.every((column) => column === undefined)) {
    throw new FitRefusal('no measured temperature: a thermal fit needs a column temp1, temp2 or temp3');
  }
  const sources = sourcesOf(record, options).map((source) => plannedSource(record, source, nodes));
  const channels: ThermalChannel[] = sources.map((source) => ({
    values: bridged(record, powerOf(record, source, startExponent(source))),
    between: source.between ?? 'linear',
  }));
  const targets: (string | undefined)[] = [];
  const vents = ventsOf(options, nodes).map((vent) => {
    if (vent.node > nodes) throw new FitRefusal(`heat cannot leave at node ${vent.node}: there are ${nodes}`);
    const named = vent.to ?? options.ambient ?? 'ambient';
    if (vent.to !== undefined || options.ambient !== undefined) columnOf(record, named);
    const target = record.columns[named] === undefined ? undefined : named;
    if (!targets.includes(target)) targets.push(target);
    const parameter = `resistance${vent.node}${vent.to === undefined ? 'a' : `.${vent.to}`}`;
    return { ...vent, parameter, channel: sources.length + targets.indexOf(target) };
  });
  for (const target of targets) channels.push({ values: outside(record, target), between: 'linear' });
  const at = targets.indexOf(undefined);
  const constant = at < 0 ? undefined : sources.length + at;
  return { record, nodes, sources, vents, channels, constant, measured, names: names.map((n) => n ?? '') };
}

function outside(record: FitRecord, column: string | undefined): Float64Array {
  if (column === undefined) return new Float64Array(record.timeS.length).fill(1);
  return bridged(record, record.columns[column]!);
}

function sourcesOf(record: FitRecord, options: ThermalOptions): readonly ThermalSource[] {
  if (options.sources !== undefined && options.sources.length > 0) return options.sources;
  if (record.columns['heat'] !== undefined) return [{ kind: 'heat', column: 'heat' }];
  if (record.columns['current'] !== undefined) return [{ kind: 'copper', column: 'current' }];
  throw new FitRefusal('nothing heats: a thermal fit needs a column heat or current, or a list of sources');
}

function plannedSource(record: FitRecord, source: ThermalSource, nodes: number): PlannedSource {
  const column = columnOf(record, source.column);
  const into = source.into ?? [1];
  const wrong = into.find((node) => !(node >= 1 && node <= nodes));
  if (wrong !== undefined)
    throw new FitRefusal(`${source.column} heats node ${wrong}, and there are ${nodes}`);
  const highest = column.reduce((most, x) => (Math.abs(x) > most ? Math.abs(x) : most), 0);
  if (highest === 0)
    throw new FitRefusal(`${source.column} is zero throughout: nothing can be learnt from it`);
  return {
    ...source,
    name: source.name ?? source.column,
    into,
    alpha: source.kind === 'copper' ? (source.alpha ?? copperAlpha) : 0,
    reference: source.reference ?? highest,
  };
}

function columnOf(record: FitRecord, name: string): Float64Array {
  const column = record.columns[name];
  if (column === undefined) throw new FitRefusal(`there is no column ${name}`);
  return column;
}

function ventsOf({ vents }: ThermalOptions, nodes: number): readonly ThermalVent[] {
  if (vents === undefined || vents === 'last') return [{ node: nodes }];
  if (vents === 'each') return Array.from({ length: nodes }, (_, i) => ({ node: i + 1 }));
  if (vents.length === 0) throw new FitRefusal('heat must leave somewhere: no node leads to the ambient');
  return vents;
}

export function startExponent({ exponent }: ThermalSource): number {
  return typeof exponent === 'number' ? exponent : 1.5;
}

/** What a unit of gain gives, row by row. */
export function powerOf(record: FitRecord, source: PlannedSource, exponent: number): Float64Array {
  const column = record.columns[source.column]!;
  if (source.kind === 'heat') return column;
  if (source.kind === 'copper') return column.map((x) => x * x);
  const { reference } = source;
  return column.map((x) => (Math.abs(x) / reference) ** exponent);
}

export function networkOf(plan: ThermalPlan, values: ThermalValues): ThermalNetwork {
  return {
    capacities: Array.from({ length: plan.nodes }, (_, i) => values[`capacity${i + 1}`]!),
    between: Array.from({ length: plan.nodes - 1 }, (_, i) => values[`resistance${i + 1}${i + 2}`]!),
    vents: plan.vents.map(({ node, parameter }) => ({ node: node - 1, resistance: values[parameter]! })),
  };
}

export function driveOf(plan: ThermalPlan, values: ThermalValues): ThermalDrive {
  const n = plan.nodes;
  const into = new Float64Array(plan.channels.length * n);
  const feedback: ThermalFeedback[] = [];
  for (const [channel, source] of plan.sources.entries()) {
    const gain = values[`${source.name}.gain`]!;
    const shares = sharesOf(source, values);
    const cold = gain * (1 - source.alpha * roomTemperature);
    for (const [at, node] of source.into.entries()) into[channel * n + node - 1] = cold * shares[at]!;
    if (source.alpha === 0) continue;
    const warm = new Float64Array(n);
    for (const [at, node] of source.into.entries()) warm[node - 1] = gain * source.alpha * shares[at]!;
    feedback.push({ channel, sense: source.into[0]! - 1, into: warm });
  }
  for (const { node, parameter, channel } of plan.vents) {
    const at = channel * n + node - 1;
    const target = channel === plan.constant ? values['ambient']! : 1;
    into[at] = into[at]! + target / values[parameter]!;
  }
  return { into, feedback };
}

/** Of the nodes a source enters; the first one gets what is left. */
function sharesOf({ into, name }: PlannedSource, values: ThermalValues): number[] {
  const others = into.slice(1).map((node) => values[`${name}.share${node}`]!);
  return [Math.max(0, 1 - others.reduce((sum, share) => sum + share, 0)), ...others];
}
