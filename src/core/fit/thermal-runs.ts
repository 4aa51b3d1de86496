// A record cut into runs that can be simulated through, on a grid as fine or as coarse as asked. What drives the
// network is kept by its mean and its rise over each step, so that a coarse step is exact to the second order.
import type { FitRecord } from './fit.ts';

export interface ThermalRun {
  readonly use: 'fit' | 'validation';
  /** Rows of the record at which temperatures are compared; the steps lie between them. */
  readonly rows: Int32Array;
  readonly dtS: Float64Array;
  /** By channel, over each step. */
  readonly mean: readonly Float64Array[];
  readonly rise: readonly Float64Array[];
  /** By node, at each point; absent: no sensor there. NaN: not measured at that moment. */
  readonly measured: readonly (Float64Array | undefined)[];
  /** It follows the run before without a gap: hidden temperatures carry over. */
  readonly joined: boolean;
}

/** One thing that drives the network, row by row of the record. */
export interface ThermalChannel {
  readonly values: Float64Array;
  /** previous: it keeps its value until the next row. */
  readonly between: 'linear' | 'previous';
}

export interface ThermalColumns {
  readonly record: FitRecord;
  readonly channels: readonly ThermalChannel[];
  readonly measured: readonly (Float64Array | undefined)[];
}

/** From row to row, without anything that drives being unknown for longer than is bridged. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly use: 'fit' | 'validation';
  readonly joined: boolean;
}

/** Missing inputs longer than this many usual steps end a run; shorter ones are bridged by a straight line. */
const bridgedSteps = 10;

export function usualStepS({ timeS, segments }: FitRecord): number {
  const steps: number[] = [];
  for (const { from, to } of segments) {
    const stride = Math.max(1, Math.floor((to - from) / 1000));
    for (let row = from + 1; row < to; row += stride) steps.push(timeS[row]! - timeS[row - 1]!);
  }
  return Float64Array.from(steps).sort()[steps.length >> 1] ?? 0;
}

/** `values` with short stretches of NaN bridged; it must be simulated over what remains. */
export function bridged(record: FitRecord, values: Float64Array): Float64Array {
  const longest = bridgedSteps * usualStepS(record);
  const out = values.slice();
  const { timeS } = record;
  for (const { from, to } of record.segments) {
    let last = -1;
    for (let row = from; row < to; row++) {
      if (Number.isNaN(values[row]!)) continue;
      const spanS = last < 0 ? 0 : timeS[row]! - timeS[last]!;
      if (last >= 0 && row > last + 1 && spanS <= longest) {
        for (let gap = last + 1; gap < row; gap++) {
          const share = (timeS[gap]! - timeS[last]!) / spanS;
          out[gap] = values[last]! + share * (values[row]! - values[last]!);
        }
      }
      last = row;
    }
  }
  return out;
}

export function stretchesOf({ record, channels, measured }: ThermalColumns): Stretch[] {
  const found: Stretch[] = [];
  const drives = (row: number): boolean => channels.every(({ values }) => Number.isFinite(values[row]!));
  const longest = bridgedSteps * usualStepS(record);
  for (const { from, to, use, apart = false } of record.segments) {
    let start = from;
    for (let row = from; row <= to; row++) {
      if (row < to && drives(row)) continue;
      const seen = measured.some((column) => column?.subarray(start, row).some(Number.isFinite));
      if (row - start >= 3 && seen) {
        const before = found.at(-1);
        const sameRun = start > from || !apart;
        const soon = record.timeS[start]! - (record.timeS[start - 1] ?? Number.NaN) <= longest;
        const joined = before?.to === start && sameRun && soon;
        found.push({ from: start, to: row, use, joined });
      }
      start = row + 1;
    }
  }
  return found;
}

/** `stepS` 0: every row a point. */
export function runsOf(columns: ThermalColumns, stretches: readonly Stretch[], stepS: number): ThermalRun[] {
  return stretches.map((stretch) => {
    const rows = pointsOf(columns.record.timeS, stretch, stepS);
    const dtS = new Float64Array(rows.length - 1);
    for (let k = 0; k < dtS.length; k++) {
      dtS[k] = columns.record.timeS[rows[k + 1]!]! - columns.record.timeS[rows[k]!]!;
    }
    const lines = columns.channels.map((channel) => linesOf(columns.record.timeS, channel, rows));
    return {
      use: stretch.use,
      rows,
      dtS,
      mean: lines.map((line) => line.mean),
      rise: lines.map((line) => line.rise),
      measured: columns.measured.map((column) =>
        column === undefined ? undefined : around(columns.record.timeS, column, stretch, rows, stepS),
      ),
      joined: stretch.joined,
    };
  });
}

function pointsOf(timeS: Float64Array, { from, to }: Stretch, stepS: number): Int32Array {
  const rows: number[] = [from];
  for (let row = from + 1; row < to; row++) {
    const due = timeS[row]! - timeS[rows.at(-1)!]! >= stepS * (1 - 1e-9);
    if (due || row === to - 1) rows.push(row);
  }
  return Int32Array.from(rows);
}

/** Mean and rise of a channel over each step between `rows`: its integral and its first moment there. */
export function linesOf(
  timeS: Float64Array,
  { values, between }: ThermalChannel,
  rows: Int32Array,
): { mean: Float64Array; rise: Float64Array } {
  const mean = new Float64Array(rows.length - 1);
  const rise = new Float64Array(rows.length - 1);
  for (let k = 0; k < mean.length; k++) {
    const startS = timeS[rows[k]!]!;
    const spanS = timeS[rows[k + 1]!]! - startS;
    let area = 0;
    let moment = 0;
    for (let row = rows[k]!; row < rows[k + 1]!; row++) {
      const u1 = (timeS[row]! - startS) / spanS - 0.5;
      const u2 = (timeS[row + 1]! - startS) / spanS - 0.5;
      const f1 = values[row]!;
      const f2 = between === 'previous' ? f1 : values[row + 1]!;
      area += (u2 - u1) * (f1 + f2) * 0.5;
      moment += (u2 - u1) * (f1 * (2 * u1 + u2) + f2 * (u1 + 2 * u2));
    }
    mean[k] = area;
    rise[k] = 2 * moment;
  }
  return { mean, rise };
}

/** The mean of what was measured about each point, by half a step on both sides; of the row alone at the ends. */
function around(
  timeS: Float64Array,
  column: Float64Array,
  { from, to }: Stretch,
  rows: Int32Array,
  stepS: number,
): Float64Array {
  const out = new Float64Array(rows.length);
  let low = from;
  for (const [k, row] of rows.entries()) {
    const atS = timeS[row]!;
    const half = Math.min(stepS / 2, atS - timeS[from]!, timeS[to - 1]! - atS) * (1 + 1e-9);
    while (timeS[low]! < atS - half) low++;
    let sum = 0;
    let count = 0;
    for (let at = Math.min(low, row); at < to && (at <= row || timeS[at]! <= atS + half); at++) {
      if (!Number.isFinite(column[at]!)) continue;
      sum += column[at]!;
      count++;
    }
    out[k] = count > 0 ? sum / count : Number.NaN;
  }
  return out;
}
