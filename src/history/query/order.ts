// Puts samples of a tag in order of time; those of one time stay in order of receipt, and of one receipt as they came.
// Blocks are nearly in order, so runs are found and merged: what is in order already costs one look.
import type { Series } from '../../core/sample.ts';

/** Whether the second of two comes before the first. */
export type Before = (a: number, b: number) => boolean;

/** The indices of samples in order of time; undefined when they are in order as they are. */
export function timeOrder({ length, timeMs, receiveMs }: Series): Uint32Array | undefined {
  return mergedOrder(length, (a, b) =>
    timeMs[b] === timeMs[a] ? receiveMs[b]! < receiveMs[a]! : timeMs[b]! < timeMs[a]!,
  );
}

/** Indices 0 to before `length` in order; of two that are alike the first stays first. */
export function mergedOrder(length: number, before: Before): Uint32Array | undefined {
  let runs = [0];
  for (let i = 1; i < length; i++) if (before(i - 1, i)) runs.push(i);
  if (runs.length === 1) return undefined;
  let order: Uint32Array = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  let spare: Uint32Array = new Uint32Array(length);
  while (runs.length > 1) {
    const merged: number[] = [];
    for (let r = 0; r < runs.length; r += 2) {
      const end = runs[r + 2] ?? length;
      merged.push(runs[r]!);
      mergeRuns(before, order, spare, runs[r]!, runs[r + 1] ?? length, end);
    }
    [order, spare] = [spare, order];
    runs = merged;
  }
  return order;
}

function mergeRuns(
  before: Before,
  order: Uint32Array,
  into: Uint32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takeRight = right < end && (left >= middle || before(order[left]!, order[right]!));
    into[at] = order[takeRight ? right++ : left++]!;
  }
}

/** A copy in order of time, as long as it has to be. */
export function inTimeOrder(series: Series): Series {
  return pick(series, timeOrder(series), 0, series.length);
}

/** Copies of the samples `from` to before `to` of an order; without one, of the series as it is. */
export function pick(series: Series, order: Uint32Array | undefined, from: number, to: number): Series {
  const length = to - from;
  const exact = series.exact.length === 0 ? 0 : length;
  if (order === undefined) {
    return {
      length,
      value: series.value.slice(from, to),
      quality: series.quality.slice(from, to),
      timeMs: series.timeMs.slice(from, to),
      receiveMs: series.receiveMs.slice(from, to),
      rawMs: series.rawMs.slice(from, to),
      exact: series.exact.slice(exact === 0 ? 0 : from, exact === 0 ? 0 : to),
    };
  }
  const out = {
    length,
    value: new Float64Array(length),
    quality: new Uint32Array(length),
    timeMs: new Float64Array(length),
    receiveMs: new Float64Array(length),
    rawMs: new Float64Array(length),
    exact: new BigInt64Array(exact),
  };
  for (let i = 0; i < length; i++) {
    const row = order[from + i]!;
    out.value[i] = series.value[row]!;
    out.quality[i] = series.quality[row]!;
    out.timeMs[i] = series.timeMs[row]!;
    out.receiveMs[i] = series.receiveMs[row]!;
    out.rawMs[i] = series.rawMs[row]!;
    if (exact !== 0) out.exact[i] = series.exact[row]!;
  }
  return out;
}

/** One sample to another place of the same series. */
export function copySample(all: Series, from: number, to: number): void {
  all.timeMs[to] = all.timeMs[from]!;
  all.value[to] = all.value[from]!;
  all.quality[to] = all.quality[from]!;
  all.receiveMs[to] = all.receiveMs[from]!;
  all.rawMs[to] = all.rawMs[from]!;
  if (all.exact.length > 0) all.exact[to] = all.exact[from]!;
}
