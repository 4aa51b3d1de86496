// Wear as it was measured, out of a record: which tool, after how much use, how worn. Sorted, and nothing missing.
import type { FitRecord } from './fit.ts';
import { FitRefusal } from './refusal.ts';

export interface WearPoint {
  readonly row: number;
  /** Index into the runs. */
  readonly run: number;
  readonly use: number;
  readonly wear: number;
  /** Kept back by the record itself. */
  readonly unseen: boolean;
}

export interface WearPoints {
  /** As the column of runs names them. */
  readonly runs: readonly string[];
  /** By run, then by use. */
  readonly points: readonly WearPoint[];
  readonly useUnit: string;
}

export interface WearColumns {
  /** `wear` when absent. */
  readonly wear?: string;
  /** Which tool or part; `run` when absent and there. */
  readonly run?: string;
  /** What use is counted in; hours of the record's time when absent. */
  readonly use?: { readonly column: string; readonly unit: string };
}

export function wearPointsOf(record: FitRecord, names: WearColumns): WearPoints {
  const wear = columnOf(record, names.wear ?? 'wear');
  const use = names.use === undefined ? undefined : columnOf(record, names.use.column);
  const run = names.run === undefined ? record.columns['run'] : columnOf(record, names.run);
  const runs: string[] = [];
  const points: WearPoint[] = [];
  let lastS = Number.NEGATIVE_INFINITY;
  let round = 0;
  for (const segment of record.segments) {
    for (let row = segment.from; row < segment.to; row++) {
      // Without a column of runs, time that starts again is another tool.
      if (run === undefined && record.timeS[row]! < lastS) round++;
      lastS = record.timeS[row]!;
      const used = use === undefined ? record.timeS[row]! / 3600 : use[row]!;
      const label = run === undefined ? String(round + 1) : String(run[row]);
      if (!Number.isFinite(used + wear[row]!) || label === 'NaN') continue;
      if (used < 0)
        throw new FitRefusal(`use is negative in row ${row + 1}: it counts from when the part was new`);
      if (!runs.includes(label)) runs.push(label);
      const unseen = segment.use === 'validation';
      points.push({ row, run: runs.indexOf(label), use: used, wear: wear[row]!, unseen });
    }
  }
  points.sort((a, b) => a.run - b.run || a.use - b.use);
  return { runs, points, useUnit: names.use?.unit ?? 'h' };
}

function columnOf(record: FitRecord, name: string): Float64Array {
  const column = record.columns[name];
  if (column === undefined) throw new FitRefusal(`there is no column ${name}`);
  return column;
}
