// The parameters of a thermal fit: names, units, where the search looks. What must be positive is sought by its
// logarithm. Scale: when neither a heat nor a resistance nor a capacity is known, heat has no unit of its own.
import type { FitParameter } from './fit.ts';
import type { ThermalOptions } from './thermal-options.ts';
import { type PlannedSource, startExponent, type ThermalPlan, type ThermalValues } from './thermal-plan.ts';
import { usualStepS } from './thermal-runs.ts';

export interface ThermalParameter {
  readonly name: string;
  readonly unit: string;
  readonly about: string;
  /** Its logarithm is sought. */
  readonly log: boolean;
  readonly start: number;
  readonly min: number;
  readonly max: number;
  readonly prior: { readonly mean: number; readonly sigma: number } | undefined;
  readonly known: boolean;
}

export interface ThermalParameters {
  readonly all: readonly ThermalParameter[];
  readonly wanted: readonly ThermalParameter[];
  /** W, or what stands for it. */
  readonly heatUnit: string;
  readonly warnings: readonly string[];
}

/** Rough sizes the data suggest before anything is fitted. */
interface Guess {
  /** Whole resistance between the first sensor and what it cools to. */
  readonly resistance: number;
  readonly slowS: number;
  readonly fastS: number;
  readonly ambient: number;
}

export function parametersOfPlan(plan: ThermalPlan, options: ThermalOptions): ThermalParameters {
  const scale = scaleOf(plan, options);
  const known: Record<string, number> = { ...scale.known, ...options.known };
  const guess = guessOf(plan, known);
  const all = [
    ...networkParameters(plan, guess, scale.heatUnit),
    ...plan.sources.flatMap((source) => sourceParameters(source, plan, scale.heatUnit)),
    ...outsideParameters(plan, guess, options),
  ].map((parameter): ThermalParameter => {
    const value = known[parameter.name];
    const prior = options.priors?.[parameter.name] ?? parameter.prior;
    if (value !== undefined) return { ...parameter, start: value, prior: undefined, known: true };
    return within(
      { ...parameter, start: prior?.mean ?? parameter.start, prior },
      options.bounds?.[parameter.name],
    );
  });
  return { all, wanted: all.filter((p) => !p.known), heatUnit: scale.heatUnit, warnings: scale.warnings };
}

function within(
  parameter: ThermalParameter,
  asked: { readonly min: number; readonly max: number } | undefined,
): ThermalParameter {
  if (asked === undefined) return parameter;
  // A logarithm has no place for 0.
  const min = parameter.log ? Math.max(asked.min, 1e-9 * asked.max) : asked.min;
  return { ...parameter, min, max: asked.max, start: Math.min(Math.max(parameter.start, min), asked.max) };
}

/** Gains that are known, and what heat is counted in. */
function scaleOf(
  plan: ThermalPlan,
  options: ThermalOptions,
): { known: Record<string, number>; heatUnit: string; warnings: string[] } {
  const known: Record<string, number> = {};
  for (const source of plan.sources) {
    const gain = source.gain ?? (source.kind === 'heat' ? 1 : 'estimate');
    if (gain !== 'estimate') known[`${source.name}.gain`] = gain;
    if (source.kind === 'speed' && typeof source.exponent === 'number') {
      known[`${source.name}.exponent`] = source.exponent;
    }
  }
  const fixes = (name: string): boolean => /^(capacity|resistance)\d|\.gain$/.test(name);
  const told = [known, options.known ?? {}, options.priors ?? {}].flatMap((group) => Object.keys(group));
  if (told.some(fixes)) return { known, heatUnit: options.heatUnit ?? 'W', warnings: [] };
  const [first] = plan.sources;
  known[`${first!.name}.gain`] = 1;
  const heatUnit = first!.kind === 'copper' ? 'A²' : first!.kind === 'heat' ? (options.heatUnit ?? 'u') : 'u';
  return {
    known,
    heatUnit,
    warnings: [
      `no heat, resistance or capacity is known in watts, so heat is counted in ${heatUnit} of ` +
        `${first!.column}: resistances are K/${heatUnit}, and only temperatures and time constants are absolute`,
    ],
  };
}

function networkParameters(plan: ThermalPlan, guess: Guess, heatUnit: string): ThermalParameter[] {
  const { nodes } = plan;
  const each = guess.resistance / nodes;
  const positive = (name: string, unit: string, about: string, start: number): ThermalParameter => ({
    ...{ name, unit, about, log: true, start, prior: undefined, known: false },
    min: start * 1e-5,
    max: start * 1e5,
  });
  const unit = heatUnit === 'W' ? 'J/K' : `${heatUnit}·s/K`;
  const capacities = Array.from({ length: nodes }, (_, i) => {
    const spread = nodes === 1 ? 1 : i / (nodes - 1);
    const tauS =
      nodes === 1
        ? Math.sqrt(guess.fastS * guess.slowS)
        : guess.fastS ** (1 - spread) * guess.slowS ** spread;
    return positive(`capacity${i + 1}`, unit, `Heat capacity of node ${i + 1}`, tauS / each);
  });
  const between = Array.from({ length: nodes - 1 }, (_, i) =>
    positive(
      `resistance${i + 1}${i + 2}`,
      `K/${heatUnit}`,
      `Thermal resistance between nodes ${i + 1} and ${i + 2}`,
      each,
    ),
  );
  const vents = plan.vents.map(({ node, to, parameter }) => {
    const target = to ?? 'ambient';
    const about = `Thermal resistance from node ${node} to ${target}`;
    return positive(parameter, `K/${heatUnit}`, about, each * (node === nodes ? 1 : 5));
  });
  return [...capacities, ...between, ...vents];
}

