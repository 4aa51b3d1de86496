// What `gemel fit machine` does: runs a recording through the replay hall, and fits a group of the parameters of the
// machine's own model to what its sensors said.
import { basename } from 'node:path';
import type { FitAnswer, FitRecord } from '../core/fit/fit.ts';
import { fitModel } from '../core/fit/model-fit.ts';
import type { CalibrationSpec, Model } from '../core/model.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { Range } from './assignments.ts';
import type { Against, Fitted, NamedValue } from './fitted.ts';
import { type FrameWishes, framesOf, type MachineFrames } from './machine-frames.ts';
import { fitOrRefuse } from './run.ts';
import { splitLast } from './split.ts';

export interface MachineWishes extends FrameWishes {
  readonly group: string;
  /** Only these of the group. */
  readonly fit?: readonly string[];
  readonly known: Readonly<Record<string, number>>;
  readonly bounds: Readonly<Record<string, Range>>;
  /** Holds the search to what the model expects, as far as it is sure of it. */
  readonly priors: boolean;
  readonly validate: number | string;
  readonly starts?: number;
  readonly seed?: number;
  readonly robust: boolean;
  /** Relative standard deviation of the gain of the sensors; absent: as `fitModel` takes it. */
  readonly gainSigma?: number;
}

/** Slow groups are searched on about so many rows. */
const searchRows = 4000;
const usualHuber = 1.345;
/** Where a state that no sensor tells may start, in its own unit. */
const hiddenStartSigma = 5;

export async function fitMachine(wishes: MachineWishes): Promise<Fitted> {
  const began = performance.now();
  const { model, validate, onProgress } = wishes;
  const plan = planOf(wishes);
  const share = typeof validate === 'string' ? 0.25 : 0.4;
  const learn = await framesOf({ ...wishes, onProgress: (part) => onProgress(part * share) });
  const judge = typeof validate === 'string' ? await judgeFrames(wishes, validate, share) : validate;
  const all = typeof judge === 'number' ? learn : joined(learn, judge);
  const record = recordOf(model, all, learn, judge);
  const outputs = measuredOutputs(plan.group, model, all);
  const answer = fitOrRefuse(learn.file, () => ({
    ...fitModel({
      ...optionsOf(wishes, plan, outputs, all, record),
      onProgress: (part) => onProgress(2 * share + part * (1 - 2 * share)),
    }),
  }));
  return {
    kind: 'machine',
    file: learn.file,
    judgeFile: typeof validate === 'string' ? basename(validate) : undefined,
    answer: withKnown(answer, wishes),
    record,
    data: {
      ...{ rows: learn.rows, usable: learn.rows, stepS: learn.stepS, timeFrom: 'the replay' },
      ...{ startMs: learn.startMs, columns: [], notes: learn.notes },
    },
    naming: { values: namedOf(answer, wishes), left: [] },
    against: againstOf(plan.group, record, model, answer),
    ...{ tables: [], extras: {}, abscissa: { name: 'time', unit: 's' } },
    tookS: (performance.now() - began) / 1000,
  };
}

interface Plan {
  readonly group: CalibrationSpec;
  readonly parameters: readonly string[];
}

function planOf({ model, group, fit, known, bounds }: MachineWishes): Plan {
  const groups = model.calibration ?? [];
  const found = groups.find(({ name }) => name === group);
  if (found === undefined)
    throw unknown(
      '--group',
      group,
      groups.map(({ name }) => name),
      'group of parameters',
    );
  const names = model.parameters.map(({ name }) => name);
  const words = [...Object.keys(known), ...Object.keys(bounds), ...(fit ?? [])];
  const wrong = words.find((name) => !names.includes(name));
  if (wrong !== undefined) throw unknown('', wrong, [...found.parameters, ...names], 'parameter');
  const parameters = (fit ?? found.parameters).filter((name) => known[name] === undefined);
  return { group: found, parameters };
}

function unknown(option: string, word: string, names: readonly string[], what: string): GemError {
  const hint = didYouMean(word, names) || `; there is ${names.slice(0, 12).join(', ')}`;
  const why = `${option === '' ? '' : `${option}: `}the model has no ${what} "${word}"${hint}`;
  return new GemError('GEM_USAGE', { why });
}

async function judgeFrames(wishes: MachineWishes, file: string, share: number): Promise<MachineFrames> {
  const { from: _from, to: _to, ...others } = wishes;
  return framesOf({ ...others, file, onProgress: (part) => wishes.onProgress(share + part * share) });
}

/** One after the other, a pause between them. */
function joined(a: MachineFrames, b: MachineFrames): MachineFrames {
  const shiftS = (a.timeS.at(-1) ?? 0) + 100 * a.stepS;
  const both = (first: Float64Array, second: Float64Array) => {
    const column = new Float64Array(first.length + second.length);
    column.set(first);
    column.set(second, first.length);
    return column;
  };
  return {
    ...a,
    rows: a.rows + b.rows,
    timeS: both(
      a.timeS,
      b.timeS.map((atS) => atS + shiftS),
    ),
    inputs: a.inputs.map((column, i) => both(column, b.inputs[i]!)),
    outputs: a.outputs.map((column, o) => both(column, b.outputs[o]!)),
    spans: [...a.spans, ...b.spans.map(({ from, to }) => ({ from: from + a.rows, to: to + a.rows }))],
  };
}

