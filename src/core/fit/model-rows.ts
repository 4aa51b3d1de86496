// What a model is fitted to: inputs and outputs row by row, and the same with several rows made one.

import type { CalibrationRange, Model, SignalSpec } from '../model.ts';
import type { FitSegment } from './fit.ts';
import { FitRefusal } from './refusal.ts';

export interface ModelRows {
  /** From the row before to this one. */
  readonly dtS: Float64Array;
  /** By input of the model; NaN: it stays as it was. */
  readonly inputs: readonly Float64Array[];
  /** By output of the model; NaN: not measured. */
  readonly outputs: readonly (Float64Array | undefined)[];
  /** Ascending; absent: all of it, to fit. A step much longer than usual at its start makes it a start anew. */
  readonly segments?: readonly FitSegment[];
}

/** Rows ready to be run through: every segment knows whether it goes on from the one before. */
export interface RunRows extends ModelRows {
  readonly segments: readonly FitSegment[];
  /** By segment: it goes on where the one before ended. */
  readonly joined: readonly boolean[];
}

/** A step is long, and what it spans a gap, beyond so many usual ones. */
const gapSteps = 10;

/** Across a gap nothing is simulated: the first step after it is made a usual one. */
export function openRows(rows: ModelRows): RunRows {
  const segments = rows.segments ?? [{ from: 0, to: rows.dtS.length, use: 'fit' }];
  const usualS = Float64Array.from(rows.dtS).sort()[rows.dtS.length >> 1] ?? 0;
  const dtS = rows.dtS.slice();
  const joined = segments.map(({ from }, k) => {
    const small = dtS[from]! > 0 && dtS[from]! <= gapSteps * usualS;
    if (!small) dtS[from] = usualS;
    return k > 0 && small && segments[k - 1]!.to === from;
  });
  return { ...rows, dtS, segments, joined };
}

/** 1 in rows that teach: the size of each input named is in its range. */
export function teaching(model: Model, rows: ModelRows, when: readonly CalibrationRange[]): Uint8Array {
  const mask = new Uint8Array(rows.dtS.length).fill(1);
  for (const { input, atLeast = 0, atMost = Number.POSITIVE_INFINITY } of when) {
    const column = rows.inputs[indexOf(model.inputs, input)]!;
    let size = Number.NaN;
    for (let row = 0; row < mask.length; row++) {
      if (!Number.isNaN(column[row]!)) size = Math.abs(column[row]!);
      if (!(size >= atLeast && size <= atMost)) mask[row] = 0;
    }
  }
  return mask;
}

export function indexOf(specs: readonly { readonly name: string }[], name: string): number {
  const at = specs.findIndex((spec) => spec.name === name);
  if (at < 0) throw new FitRefusal(`the model has no ${name}`);
  return at;
}

/**
 * `every` rows as one: inputs that change steadily by their mean, events by their last; outputs by their mean
 * about the end of the step. A mask counts by the rows it covers, all of them.
 */
export function coarser(
  model: Model,
  rows: RunRows,
  mask: Uint8Array,
  every: number,
): { rows: RunRows; mask: Uint8Array } {
  if (every <= 1) return { rows, mask };
  const blocks: [from: number, to: number, within: FitSegment][] = [];
  const segments: FitSegment[] = [];
  for (const segment of rows.segments) {
    const first = blocks.length;
    for (let from = segment.from; from < segment.to; from += every) {
      blocks.push([from, Math.min(segment.to, from + every), segment]);
    }
    segments.push({ from: first, to: blocks.length, use: segment.use });
  }
  const each = (value: (from: number, to: number, within: FitSegment) => number): Float64Array =>
    Float64Array.from(blocks, (block) => value(...block));
  return {
    rows: {
      dtS: each((from, to) => rows.dtS.subarray(from, to).reduce((sum, dt) => sum + dt, 0)),
      inputs: rows.inputs.map((column, i) =>
        each((from, to) =>
          isSteady(model.inputs[i]!) ? meanOf(column, from, to) : lastOf(column, from, to),
        ),
      ),
      outputs: rows.outputs.map((column) =>
        column === undefined
          ? undefined
          : each((_from, to, within) => {
              const reach = Math.min(every >> 1, within.to - to);
              return meanOf(column, to - 1 - reach, to + reach);
            }),
      ),
      segments,
      joined: rows.joined,
    },
    mask: Uint8Array.from(blocks, ([from, to]) => (mask.subarray(from, to).includes(0) ? 0 : 1)),
  };
}

function isSteady({ align, kind }: SignalSpec): boolean {
  return align !== 'previous' && kind !== 'enum' && kind !== 'angle';
}

function meanOf(column: Float64Array, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let row = Math.max(0, from); row < to; row++) {
    if (Number.isNaN(column[row]!)) continue;
    sum += column[row]!;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

function lastOf(column: Float64Array, from: number, to: number): number {
  for (let row = to - 1; row >= from; row--) if (!Number.isNaN(column[row]!)) return column[row]!;
  return Number.NaN;
}
