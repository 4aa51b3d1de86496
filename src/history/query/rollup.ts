// Least, most, sum and number by second, minute or hour: what was kept when samples became blocks (of an hour of seconds
// that has no row: what its blocks say), and with it what is still in the journal.
import { GemError } from '../../errors.ts';
import type { RollupQuery, RollupStep, Rollups, TimeRange } from '../../ports/history.ts';
import { newSeriesBuffer } from '../codec/series-buffer.ts';
import { rollupChunk, rollupKey } from '../keys.ts';
import { decodeChunk } from '../rollup/chunk.ts';
import { mergeRollups, noRollups, slice } from '../rollup/merge-rollups.ts';
import { rollUp } from '../rollup/roll-up.ts';
import type { HistoryFile, Job } from './history-file.ts';
import type { JournalView } from './journal-cache.ts';
import { windowSamples } from './raw.ts';
import { openWindow, putJournal, takeWindow } from './window.ts';

/** So many chunks are read in one snapshot. */
const chunksAtOnce = 32;
/** An answer has no more stretches: a month by the second, eight years by the minute. */
const stretchesMax = 4_000_000;
/** Later no calendar goes. */
const timeMaxMs = 8.64e15;
/** Times are known to the microsecond: the end of what is before another time. */
const shortestMs = 0.0005;

/** Whole stretches, from the one in which the range begins to the one in which it ends. */
export function* readRollup(file: HistoryFile, query: RollupQuery): Job<Rollups> {
  const { tag, stepMs } = query;
  const toMs = Math.floor(Math.min(query.toMs, timeMaxMs) / stepMs) * stepMs;
  const parts: Rollups[] = [];
  let stretches = 0;
  for (let startMs = Math.max(0, Math.floor(query.fromMs / stepMs) * stepMs); startMs <= toMs; ) {
    const { rollups, nextMs } = readPart(file, tag, stepMs, { fromMs: startMs, toMs });
    parts.push(rollups);
    stretches += rollups.startMs.length;
    if (stretches > stretchesMax) {
      const why = `there are more than ${stretchesMax} stretches in that range; ask for less at once`;
      throw new GemError('GEM_USAGE', { why });
    }
    startMs = nextMs;
    if (startMs <= toMs) yield;
  }
  return joined(parts);
}

interface Part {
  readonly rollups: Rollups;
  /** Where to go on. */
  readonly nextMs: number;
}

/** Some of the stretches that begin in the range, from its beginning on, as of one commit. */
function readPart(file: HistoryFile, tag: number, stepMs: RollupStep, range: TimeRange): Part {
  const chunkMs = stepMs * rollupChunk[stepMs];
  const base = rollupKey(tag, stepMs, 0);
  const first = rollupKey(tag, stepMs, range.fromMs);
  const taken = file.snapshot(() => {
    const keys = chunkKeys(file, first, rollupKey(tag, stepMs, range.toMs));
    // An hour of seconds without a row is told from its blocks; of the other steps there is always one.
    if (stepMs !== 1000 || keys[0] === first) {
      const after = keys.find((key, k) => stepMs === 1000 && key !== first + k);
      const whole = keys.length < chunksAtOnce && stepMs !== 1000;
      const last = after === undefined ? (keys.at(-1) ?? first) : first + keys.indexOf(after) - 1;
      const nextMs = whole ? Number.POSITIVE_INFINITY : (last + 1 - base) * chunkMs;
      return {
        nextMs,
        window: undefined,
        rows: takeRows(file, tag, stepMs, { ...range, toMs: Math.min(range.toMs, nextMs - stepMs) }),
      };
    }
    const untilMs = keys[0] === undefined ? Number.POSITIVE_INFINITY : (keys[0] - base) * chunkMs;
    const toMs = Math.min(range.toMs + stepMs, untilMs) - shortestMs;
    return {
      nextMs: untilMs,
      rows: undefined,
      window: { toMs, taken: takeWindow(file, tag, range.fromMs, toMs, windowSamples) },
    };
  });
  const { rows, window, nextMs } = taken;
  if (rows !== undefined) return { rollups: openRows(file, tag, stepMs, rows), nextMs };
  // Whole stretches, unless one alone has too many samples.
  const wholeMs = Math.floor(window.taken.cutMs / stepMs) * stepMs;
  const cutMs = wholeMs > range.fromMs ? wholeMs : window.taken.cutMs;
  const series = openWindow(file, tag, { ...window.taken, cutMs }, range.fromMs, window.toMs);
  return { rollups: rollUp(series, stepMs), nextMs: Math.min(nextMs, cutMs) };
}

