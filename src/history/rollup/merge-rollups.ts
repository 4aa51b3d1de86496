// Puts stretches together: of the same step with one another, and into longer ones. Must be the same in any order.
import type { RollupStep, Rollups } from '../../ports/history.ts';
import { rollupChunk } from '../keys.ts';
import { sumOf } from './decimal-sum.ts';

export const noRollups: Rollups = {
  startMs: new Float64Array(0),
  count: new Float64Array(0),
  bad: new Float64Array(0),
  min: new Float64Array(0),
  max: new Float64Array(0),
  sum: new Float64Array(0),
};

/** Both of one step and in order of time, and so is what comes out. */
export function mergeRollups(a: Rollups, b: Rollups): Rollups {
  if (a.startMs.length === 0) return b;
  if (b.startMs.length === 0) return a;
  const into = roomFor(a.startMs.length + b.startMs.length);
  let [i, k, length] = [0, 0, 0];
  while (i < a.startMs.length || k < b.startMs.length) {
    const [startA, startB] = [
      a.startMs[i] ?? Number.POSITIVE_INFINITY,
      b.startMs[k] ?? Number.POSITIVE_INFINITY,
    ];
    put(into, length, startA <= startB ? a : b, startA <= startB ? i++ : k++);
    if (startA === startB) add(into, length, b, k++);
    length++;
  }
  return slice(into, 0, length);
}

/** Rows of one step as they came: those of one stretch together, the earliest first. */
export function inOrder(rows: Rollups): Rollups {
  const { startMs } = rows;
  let sorted = 1;
  while (sorted < startMs.length && startMs[sorted - 1]! < startMs[sorted]!) sorted++;
  if (sorted >= startMs.length) return rows;
  const order = Int32Array.from({ length: startMs.length }, (_, i) => i);
  order.sort((a, b) => startMs[a]! - startMs[b]! || a - b);
  const into = roomFor(startMs.length);
  let length = 0;
  for (const i of order) {
    if (length > 0 && into.startMs[length - 1] === startMs[i]) add(into, length - 1, rows, i);
    else put(into, length++, rows, i);
  }
  return slice(into, 0, length);
}

/** The same samples by a longer step, a multiple of theirs. */
export function coarser(rollups: Rollups, stepMs: RollupStep): Rollups {
  const into = roomFor(rollups.startMs.length);
  let length = 0;
  for (let i = 0; i < rollups.startMs.length; i++) {
    const startMs = Math.floor(rollups.startMs[i]! / stepMs) * stepMs;
    if (length > 0 && into.startMs[length - 1] === startMs) add(into, length - 1, rollups, i);
    else {
      put(into, length, rollups, i);
      into.startMs[length++] = startMs;
    }
  }
  return slice(into, 0, length);
}

/** Those of each row of the table `rollups`, the oldest first. */
export function splitByChunk(rollups: Rollups, stepMs: RollupStep): Rollups[] {
  const chunkMs = stepMs * rollupChunk[stepMs];
  const parts: Rollups[] = [];
  for (let from = 0; from < rollups.startMs.length; ) {
    const chunk = Math.floor(rollups.startMs[from]! / chunkMs);
    let to = from + 1;
    while (to < rollups.startMs.length && Math.floor(rollups.startMs[to]! / chunkMs) === chunk) to++;
    parts.push(from === 0 && to === rollups.startMs.length ? rollups : slice(rollups, from, to));
    from = to;
  }
  return parts;
}

/** With zeros in it. */
export function roomFor(length: number): Rollups {
  const column = () => new Float64Array(length);
  return { startMs: column(), count: column(), bad: column(), min: column(), max: column(), sum: column() };
}

export function slice(of: Rollups, from: number, to: number): Rollups {
  return {
    startMs: of.startMs.slice(from, to),
    count: of.count.slice(from, to),
    bad: of.bad.slice(from, to),
    min: of.min.slice(from, to),
    max: of.max.slice(from, to),
    sum: of.sum.slice(from, to),
  };
}

function put(into: Rollups, at: number, of: Rollups, i: number): void {
  into.startMs[at] = of.startMs[i]!;
  into.count[at] = of.count[i]!;
  into.bad[at] = of.bad[i]!;
  into.min[at] = of.min[i]!;
  into.max[at] = of.max[i]!;
  into.sum[at] = of.sum[i]!;
}

function add(into: Rollups, at: number, of: Rollups, i: number): void {
  into.bad[at]! += of.bad[i]!;
  if (of.count[i] === 0) return;
  if (into.count[at] === 0) {
    into.min[at] = of.min[i]!;
    into.max[at] = of.max[i]!;
    into.sum[at] = of.sum[i]!;
  } else {
    into.min[at] = Math.min(into.min[at]!, of.min[i]!);
    into.max[at] = Math.max(into.max[at]!, of.max[i]!);
    into.sum[at] = sumOf(into.sum[at]!, of.sum[i]!);
  }
  into.count[at]! += of.count[i]!;
}
