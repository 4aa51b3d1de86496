// Stretches of a record that hang together in time, and a regular grid over each: what filters need. It never
// bridges the edge of a segment, nor a hole of more than a few rows.
import type { FitRecord, FitSegment } from './fit.ts';

export interface Piece {
  readonly use: FitSegment['use'];
  /** Rows of the record, those with a hole left out. */
  readonly rows: Int32Array;
  readonly timeS: Float64Array;
  /** Rows lie on the grid themselves. */
  readonly even: boolean;
  readonly stepS: number;
  readonly length: number;
}

const holeRowsMax = 4;

/** The usual time between rows that are fitted: the mean of what is near the median, as stamps may be rounded. */
export function stepOf(record: FitRecord, use: FitSegment['use']): number {
  const steps: number[] = [];
  for (const segment of record.segments) {
    if (segment.use !== use) continue;
    for (let i = segment.from + 1; i < segment.to; i++) {
      const step = record.timeS[i]! - record.timeS[i - 1]!;
      if (step > 0) steps.push(step);
    }
  }
  const median = Float64Array.from(steps).sort()[steps.length >> 1] ?? Number.NaN;
  const usual = steps.filter((step) => step > 0.4 * median && step < 1.6 * median);
  return usual.reduce((sum, step) => sum + step, 0) / usual.length;
}

/** Rows where all of `columns` are numbers, cut where more than a few are missing or time does not go on. */
export function piecesOf(record: FitRecord, columns: readonly Float64Array[], stepS: number): Piece[] {
  const pieces: Piece[] = [];
  for (const { from, to, use } of record.segments) {
    let rows: number[] = [];
    const close = (): void => {
      if (rows.length > 0) pieces.push(pieceOf(record, rows, use, stepS));
      rows = [];
    };
    for (let i = from; i < to; i++) {
      const at = record.timeS[i]!;
      if (!Number.isFinite(at) || columns.some((column) => !Number.isFinite(column[i]!))) continue;
      const last = rows.at(-1);
      if (last !== undefined) {
        const gap = at - record.timeS[last]!;
        // The same time twice says nothing new.
        if (gap === 0) continue;
        if (gap < 0 || gap > (holeRowsMax + 0.5) * stepS) close();
      }
      rows.push(i);
    }
    close();
  }
  return pieces;
}

function pieceOf(record: FitRecord, rows: readonly number[], use: Piece['use'], stepS: number): Piece {
  const timeS = Float64Array.from(rows, (row) => record.timeS[row]!);
  const span = timeS.at(-1)! - timeS[0]!;
  const count = Math.round(span / stepS) + 1;
  // Clocks of samplers are a little off: the grid takes the step of the piece, not of the record. Stamps jitter more
  // than sampling does: rows that all lie near a grid of their number are taken as if they lay on it.
  const whole = span / Math.max(1, rows.length - 1);
  const even = lieOn(timeS, whole);
  const own = even ? whole : count > 1 ? span / (count - 1) : stepS;
  const length = even ? rows.length : count;
  return { use, rows: Int32Array.from(rows), timeS, even, stepS: own, length };
}

function lieOn(timeS: Float64Array, stepS: number): boolean {
  return timeS.every((at, k) => Math.abs(at - timeS[0]! - k * stepS) < 0.45 * stepS);
}

/** The values of some rows, in their order. */
export function gather(column: Float64Array, rows: ArrayLike<number>): Float64Array {
  const out = new Float64Array(rows.length);
  for (let k = 0; k < out.length; k++) out[k] = column[rows[k]!]!;
  return out;
}

/** A column's values over the grid of a piece: as they are if they lie on it, else between neighbours. */
export function onGrid(piece: Piece, column: Float64Array): Float64Array {
  if (piece.even) return gather(column, piece.rows);
  const out = new Float64Array(piece.length);
  let k = 0;
  for (let g = 0; g < piece.length; g++) {
    const at = piece.timeS[0]! + g * piece.stepS;
    while (k < piece.rows.length - 2 && piece.timeS[k + 1]! <= at) k++;
    const here = column[piece.rows[k]!]!;
    if (piece.rows.length === 1) out[g] = here;
    else {
      const share = (at - piece.timeS[k]!) / (piece.timeS[k + 1]! - piece.timeS[k]!);
      out[g] = here + Math.min(Math.max(share, 0), 1) * (column[piece.rows[k + 1]!]! - here);
    }
  }
  return out;
}

/** Writes what is known on the grid back to the rows of the record. */
export function toRows(piece: Piece, grid: Float64Array, column: Float64Array): void {
  for (const [k, row] of piece.rows.entries()) {
    if (piece.even) {
      column[row] = grid[k]!;
      continue;
    }
    const place = (piece.timeS[k]! - piece.timeS[0]!) / piece.stepS;
    const left = Math.min(Math.max(0, Math.floor(place)), Math.max(0, piece.length - 2));
    const right = Math.min(left + 1, piece.length - 1);
    column[row] = grid[left]! + (place - left) * (grid[right]! - grid[left]!);
  }
}

/** Most rows lie near a grid: gaps between neighbours are whole numbers of steps, or nearly. */
export function isRegular(pieces: readonly Piece[]): boolean {
  let off = 0;
  let all = 0;
  for (const { timeS, stepS, even } of pieces) {
    if (even) all += timeS.length;
    for (let k = 1; k < timeS.length && !even; k++) {
      const steps = (timeS[k]! - timeS[k - 1]!) / stepS;
      all++;
      if (steps < 0.5 || Math.abs(steps - Math.round(steps)) > 0.2) off++;
    }
  }
  return off <= 0.1 * all;
}
