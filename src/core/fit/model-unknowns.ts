// What a fit of a model does not know: chosen parameters, where states start, how far sensors are off. From options
// to bounds and priors, and from a point of the search back to a model ready to run.
import type { CalibrationRange, Model } from '../model.ts';
import type { FitParameter, FitProgress } from './fit.ts';
import { indexOf, type ModelRows, type RunRows } from './model-rows.ts';
import { type ModelRun, newRun } from './model-run.ts';

export interface ModelFitOptions {
  readonly model: Model;
  readonly rows: ModelRows;
  /** Names of what is estimated, and of the outputs that tell. A CalibrationSpec has both. */
  readonly parameters: readonly string[];
  readonly outputs: readonly string[];
  /** By name: values of others, and where the search starts for those estimated. */
  readonly values?: Readonly<Record<string, number>>;
  /** model: the specifications' own; none when absent. */
  readonly priors?: 'model' | Readonly<Record<string, { readonly mean: number; readonly sigma: number }>>;
  /** By name: how sure values are that are given, as standard deviations. */
  readonly givenSigma?: Readonly<Record<string, number>>;
  /** Only rows like these teach; the model runs through all. */
  readonly when?: readonly CalibrationRange[];
  /** Standard deviation by output; the specification's sigma when absent. */
  readonly sigma?: Readonly<Record<string, number>>;
  /** The state before the first row, but for what inputs and sensors say. */
  readonly initial?: Float64Array;
  /** States whose start is estimated in each segment to fit, with the deviation from the first measurement. */
  readonly startSigma?: Readonly<Record<string, number>>;
  /** By output: its sensor may be off, with this deviation beforehand; 0: it is not. Thermometers are, if absent. */
  readonly offsetSigma?: Readonly<Record<string, number>>;
  /** Relative standard deviation of the gain of every sensor; 0.01 when absent. */
  readonly gainSigma?: number;
  /** The search looks at so many rows as one, before the end looks at each. For groups that are slow. */
  readonly searchEvery?: number;
  /** So does the end: only where inputs do not matter by their square within. */
  readonly every?: number;
  /** 1 when absent: the model's own values are a good start. */
  readonly starts?: number;
  readonly seed?: number;
  readonly huber?: number;
  readonly onProgress?: FitProgress;
}

export interface Target {
  readonly name: string;
  readonly index: number;
  readonly sigma: number;
}

/** What theta is: the model's parameters, then starts of states, then offsets of sensors. */
export interface Unknowns {
  readonly parameters: readonly FitParameter[];
  readonly indices: readonly number[];
  readonly starts: readonly { readonly segment: number; readonly state: number }[];
  /** Places among the targets. */
  readonly offsets: readonly number[];
  /** Starts that are as a sensor says, less what it is off by. */
  readonly read: readonly { readonly segment: number; readonly state: number; readonly target: number }[];
}

export function baseOf({ model, values }: ModelFitOptions): Float64Array {
  for (const name of Object.keys(values ?? {})) indexOf(model.parameters, name);
  return Float64Array.from(model.parameters, (spec) => values?.[spec.name] ?? spec.value);
}

export function unknownsOf(options: ModelFitOptions, rows: RunRows, targets: readonly Target[]): Unknowns {
  const { model, priors } = options;
  const off = targets.map((target) => offOf(options, target));
  const indices = options.parameters.map((name) => indexOf(model.parameters, name));
  const parameters = indices.map((index): FitParameter => {
    const { name, unit, about, value, min, max, priorSigma } = model.parameters[index]!;
    const prior = priors === 'model' ? { mean: value, sigma: priorSigma } : priors?.[name];
    const start = options.values?.[name] ?? value;
    return { name, unit, about, start, min, max, ...(prior === undefined ? {} : { prior }) };
  });
  const starts: { segment: number; state: number }[] = [];
  const run = newRun(model, rows, options.initial);
  for (const [segment, { use }] of rows.segments.entries()) {
    if (use !== 'fit' || rows.joined[segment] === true) continue;
    for (const [name, startSigma] of Object.entries(options.startSigma ?? {})) {
      const state = indexOf(model.states, name);
      const mean = run.starts[segment]![state]!;
      const by = targets.findIndex(({ index }) => model.outputs[index]!.observes?.state === name);
      const sigma = Math.hypot(startSigma, off[by] ?? 0);
      starts.push({ segment, state });
      parameters.push({
        name: `start.${name}${segment === 0 ? '' : `.${segment + 1}`}`,
        unit: model.states[state]!.unit,
        about: `Where ${name} starts`,
        ...{ start: mean, min: mean - 20 * sigma, max: mean + 20 * sigma, prior: { mean, sigma } },
      });
    }
  }
  const offsets = targets.flatMap((_, at) => (off[at]! > 0 ? [at] : []));
  for (const at of offsets) {
    const { name, index } = targets[at]!;
    const sigma = off[at]!;
    parameters.push({
      name: `offset.${name}`,
      unit: model.outputs[index]!.unit,
      about: `How far the sensor of ${name} is off`,
      ...{ start: 0, min: -10 * sigma, max: 10 * sigma, prior: { mean: 0, sigma } },
    });
  }
  const read = offsets.flatMap((target) => {
    const { observes } = model.outputs[targets[target]!.index]!;
    if (observes === undefined) return [];
    const state = indexOf(model.states, observes.state);
    return rows.segments.flatMap((_, segment) =>
      starts.some((start) => start.segment === segment && start.state === state)
        ? []
        : [{ segment, state, target }],
    );
  });
  return { parameters, indices, starts, offsets, read };
}

/** How far a thermometer may be off for good, of its sigma, where nobody says. Other sensors have a true zero. */
const offShare = 0.5;

function offOf({ model, offsetSigma }: ModelFitOptions, { name, index, sigma }: Target): number {
  return offsetSigma?.[name] ?? (model.outputs[index]!.unit === 'degC' ? offShare * sigma : 0);
}

export function spreadOut(
  { indices, starts, offsets, read }: Unknowns,
  base: Float64Array,
  run: ModelRun,
  width: number,
  theta: ArrayLike<number>,
): { parameters: Float64Array; starts: readonly Float64Array[]; offsets: Float64Array } {
  const parameters = base.slice();
  for (const [j, index] of indices.entries()) parameters[index] = theta[j]!;
  const states = run.starts.map((start) => start.slice());
  for (const [j, { segment, state }] of starts.entries()) {
    states[segment]![state] = theta[indices.length + j]!;
  }
  const off = new Float64Array(width);
  for (const [j, at] of offsets.entries()) off[at] = theta[indices.length + starts.length + j]!;
  for (const { segment, state, target } of read) {
    states[segment]![state] = states[segment]![state]! - off[target]!;
  }
  return { parameters, starts: states, offsets: off };
}
