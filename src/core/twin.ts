// A twin: a model, a parameter set and a live state. Numbers only; follow.ts moves it.
// A fork shares the model and nothing else: what happens to it never touches the twin it came from.
import type { Model } from './model.ts';

/** So many residuals of an output are kept, for the one in the middle. */
export const recentMax = 5;

export interface Twin {
  readonly model: Model;
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  /** Inputs of the last step: what a scenario starts from, and what stands in for a missing input. */
  readonly input: Float64Array;
  readonly output: Float64Array;
  /** By output: exponentially weighted mean square of (residual / span), and how much of a window it has seen. */
  readonly meanSquare: Float64Array;
  readonly seen: Float64Array;
  /** By output: seconds since it was last compared, Infinity before; and the mean square of its residual up to then. */
  readonly unseenS: Float64Array;
  readonly spread: Float64Array;
  /** By output, a row each: the last of its ratios residual / span, newest first, and how many there are. */
  readonly recent: Float64Array;
  readonly recentCount: Float64Array;
  /** By input: 1 while it does not come, and before it ever came. */
  readonly absent: Float64Array;
  /** [seconds above the divergence limit, 1 once that has been told] */
  readonly diverged: Float64Array;
  /** [seconds offline, 0 while followed; how much of the last step it held still] */
  readonly offline: Float64Array;
}

/** The model's parameters, but for those given. */
export function parametersOf(model: Model, overrides: Readonly<Record<string, number>> = {}): Float64Array {
  return Float64Array.from(model.parameters, (spec) => overrides[spec.name] ?? spec.value);
}

export function newTwin(model: Model, parameters: Float64Array = parametersOf(model)): Twin {
  return {
    model,
    parameters: parameters.slice(),
    state: Float64Array.from(model.states, (spec) => spec.initial),
    input: Float64Array.from(model.inputs, (spec) => spec.initial),
    output: Float64Array.from(model.outputs, (spec) => spec.initial),
    meanSquare: new Float64Array(model.outputs.length),
    seen: new Float64Array(model.outputs.length),
    unseenS: new Float64Array(model.outputs.length).fill(Number.POSITIVE_INFINITY),
    spread: new Float64Array(model.outputs.length),
    recent: new Float64Array(model.outputs.length * recentMax),
    recentCount: new Float64Array(model.outputs.length),
    absent: new Float64Array(model.inputs.length).fill(1),
    diverged: new Float64Array(2),
    offline: new Float64Array(2),
  };
}

const columns = [
  'parameters',
  'state',
  'input',
  'output',
  'meanSquare',
  'seen',
  'unseenS',
  'spread',
  'recent',
  'recentCount',
  'absent',
  'diverged',
  'offline',
] as const;

export function forkTwin(twin: Twin): Twin {
  const copies = Object.fromEntries(columns.map((column) => [column, twin[column].slice()]));
  return { ...(copies as unknown as Twin), model: twin.model };
}

/** All numbers of a twin in one array, in the order of `columns`. */
export function snapshotTwin(twin: Twin): Float64Array {
  const all = new Float64Array(columns.reduce((sum, column) => sum + twin[column].length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(twin[column], at);
    at += twin[column].length;
  }
  return all;
}

export function restoreTwin(twin: Twin, snapshot: Float64Array): void {
  let at = 0;
  for (const column of columns) {
    twin[column].set(snapshot.subarray(at, at + twin[column].length));
    at += twin[column].length;
  }
}
