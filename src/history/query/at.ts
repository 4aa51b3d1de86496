// What a tag was worth at an instant, by the rules by which a frame is made. Never across a Bad sample, and never
// between two states.
import { isBad, Quality, worse } from '../../core/quality.ts';
import type { Series, ValueKind } from '../../core/sample.ts';
import type { AtQuery, HistoryValue } from '../../ports/history.ts';
import type { HistoryFile } from './history-file.ts';
import { type Beside, samplesBeside } from './near.ts';

export function readAt(file: HistoryFile, query: AtQuery): HistoryValue {
  const kind = file.tag(query.tag)?.kind ?? 'number';
  const both = query.align === 'linear' || query.align === 'nearest';
  return valueAt(samplesBeside(file, query.tag, query.timeMs, both), query, kind);
}

export function valueAt({ series, left, right }: Beside, query: AtQuery, kind: ValueKind): HistoryValue {
  const { timeMs, align } = query;
  if (left < 0) return missing(timeMs, Quality.badWaitingForInitialData, Number.POSITIVE_INFINITY);
  const ageMs = timeMs - series.timeMs[left]!;
  const quality = series.quality[left]!;
  if (isBad(quality)) return missing(timeMs, quality, ageMs);
  if (ageMs === 0) return told(series, left, kind, { timeMs, quality, origin: 'measured', ageMs });
  const staleMs =
    align === 'previous' ? Number.POSITIVE_INFINITY : (query.staleMs ?? Number.POSITIVE_INFINITY);
  const rightUsable = right >= 0 && !isBad(series.quality[right]!);
  if (align === 'linear' && rightUsable && series.timeMs[right]! - series.timeMs[left]! <= staleMs) {
    const between = interpolate(series, left, right, timeMs, kind);
    if (between !== undefined) return between;
  }
  if (align === 'nearest' && rightUsable) {
    const aheadMs = series.timeMs[right]! - timeMs;
    if (aheadMs < ageMs && aheadMs <= staleMs) {
      return told(series, right, kind, { timeMs, quality: series.quality[right]!, origin: 'held', ageMs });
    }
  }
  if (ageMs > staleMs) return missing(timeMs, Quality.badNoCommunication, ageMs);
  return told(series, left, kind, { timeMs, quality, origin: 'held', ageMs });
}

function missing(timeMs: number, quality: number, ageMs: number): HistoryValue {
  return { timeMs, value: Number.NaN, quality, origin: 'missing', ageMs };
}

type Told = Pick<HistoryValue, 'timeMs' | 'quality' | 'origin' | 'ageMs'>;

function told(series: Series, index: number, kind: ValueKind, about: Told): HistoryValue {
  const exact = exactOf(series, index, kind);
  return { ...about, value: series.value[index]!, ...(exact !== undefined && { exact }) };
}

/** The number the 64 bits stand for; undefined for another kind. */
export function exactOf(series: Series, index: number, kind: ValueKind): bigint | undefined {
  if ((kind !== 'int64' && kind !== 'uint64') || series.exact.length === 0) return undefined;
  const bits = series.exact[index]!;
  return kind === 'uint64' ? BigInt.asUintN(64, bits) : bits;
}

/** Undefined where there is no line: between states, and between the largest numbers of either sign. */
function interpolate(
  series: Series,
  left: number,
  right: number,
  timeMs: number,
  kind: ValueKind,
): HistoryValue | undefined {
  if (kind === 'boolean' || kind === 'enum') return undefined;
  const ageMs = timeMs - series.timeMs[left]!;
  const share = ageMs / (series.timeMs[right]! - series.timeMs[left]!);
  const quality = worse(series.quality[left]!, series.quality[right]!);
  const about = { timeMs, quality, origin: 'interpolated' as const, ageMs };
  const from = exactOf(series, left, kind);
  const to = exactOf(series, right, kind);
  if (from !== undefined && to !== undefined) {
    const exact = from + shareOf(to - from, share);
    return { ...about, value: Number(exact), exact };
  }
  const value = series.value[left]! + (series.value[right]! - series.value[left]!) * share;
  return Number.isFinite(value) ? { ...about, value } : undefined;
}

/** Of the whole number, rounded to the nearest; the share counts to its last bit. */
function shareOf(change: bigint, share: number): bigint {
  const parts = 2n ** 53n;
  const scaled = change * BigInt(Math.round(share * Number(parts)));
  const half = scaled < 0n ? -parts / 2n : parts / 2n;
  return (scaled + half) / parts;
}
