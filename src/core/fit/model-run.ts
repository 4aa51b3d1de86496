// Runs a model freely over rows: from a start, with parameters, never corrected. What a fit compares with.
import type { Model } from '../model.ts';
import { indexOf, type ModelRows, type RunRows } from './model-rows.ts';

export interface ModelRun {
  readonly model: Model;
  readonly rows: RunRows;
  /** By segment: the state before its first row. */
  readonly starts: readonly Float64Array[];
}

export function newRun(model: Model, rows: RunRows, initial?: Float64Array): ModelRun {
  return {
    model,
    rows,
    starts: rows.segments.map(({ from, to }) => startAt(model, rows, from, to, initial)),
  };
}

/** As given, but what follows an input from there, and what a sensor observes as it first says. */
function startAt(
  model: Model,
  rows: ModelRows,
  from: number,
  to: number,
  initial: Float64Array | undefined,
): Float64Array {
  const x = initial?.slice() ?? Float64Array.from(model.states, (spec) => spec.initial);
  for (const [s, { follows }] of model.states.entries()) {
    if (follows === undefined) continue;
    const first = firstKnown(rows.inputs[indexOf(model.inputs, follows)], from, to);
    if (first !== undefined) x[s] = first;
  }
  for (const [o, { observes }] of model.outputs.entries()) {
    if (observes === undefined) continue;
    const first = firstKnown(rows.outputs[o], from, to);
    if (first !== undefined) x[indexOf(model.states, observes.state)] = first;
  }
  return x;
}

function firstKnown(column: Float64Array | undefined, from: number, to: number): number | undefined {
  for (let row = from; row < to; row++) {
    const value = column?.[row];
    if (value !== undefined && !Number.isNaN(value)) return value;
  }
  return undefined;
}

/** `tell` after each row with the model's outputs; `starts` by segment, for those that do not go on from another. */
export function runModel(
  { model, rows }: ModelRun,
  parameters: Float64Array,
  starts: readonly Float64Array[],
  tell: (row: number, y: Float64Array) => void,
): void {
  const { inputs, dtS, joined } = rows;
  const x = new Float64Array(model.states.length);
  const u = Float64Array.from(model.inputs, (spec) => spec.initial);
  const y = Float64Array.from(model.outputs, (spec) => spec.initial);
  for (const [k, { from, to }] of rows.segments.entries()) {
    if (joined[k] !== true) x.set(starts[k]!);
    for (let row = from; row < to; row++) {
      for (let i = 0; i < u.length; i++) {
        const value = inputs[i]![row]!;
        if (!Number.isNaN(value)) u[i] = value;
      }
      model.step(parameters, x, u, dtS[row]!, y);
      tell(row, y);
    }
  }
}