function chunkKeys(file: HistoryFile, first: number, last: number): number[] {
  return file
    .sql<[number, number, number], number>(
      'SELECT key FROM rollups WHERE key >= ? AND key <= ? ORDER BY key LIMIT ?',
    )
    .pluck()
    .all(first, last, chunksAtOnce);
}

/** Whether stretches of that time are kept; those of seconds may not be. */
export function hasChunk(
  file: HistoryFile,
  tag: number,
  stepMs: RollupStep,
  fromMs: number,
  toMs = fromMs,
): boolean {
  return chunkKeys(file, rollupKey(tag, stepMs, fromMs), rollupKey(tag, stepMs, toMs)).length > 0;
}

interface Rows extends TimeRange {
  readonly chunks: readonly { readonly key: number; readonly data: Buffer }[];
  readonly journal: JournalView;
}

/** The stretches that begin in the range, all of which are kept. */
export function readStretches(file: HistoryFile, tag: number, stepMs: RollupStep, range: TimeRange): Rollups {
  return openRows(
    file,
    tag,
    stepMs,
    file.snapshot(() => takeRows(file, tag, stepMs, range)),
  );
}

/** Those alone that are kept, without what is in the journal. */
export function readKept(file: HistoryFile, tag: number, stepMs: RollupStep, range: TimeRange): Rollups {
  const { chunks } = file.snapshot(() => takeRows(file, tag, stepMs, range));
  const stored = joined(chunks.map(({ key, data }) => decode(file, key, data)));
  return within(stored, range.fromMs, range.toMs);
}

function takeRows(file: HistoryFile, tag: number, stepMs: RollupStep, { fromMs, toMs }: TimeRange): Rows {
  const chunks = file
    .sql<[number, number], { key: number; data: Buffer }>(
      'SELECT key, data FROM rollups WHERE key BETWEEN ? AND ? ORDER BY key',
    )
    .all(rollupKey(tag, stepMs, fromMs), rollupKey(tag, stepMs, toMs));
  return { fromMs, toMs, chunks, journal: file.journal.view() };
}

function openRows(file: HistoryFile, tag: number, stepMs: RollupStep, rows: Rows): Rollups {
  const { fromMs, toMs, chunks, journal } = rows;
  const stored = joined(chunks.map(({ key, data }) => decode(file, key, data)));
  const rest = newSeriesBuffer();
  putJournal(journal, tag, fromMs, toMs + stepMs, rest);
  return within(mergeRollups(stored, rollUp(rest, stepMs)), fromMs, toMs);
}

function decode(file: HistoryFile, key: number, data: Buffer): Rollups {
  try {
    return decodeChunk(data);
  } catch (error) {
    file.damaged({ table: 'rollups', key, why: error instanceof Error ? error.message : String(error) });
    return noRollups;
  }
}

function within(rollups: Rollups, fromMs: number, toMs: number): Rollups {
  const { startMs } = rollups;
  let from = 0;
  let to = startMs.length;
  while (from < to && startMs[from]! < fromMs) from++;
  while (to > from && startMs[to - 1]! > toMs) to--;
  return slice(rollups, from, to);
}

/** One after another; a stretch that one part ends with and the next begins with is of both. */
function joined(all: readonly Rollups[]): Rollups {
  const parts: Rollups[] = [];
  for (const part of all) {
    const before = parts.at(-1);
    if (part.startMs.length === 0) continue;
    if (before?.startMs.at(-1) === part.startMs[0]) parts[parts.length - 1] = mergeRollups(before!, part);
    else parts.push(part);
  }
  if (parts.length === 1) return parts[0]!;
  const length = parts.reduce((sum, part) => sum + part.startMs.length, 0);
  const column = (of: (part: Rollups) => Float64Array): Float64Array => {
    const all = new Float64Array(length);
    let at = 0;
    for (const part of parts) {
      all.set(of(part), at);
      at += of(part).length;
    }
    return all;
  };
  return {
    startMs: column((part) => part.startMs),
    count: column((part) => part.count),
    bad: column((part) => part.bad),
    min: column((part) => part.min),
    max: column((part) => part.max),
    sum: column((part) => part.sum),
  };
}
