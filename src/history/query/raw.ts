// Samples of a tag in order of time, some at a time. Where an answer ended is said by the last sample itself, so that
// going on is right wherever samples have moved to meanwhile.
import type { Series } from '../../core/sample.ts';
import { GemError } from '../../errors.ts';
import type { RawAnswer, RawQuery } from '../../ports/history.ts';
import { append, newSeriesBuffer } from '../codec/series-buffer.ts';
import type { HistoryFile, Job } from './history-file.ts';
import { pick } from './order.ts';
import { openWindow, takeWindow } from './window.ts';

/** An answer has no more, whatever is asked. */
export const rawSamplesMax = 1_000_000;
/** So many are read in one snapshot. */
export const windowSamples = 32_768;

/** The last sample that was given, and the how manieth it was of those with the same times. */
interface Cursor {
  readonly timeMs: number;
  readonly receiveMs: number;
  readonly count: number;
}

export function* readRaw(file: HistoryFile, query: RawQuery): Job<RawAnswer> {
  const most = Math.min(rawSamplesMax, Math.max(1, Math.floor(query.samplesMax)));
  let cursor = query.after === undefined ? undefined : parseCursor(query.after);
  let fromMs = Math.max(query.fromMs, cursor?.timeMs ?? Number.NEGATIVE_INFINITY);
  const given = newSeriesBuffer();
  for (;;) {
    const enough = Math.min(windowSamples, most - given.length);
    const window = file.snapshot(() => takeWindow(file, query.tag, fromMs, query.toMs, enough));
    const series = openWindow(file, query.tag, window, fromMs, query.toMs);
    const from = skipGiven(series, cursor);
    const to = Math.min(series.length, from + most - given.length);
    const ended = window.cutMs > query.toMs;
    if (ended && to === series.length && given.length === 0)
      return { series: trimmed(file, query.tag, series, from) };
    append(given, series, from, to);
    if (to > from) cursor = cursorAt(series, to - 1, cursor);
    if (ended && to === series.length) return { series: trimmed(file, query.tag, given) };
    if (given.length >= most) return { series: trimmed(file, query.tag, given), next: formatCursor(cursor!) };
    fromMs = window.cutMs;
    yield;
  }
}

/** In the journal other tags may have left room for 64 bits beside samples that have none. */
function trimmed(file: HistoryFile, tag: number, series: Series, from = 0): Series {
  const kind = file.tag(tag)?.kind;
  const hasExact = kind === 'int64' || kind === 'uint64';
  return pick(hasExact ? series : { ...series, exact: new BigInt64Array(0) }, undefined, from, series.length);
}

/** Index of the first sample that comes after the cursor. */
function skipGiven({ length, timeMs, receiveMs }: Series, cursor: Cursor | undefined): number {
  if (cursor === undefined) return 0;
  let same = 0;
  let i = 0;
  for (; i < length && timeMs[i]! <= cursor.timeMs; i++) {
    if (timeMs[i]! < cursor.timeMs || receiveMs[i]! < cursor.receiveMs) continue;
    if (receiveMs[i]! > cursor.receiveMs || same === cursor.count) break;
    same++;
  }
  return i;
}

function cursorAt({ timeMs, receiveMs }: Series, last: number, before: Cursor | undefined): Cursor {
  const [time, receive] = [timeMs[last]!, receiveMs[last]!];
  let count = 0;
  let i = last;
  for (; i >= 0 && timeMs[i] === time && receiveMs[i] === receive; i--) count++;
  // The series has those too that were given before, unless it began behind them.
  const sameAsBefore = before !== undefined && before.timeMs === time && before.receiveMs === receive;
  return { timeMs: time, receiveMs: receive, count: sameAsBefore ? Math.max(count, before.count) : count };
}

function formatCursor({ timeMs, receiveMs, count }: Cursor): string {
  return `${timeMs}_${receiveMs}_${count}`;
}

function parseCursor(text: string): Cursor {
  const [timeMs, receiveMs, count, ...rest] = text.split('_').map(Number);
  if (
    !Number.isFinite(timeMs) ||
    !Number.isFinite(receiveMs) ||
    !Number.isInteger(count) ||
    rest.length > 0
  ) {
    throw new GemError('GEM_USAGE', { why: 'the place to go on at is not one that an answer gave' });
  }
  return { timeMs: timeMs!, receiveMs: receiveMs!, count: count! };
}
