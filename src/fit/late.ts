// A column that comes later than the others, by a filter or a bus, put where it belongs in time. Never looks across
// the edge of a segment.
import type { FitRecord } from '../core/fit/fit.ts';

/** The column as it is `lagS` after each row, on the straight line between neighbours; NaN beyond a segment's end. */
export function unlagged({ timeS, segments }: FitRecord, column: Float64Array, lagS: number): Float64Array {
  const out = new Float64Array(column.length).fill(Number.NaN);
  for (const { from, to } of segments) {
    let k = from;
    for (let row = from; row < to; row++) {
      const at = timeS[row]! + lagS;
      while (k < to - 2 && timeS[k + 1]! <= at) k++;
      if (k + 1 >= to || at < timeS[k]! || at > timeS[k + 1]!) continue;
      const share = (at - timeS[k]!) / (timeS[k + 1]! - timeS[k]!);
      out[row] = column[k]! + share * (column[k + 1]! - column[k]!);
    }
  }
  return out;
}
