// A calibration group, resolved: which numbers of the model are learnt together, from which outputs, when. Inside,
// a parameter is counted in prior sigmas from where it started: θ = 0 ± 1. Of an ekf, where it cannot be zero, on a
// logarithmic scale, since a thermal resistance is wrong by a factor and not by an amount.
import type { CalibrationRange, CalibrationSpec, Model } from '../model.ts';
import type { Influence } from './influence.ts';

export interface Range {
  readonly input: number;
  readonly atLeast: number;
  readonly atMost: number;
}

export interface Group {
  readonly spec: CalibrationSpec;
  readonly index: number;
  readonly outputs: Int32Array;
  readonly parameters: Int32Array;
  readonly states: Int32Array;
  readonly ranges: readonly Range[];
  /** Where its states come to rest. */
  readonly rest: { readonly input: number; readonly ranges: readonly Range[] } | undefined;
  /** Inputs its outputs depend on; of these the ones that are told as events. */
  readonly inputs: Int32Array;
  readonly events: Int32Array;
  readonly prior: Float64Array;
  readonly scale: Float64Array;
  readonly logarithmic: Uint8Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

export function resolveGroups(model: Model, influence: Influence, parameters: Float64Array): Group[] {
  return (model.calibration ?? []).map((spec, index) => resolve(model, spec, index, influence, parameters));
}

function resolve(
  model: Model,
  spec: CalibrationSpec,
  index: number,
  influence: Influence,
  start: Float64Array,
): Group {
  const outputs = indexesOf(model.outputs, spec.outputs);
  const parameters = indexesOf(model.parameters, spec.parameters);
  const specs = Array.from(parameters, (p) => model.parameters[p]!);
  const prior = Float64Array.from(parameters, (p) => start[p]!);
  const logarithmic = Uint8Array.from(specs, ({ min }, j) =>
    spec.method === 'ekf' && min > 0 && prior[j]! > 0 ? 1 : 0,
  );
  const inputs = Int32Array.from(model.inputs.keys()).filter((input) =>
    outputs.some((output) => influence.ofInput(input, output)),
  );
  return {
    ...{ spec, index, outputs, parameters, prior, logarithmic, inputs },
    states: indexesOf(model.states, spec.states ?? []),
    ranges: rangesOf(model, spec.when),
    rest: spec.rest && {
      input: indexOf(model.inputs, spec.rest.input),
      ranges: rangesOf(model, spec.rest.when),
    },
    events: inputs.filter((input) => model.inputs[input]!.align === 'previous'),
    scale: Float64Array.from(specs, (p, j) =>
      logarithmic[j] === 1 ? p.priorSigma / prior[j]! : p.priorSigma,
    ),
    min: Float64Array.from(specs, (p) => p.min),
    max: Float64Array.from(specs, (p) => p.max),
  };
}

function rangesOf(model: Model, when: readonly CalibrationRange[] = []): Range[] {
  return when.map(({ input, atLeast = 0, atMost = Number.POSITIVE_INFINITY }) => ({
    input: indexOf(model.inputs, input),
    atLeast,
    atMost,
  }));
}

function indexesOf(specs: readonly { readonly name: string }[], names: readonly string[]): Int32Array {
  return Int32Array.from(names, (name) => indexOf(specs, name));
}

function indexOf(specs: readonly { readonly name: string }[], name: string): number {
  const index = specs.findIndex((spec) => spec.name === name);
  if (index < 0) throw new RangeError(`the model calibrates ${name}, which it does not have`);
  return index;
}

export function parameterAt(group: Group, j: number, theta: number): number {
  const step = group.scale[j]! * theta;
  return group.logarithmic[j] === 1 ? group.prior[j]! * Math.exp(step) : group.prior[j]! + step;
}

export function thetaOf(group: Group, j: number, parameter: number): number {
  return group.logarithmic[j] === 1
    ? Math.log(parameter / group.prior[j]!) / group.scale[j]!
    : (parameter - group.prior[j]!) / group.scale[j]!;
}

/** One standard deviation in the parameter's unit, of one in θ at `parameter`; and back. */
export function sigmaAt(group: Group, j: number, parameter: number, sigma: number): number {
  return sigma * group.scale[j]! * (group.logarithmic[j] === 1 ? parameter : 1);
}

export function thetaSigmaOf(group: Group, j: number, parameter: number, sigma: number): number {
  return sigma / (group.scale[j]! * (group.logarithmic[j] === 1 ? parameter : 1));
}

/** θ of the parameter's bounds. */
export function thetaMin(group: Group, j: number): number {
  return thetaOf(group, j, group.min[j]!);
}

export function thetaMax(group: Group, j: number): number {
  return thetaOf(group, j, group.max[j]!);
}