function recordOf(
  model: Model,
  all: MachineFrames,
  learn: MachineFrames,
  judge: MachineFrames | number,
): FitRecord {
  const columns = Object.fromEntries([
    ...model.inputs.map(({ name }, i) => [name, all.inputs[i]!] as const),
    ...model.outputs.map(({ name }, o) => [name, all.outputs[o]!] as const),
  ]);
  const segments =
    typeof judge === 'number'
      ? splitLast(all.spans, judge)
      : all.spans.map((span) => ({
          ...span,
          use: span.from < learn.rows ? ('fit' as const) : ('validation' as const),
        }));
  return { timeS: all.timeS, columns, segments };
}

function measuredOutputs(
  { name, outputs }: CalibrationSpec,
  model: Model,
  { outputs: columns, file }: MachineFrames,
) {
  const there = outputs.filter((output) =>
    columns[model.outputs.findIndex((spec) => spec.name === output)]!.some(Number.isFinite),
  );
  if (there.length > 0) return there;
  const why = `it has no measured ${outputs.join(', ')}, which the group ${name} learns from`;
  throw new GemError('GEM_FIT_IMPOSSIBLE', { file, why });
}

function optionsOf(
  wishes: MachineWishes,
  { group, parameters }: Plan,
  outputs: readonly string[],
  frames: MachineFrames,
  record: FitRecord,
) {
  const { config, machine, bounds, known, priors, starts, seed, robust, gainSigma } = wishes;
  const { timeS } = frames;
  const dtS = timeS.map((atS, row) => (row === 0 ? frames.stepS : atS - timeS[row - 1]!));
  const slow = group.method === 'ekf';
  return {
    model: bounded(wishes.model, bounds),
    rows: { dtS, inputs: frames.inputs, outputs: frames.outputs, segments: record.segments },
    ...{ parameters, outputs },
    values: { ...(config.machines[machine]?.parameters ?? {}), ...known },
    ...(priors ? { priors: 'model' as const } : {}),
    ...(group.when === undefined ? {} : { when: group.when }),
    ...(slow ? { startSigma: startsOf(group, wishes.model, outputs) } : {}),
    ...(slow ? { searchEvery: Math.max(1, Math.ceil(frames.rows / searchRows)) } : {}),
    ...(starts === undefined ? {} : { starts }),
    ...(seed === undefined ? {} : { seed }),
    ...(gainSigma === undefined ? {} : { gainSigma }),
    ...(robust ? { huber: usualHuber } : {}),
  };
}

/** A state that a sensor tells starts near where it says. */
function startsOf({ states = [] }: CalibrationSpec, model: Model, outputs: readonly string[]) {
  return Object.fromEntries(
    states.map((state) => {
      const told = model.outputs.find(
        ({ name, observes }) => observes?.state === state && outputs.includes(name),
      );
      return [state, told?.sigma ?? hiddenStartSigma];
    }),
  );
}

function bounded(model: Model, bounds: Readonly<Record<string, Range>>): Model {
  if (Object.keys(bounds).length === 0) return model;
  const parameters = model.parameters.map((spec) => ({ ...spec, ...bounds[spec.name] }));
  return { ...model, parameters };
}

function withKnown(answer: FitAnswer, { known, model }: MachineWishes): FitAnswer {
  const given = Object.entries(known).map(([name, value]) => {
    const { unit, about } = model.parameters.find((spec) => spec.name === name)!;
    const sure = { sigma: Number.NaN, low95: value, high95: value, known: true, atBound: false };
    return { name, unit, about, value, ...sure };
  });
  return { ...answer, parameters: [...answer.parameters, ...given] };
}

/** What a configuration has a place for: starts of states and offsets of sensors are of this recording only. */
function namedOf(answer: FitAnswer, { model, known }: MachineWishes): NamedValue[] {
  const names = new Set(model.parameters.map(({ name }) => name));
  const given = withKnown({ ...answer, parameters: [] }, { known, model } as MachineWishes).parameters;
  return [...answer.parameters.filter(({ name }) => names.has(name)), ...given];
}

function againstOf(
  { when = [] }: CalibrationSpec,
  { columns }: FitRecord,
  model: Model,
  { traces }: FitAnswer,
): Against[] {
  const inputs = new Set(when.filter(({ atLeast }) => atLeast !== undefined).map(({ input }) => input));
  return [
    ...model.inputs
      .filter(({ name }) => inputs.has(name))
      .map(({ name, unit }) => ({ name, unit, values: columns[name]! })),
    ...traces.slice(0, 1).map(({ output, unit, predicted }) => ({ name: output, unit, values: predicted })),
  ];
}
