// Thins out a line so that its picture stays the same: of each stretch the least and the most. Must lose no peak.
import type { HistoryPoints } from '../../ports/history.ts';
import { hasGap, isGap, type PointColumns, pick, withoutChoice } from './points.ts';

/**
 * At most so many points, in order of time: the first and the last, and of each of equally long stretches between them
 * the least, the most and, where there is one, a Bad sample. From five points on no peak is lost.
 */
export function minMax(of: PointColumns, points: number): HistoryPoints {
  const all = withoutChoice(of, points);
  if (all !== undefined) return all;
  const buckets = Math.max(0, Math.floor((points - 2) / (hasGap(of) ? 3 : 2)));
  const kept = new Int32Array(Math.floor(points));
  const last = of.length - 1;
  let length = 1;
  const fromMs = of.timeMs[0]!;
  const spanMs = of.timeMs[last]! - fromMs;
  let i = 1;
  for (let bucket = 1; bucket <= buckets && i < last; bucket++) {
    const endMs = bucket === buckets ? Number.POSITIVE_INFINITY : fromMs + (spanMs * bucket) / buckets;
    let [least, most, gap] = [-1, -1, -1];
    for (; i < last && of.timeMs[i]! < endMs; i++) {
      if (isGap(of, i)) gap = gap < 0 ? i : gap;
      else {
        if (least < 0 || of.value[i]! < of.value[least]!) least = i;
        if (most < 0 || of.value[i]! > of.value[most]!) most = i;
      }
    }
    length = putInOrder(kept, length, least, most, gap);
  }
  kept[length++] = last;
  return pick(of, kept, length);
}

/** Puts what there is of the three behind the others, each once. */
function putInOrder(kept: Int32Array, at: number, least: number, most: number, gap: number): number {
  let length = at;
  const low = Math.min(least, most);
  const high = Math.max(least, most);
  if (gap >= 0 && (low < 0 || gap < low)) kept[length++] = gap;
  if (low >= 0) kept[length++] = low;
  if (gap >= 0 && low >= 0 && gap > low && gap < high) kept[length++] = gap;
  if (high > low) kept[length++] = high;
  if (gap >= 0 && low >= 0 && gap > high) kept[length++] = gap;
  return length;
}
