// Thins out a line so that its shape stays: of each stretch the sample that makes the largest triangle with the one kept
// before and the middle of the next stretch (largest triangle, three buckets). Must keep the order of time.
import type { HistoryPoints } from '../../ports/history.ts';
import { hasGap, isGap, type PointColumns, pick, withoutChoice } from './points.ts';

/** At most so many points: the first, the last, and of each stretch between one, and a Bad sample where there is one. */
export function lttb(of: PointColumns, points: number): HistoryPoints {
  const all = withoutChoice(of, points);
  if (all !== undefined) return all;
  const gaps = hasGap(of);
  const buckets = Math.floor((points - 2) / (gaps ? 2 : 1));
  const inner = of.length - 2;
  const edge = (bucket: number) => 1 + Math.floor((inner * bucket) / buckets);
  const kept = new Int32Array(Math.floor(points));
  let length = 1;
  let anchor = isGap(of, 0) ? -1 : 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const [from, to] = [edge(bucket), edge(bucket + 1)];
    const next = middle(of, to, bucket === buckets - 1 ? of.length : edge(bucket + 2));
    const best = largest(of, from, to, anchor, next);
    const gap = gaps ? firstGap(of, from, to) : -1;
    if (gap >= 0 && gap < best) kept[length++] = gap;
    if (best >= 0) kept[length++] = best;
    if (gap > best) kept[length++] = gap;
    if (best >= 0) anchor = best;
  }
  kept[length++] = of.length - 1;
  return pick(of, kept, length);
}

interface Point {
  readonly timeMs: number;
  readonly value: number;
}

/** Of those that are not Bad; undefined without any. */
function middle(of: PointColumns, from: number, to: number): Point | undefined {
  let [count, timeMs, value] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    if (isGap(of, i)) continue;
    count++;
    // From the first on: times since 1970 would cost digits.
    timeMs += of.timeMs[i]! - of.timeMs[from]!;
    value += of.value[i]!;
  }
  return count === 0 ? undefined : { timeMs: of.timeMs[from]! + timeMs / count, value: value / count };
}

/** -1 when all are Bad. Where a corner is missing, the sample itself stands for it, and the first one is taken. */
function largest(
  of: PointColumns,
  from: number,
  to: number,
  anchor: number,
  next: Point | undefined,
): number {
  let best = -1;
  let bestArea = -1;
  for (let i = from; i < to; i++) {
    if (isGap(of, i)) continue;
    const [timeMs, value] = [of.timeMs[i]!, of.value[i]!];
    const [aMs, a] = anchor < 0 ? [timeMs, value] : [of.timeMs[anchor]!, of.value[anchor]!];
    const end = next ?? { timeMs, value: a };
    const area = Math.abs((aMs - end.timeMs) * (value - a) - (aMs - timeMs) * (end.value - a));
    if (best >= 0 && !(area > bestArea)) continue;
    best = i;
    bestArea = area;
  }
  return best;
}

function firstGap(of: PointColumns, from: number, to: number): number {
  for (let i = from; i < to; i++) if (isGap(of, i)) return i;
  return -1;
}
