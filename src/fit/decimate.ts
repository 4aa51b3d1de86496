// A long series to as many points as a picture can show: the least and the most of each column of pixels, so that a
// spike stays one.
import type { Span } from './segment.ts';

export interface Polyline {
  /** x0, y0, x1, y1, … */
  readonly points: readonly number[];
}

/** One line per span, by cells of (`high` − `low`) / `cells`. Values that are missing are passed over: a sensor
 * that is told seldom is still one line. */
export function decimate(
  x: Float64Array,
  y: Float64Array,
  spans: readonly Span[],
  range: readonly [low: number, high: number],
  cells: number,
): Polyline[] {
  const lines: Polyline[] = [];
  const width = (range[1] - range[0]) / cells || 1;
  for (const { from, to } of spans) {
    let points: number[] = [];
    const finish = () => {
      if (points.length > 0) lines.push({ points });
      points = [];
    };
    let row = from;
    while (row < to) {
      if (!Number.isFinite(y[row]!)) {
        row++;
        continue;
      }
      const cell = Math.floor((x[row]! - range[0]) / width);
      let least = row;
      let most = row;
      let last = row;
      for (row++; row < to && Math.floor((x[row]! - range[0]) / width) === cell; row++) {
        if (!Number.isFinite(y[row]!)) continue;
        if (y[row]! < y[least]!) least = row;
        if (y[row]! > y[most]!) most = row;
        last = row;
      }
      const [first, second] = least <= most ? [least, most] : [most, least];
      points.push(x[first]!, y[first]!);
      if (second !== first) points.push(x[second]!, y[second]!);
      if (last !== second && to - from < cells) points.push(x[last]!, y[last]!);
    }
    finish();
  }
  return lines;
}
