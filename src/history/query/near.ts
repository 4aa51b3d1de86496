// The samples beside an instant: the last that is not after it and the first that is. Must find them over gaps of any
// length by looking at a few blocks.
import type { Series } from '../../core/sample.ts';
import { newSeriesBuffer } from '../codec/series-buffer.ts';
import { blockKey, blockSpanMaxMs, keyStepsMax } from '../keys.ts';
import type { HistoryFile } from './history-file.ts';
import type { JournalView } from './journal-cache.ts';
import { inTimeOrder } from './order.ts';
import {
  keySlotMs,
  keyStepsBelow,
  longMs,
  putBlock,
  putJournal,
  type StoredBlock,
  storedBlock,
} from './window.ts';

export interface Beside {
  /** In order of time. */
  readonly series: Series;
  /** Indices; -1: there is none. Of one time the sample that came last. */
  readonly left: number;
  readonly right: number;
}

interface Head {
  readonly key: number;
  readonly startMs: number;
  readonly endMs: number;
}

const head = 'SELECT key, start_ms AS startMs, end_ms AS endMs FROM blocks';
const backSql = `${head} WHERE key BETWEEN ? AND ? AND start_ms <= ? ORDER BY key DESC`;
// The condition of the index, word by word.
const longBackSql = `${head} INDEXED BY blocks_long
  WHERE key BETWEEN ? AND ? AND end_ms - start_ms > 600000 AND start_ms <= ? ORDER BY key DESC`;
const onSql = `${head} WHERE key BETWEEN ? AND ? AND end_ms > ? ORDER BY key`;

type Three = [number, number, number];

/** Blocks that are damaged are as if they were not there. */
export function samplesBeside(file: HistoryFile, tag: number, atMs: number, both: boolean): Beside {
  const broken = new Set<number>();
  for (;;) {
    const { blocks, journal } = file.snapshot(() => takeBeside(file, tag, atMs, both, broken));
    const all = newSeriesBuffer();
    const found = broken.size;
    for (const block of blocks) {
      const { length } = all;
      putBlock(file, block, all);
      if (all.length === length) broken.add(block.key);
    }
    if (broken.size > found) continue;
    putJournal(journal, tag, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, all);
    const series = inTimeOrder(all);
    const right = firstAfter(series, atMs);
    return { series, left: right - 1, right: right < series.length ? right : -1 };
  }
}

function takeBeside(
  file: HistoryFile,
  tag: number,
  atMs: number,
  both: boolean,
  broken: ReadonlySet<number>,
): { blocks: StoredBlock[]; journal: JournalView } {
  const usable = ({ key }: Head) => !broken.has(key);
  const keys = new Set(before(file, tag, atMs, usable));
  if (both) for (const key of after(file, tag, atMs, usable)) keys.add(key);
  const blocks = [...keys].sort((a, b) => a - b).map((key) => storedBlock(file, key));
  return { blocks, journal: file.journal.view() };
}

/** Blocks one of which has the last sample that is not after. */
function before(file: HistoryFile, tag: number, atMs: number, usable: (head: Head) => boolean): number[] {
  const heads: Head[] = [];
  // Not before this is the sample that is looked for, whichever block has it.
  let sinceMs = Number.NEGATIVE_INFINITY;
  const look = (sql: string, last: number, spanMs: number): void => {
    const rows = file.sql<Three, Head>(sql).iterate(blockKey(tag, 0), last, atMs);
    for (const row of rows) {
      if (latestEnd(row, tag, spanMs) < sinceMs) break;
      if (!usable(row)) continue;
      heads.push(row);
      // Ends are rounded up.
      sinceMs = Math.max(sinceMs, row.endMs <= atMs ? row.endMs - 1 : row.startMs);
    }
  };
  const last = Math.min(blockKey(tag, Number.MAX_SAFE_INTEGER), blockKey(tag, atMs) + keyStepsMax);
  look(backSql, last, longMs);
  look(longBackSql, last, blockSpanMaxMs);
  return heads.filter(({ endMs }) => endMs >= sinceMs).map(({ key }) => key);
}

/** A block of this key or a lower one that spans no more ends by then. */
function latestEnd({ key }: Head, tag: number, spanMs: number): number {
  return (key - blockKey(tag, 0) + keyStepsBelow + 1) * keySlotMs + spanMs;
}

/** Blocks one of which has the first sample that is after. */
function after(file: HistoryFile, tag: number, atMs: number, usable: (head: Head) => boolean): number[] {
  const heads: Head[] = [];
  let untilMs = Number.POSITIVE_INFINITY;
  const note = (row: Head): void => {
    if (!usable(row)) return;
    heads.push(row);
    untilMs = Math.min(untilMs, row.startMs > atMs ? row.startMs + 1 : row.endMs);
  };
  const long = file
    .sql<[...Three, number], Head>(
      `${head} INDEXED BY blocks_long
       WHERE key BETWEEN ? AND ? AND end_ms - start_ms > 600000 AND end_ms > ? AND start_ms <= ? ORDER BY key`,
    )
    .all(blockKey(tag, atMs - blockSpanMaxMs), blockKey(tag, atMs) + keyStepsMax, atMs, atMs);
  for (const row of long) note(row);
  const first = Math.max(blockKey(tag, 0), blockKey(tag, atMs - longMs) - keyStepsBelow);
  const last = blockKey(tag, Number.MAX_SAFE_INTEGER);
  for (const row of file.sql<Three, Head>(onSql).iterate(first, last, atMs)) {
    // A key may say a start that is this much too late.
    if ((row.key - blockKey(tag, 0) - keyStepsMax) * keySlotMs > untilMs) break;
    note(row);
  }
  return heads.filter(({ startMs }) => startMs <= untilMs).map(({ key }) => key);
}

function firstAfter({ length, timeMs }: Series, atMs: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeMs[middle]! <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
