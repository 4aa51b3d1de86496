// What both ways of thinning out share: columns in, fewer columns out. Must never give more points than were asked for.
import { isBad } from '../../core/quality.ts';
import type { Series } from '../../core/sample.ts';
import type { HistoryPoints } from '../../ports/history.ts';

/** In order of time. */
export type PointColumns = Pick<Series, 'length' | 'timeMs' | 'value' | 'quality'>;

/** Not drawn: a gap in the line. */
export function isGap(of: PointColumns, i: number): boolean {
  return isBad(of.quality[i]!) || Number.isNaN(of.value[i]!);
}

export function hasGap(of: PointColumns): boolean {
  for (let i = 0; i < of.length; i++) if (isGap(of, i)) return true;
  return false;
}

/** The samples of these indices, which are in order. */
export function pick(of: PointColumns, kept: Int32Array, length: number): HistoryPoints {
  const [timeMs, value, quality] = [
    new Float64Array(length),
    new Float64Array(length),
    new Uint32Array(length),
  ];
  for (let k = 0; k < length; k++) {
    const i = kept[k]!;
    timeMs[k] = of.timeMs[i]!;
    value[k] = isGap(of, i) ? Number.NaN : of.value[i]!;
    quality[k] = of.quality[i]!;
  }
  return { timeMs, value, quality, samples: of.length };
}

/** All, or of fewer than two points the last ones; undefined when there is something to choose. */
export function withoutChoice(of: PointColumns, points: number): HistoryPoints | undefined {
  const room = Math.max(0, Math.floor(points));
  if (of.length > room && room > 2) return undefined;
  const length = Math.min(of.length, room);
  // Of two the first and the last.
  const kept = Int32Array.from({ length }, (_, k) =>
    k === 0 && length === of.length ? 0 : of.length - length + k,
  );
  if (length === 2) kept[0] = 0;
  return pick(of, kept, length);
}