function sourceParameters(source: PlannedSource, plan: ThermalPlan, heatUnit: string): ThermalParameter[] {
  const { name, kind, column, into } = source;
  const start = kind === 'speed' ? typicalHeat(plan) : 1;
  const about = {
    heat: `Heat by unit of ${column}`,
    copper: `Electrical resistance at 25 °C that ${column} heats`,
    speed: `Loss at ${Number(source.reference.toPrecision(6))} of ${column}`,
  }[kind];
  const unit = kind === 'copper' ? (heatUnit === 'W' ? 'ohm' : `${heatUnit}/A²`) : heatUnit;
  const free = { prior: undefined, known: false };
  const rows: ThermalParameter[] = [
    { ...free, name: `${name}.gain`, unit, about, log: true, start, min: start * 1e-6, max: start * 1e6 },
  ];
  for (const node of into.slice(1)) {
    const share = {
      name: `${name}.share${node}`,
      unit: 'ratio',
      about: `Share of it that enters node ${node}`,
    };
    rows.push({ ...free, ...share, log: false, start: 0.5 / into.length, min: 0, max: 1 });
  }
  if (kind === 'speed') {
    const exponent = { name: `${name}.exponent`, unit: '1', about: `How the loss grows with ${column}` };
    rows.push({ ...free, ...exponent, log: false, start: startExponent(source), min: 0.2, max: 4 });
  }
  return rows;
}

function outsideParameters(plan: ThermalPlan, guess: Guess, options: ThermalOptions): ThermalParameter[] {
  const rows: ThermalParameter[] = [];
  const free = { unit: 'degC', log: false, known: false };
  if (plan.constant !== undefined) {
    const { ambient } = guess;
    const about = 'Ambient temperature, taken as constant';
    const bounds = { start: ambient, min: ambient - 100, max: ambient + 100 };
    rows.push({ ...free, ...bounds, name: 'ambient', about, prior: undefined });
  }
  const sigma = options.offsetSigma;
  if (sigma === undefined) return rows;
  const sensors = plan.measured.flatMap((column, i) => (column === undefined ? [] : [i + 1]));
  // With a constant ambient temperature to be found too, the first sensor is what all temperatures refer to.
  for (const node of plan.constant === undefined ? sensors : sensors.slice(1)) {
    const about = `Offset of the sensor of node ${node}`;
    const bounds = { start: 0, min: -10 * sigma, max: 10 * sigma };
    rows.push({ ...free, ...bounds, name: `offset${node}`, about, prior: { mean: 0, sigma } });
  }
  return rows;
}

function guessOf(plan: ThermalPlan, known: ThermalValues): Guess {
  const { record, constant } = plan;
  const first = plan.measured.find((column) => column !== undefined)!;
  const lowest = first.reduce((least, x) => (x < least ? x : least), Number.POSITIVE_INFINITY);
  const ambient = constant === undefined ? undefined : (known['ambient'] ?? lowest);
  const outside = plan.channels[plan.vents[0]!.channel]!.values;
  const gains = plan.sources.map(({ name }) => known[`${name}.gain`] ?? 0);
  let durationS = 0;
  let rise = 0;
  let watts = 0;
  let rows = 0;
  for (const { from, to, use } of record.segments) {
    if (use !== 'fit') continue;
    durationS = Math.max(durationS, record.timeS[to - 1]! - record.timeS[from]!);
    for (let row = from; row < to; row++) {
      const above = first[row]! - (ambient ?? outside[row]!);
      const heat = gains.reduce((sum, gain, c) => sum + gain * plan.channels[c]!.values[row]!, 0);
      if (!Number.isFinite(above + heat)) continue;
      rise += above;
      watts += heat;
      rows++;
    }
  }
  const mean = rows > 0 ? watts / rows : 0;
  const resistance = Math.abs((rise / Math.max(1, rows) || 1) / (mean || typicalHeat(plan)));
  const fastS = Math.max(3 * usualStepS(record), durationS / 300);
  return { resistance, fastS, slowS: Math.max(durationS / 8, 2 * fastS), ambient: ambient ?? 20 };
}

/** What the first source gives by a gain of 1, on average: the size of heat where nothing says it. */
function typicalHeat(plan: ThermalPlan): number {
  let sum = 0;
  let count = 0;
  for (const x of plan.channels[0]!.values) {
    if (!Number.isFinite(x)) continue;
    sum += Math.abs(x);
    count++;
  }
  return sum / count || 1;
}

export function searchParameter(parameter: ThermalParameter): FitParameter {
  const { name, unit, about, log, start, min, max, prior } = parameter;
  if (!log) return { name, unit, about, start, min, max, ...(prior === undefined ? {} : { prior }) };
  const logged = { name, unit, about, start: Math.log(start), min: Math.log(min), max: Math.log(max) };
  if (prior === undefined) return logged;
  return { ...logged, prior: { mean: Math.log(prior.mean), sigma: prior.sigma / prior.mean } };
}

/** By name, those that are known among them. */
export function valuesAt({ all, wanted }: ThermalParameters, theta: ArrayLike<number>): ThermalValues {
  const values: Record<string, number> = {};
  for (const { name, start } of all) values[name] = start;
  for (const [j, { name, log }] of wanted.entries()) values[name] = log ? Math.exp(theta[j]!) : theta[j]!;
  return values;
}
