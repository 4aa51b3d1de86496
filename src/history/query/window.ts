// The samples of a tag in a stretch of time, from blocks and journal as of one commit. Must not hold the snapshot
// while it unpacks them.
import type { Series } from '../../core/sample.ts';
import { decodeBlockInto } from '../codec/decode-block.ts';
import { append, newSeriesBuffer, type SeriesBuffer } from '../codec/series-buffer.ts';
import { blockKey, blockKeys, keyStepsMax, tagOfBlock } from '../keys.ts';
import { isDamage } from '../upkeep/failures.ts';
import { findTag } from './grouped.ts';
import type { HistoryFile } from './history-file.ts';
import type { JournalView } from './journal-cache.ts';
import { copySample, pick, timeOrder } from './order.ts';

export interface StoredBlock {
  readonly key: number;
  readonly data: Buffer;
}

/** What is stored of a tag from a time on. */
export interface Window {
  readonly blocks: readonly StoredBlock[];
  readonly journal: JournalView;
  /** About so many samples are in the blocks. */
  readonly samples: number;
  /** It has all before this; Infinity: all of what was asked. */
  readonly cutMs: number;
}

/** A key's part that says when its block began. */
export const keySlotMs = 125;
/** Blocks that span more are few, and have an index of their own. */
export const longMs = 600_000;
/** So far the key of a block may lie below its start, where those at its start and behind were taken. */
export const keyStepsBelow = 2400;

interface Row {
  readonly key: number;
  readonly samples: number;
}

const columns = 'key, samples';
const overlaps = 'end_ms >= ? AND start_ms <= ?';
const usualSql = `SELECT ${columns} FROM blocks WHERE key BETWEEN ? AND ? AND ${overlaps} ORDER BY key`;
// The condition of the index, word by word.
const longSql = `SELECT ${columns} FROM blocks INDEXED BY blocks_long
  WHERE key >= ? AND key < ? AND end_ms - start_ms > 600000 AND ${overlaps} ORDER BY key`;
const earliestSql = 'SELECT min(start_ms) FROM blocks WHERE key > ? AND key <= ?';

type Range = [first: number, last: number, fromMs: number, toMs: number];

/**
 * In a snapshot: all blocks and journal rows that can have samples of the range, up to about `enough` samples of
 * blocks; then it ends before the range does.
 */
export function takeWindow(
  file: HistoryFile,
  tag: number,
  fromMs: number,
  toMs: number,
  enough: number,
): Window {
  const journal = file.journal.view();
  const { first, last } = blockKeys(tag, fromMs, toMs);
  const usualFirst = Math.max(first, blockKey(tag, fromMs - longMs) - keyStepsBelow);
  const long = file.sql<Range, Row>(longSql).all(first, usualFirst, fromMs, toMs);
  const blocks = long.map(({ key }) => storedBlock(file, key));
  let samples = long.reduce((sum, row) => sum + row.samples, 0);
  let wanted = samples + enough;
  for (const row of file.sql<Range, Row>(usualSql).iterate(usualFirst, last, fromMs, toMs)) {
    blocks.push(storedBlock(file, row.key));
    samples += row.samples;
    if (samples < wanted) continue;
    const cutMs = cutAfter(file, row.key);
    if (cutMs > toMs) continue;
    if (cutMs > fromMs) return { blocks, journal, samples, cutMs };
    // Many blocks of the same time: a cut has to lie behind them.
    wanted *= 2;
  }
  return { blocks, journal, samples, cutMs: Number.POSITIVE_INFINITY };
}

/** No block with a higher key begins before this. */
function cutAfter(file: HistoryFile, key: number): number {
  const tag = tagOfBlock(key);
  const slot = key - blockKey(tag, 0);
  const last = Math.min(key + keyStepsMax, blockKey(tag, Number.MAX_SAFE_INTEGER));
  const [earliest] = file.sql<[number, number], unknown[]>(earliestSql).raw().get(key, last) ?? [];
  return Math.min((slot + 1) * keySlotMs, (earliest as number | null) ?? Number.POSITIVE_INFINITY);
}

/** After the snapshot: its samples from `fromMs` up to `toMs` and before the cut, in order of time. Columns may be longer. */
export function openWindow(
  file: HistoryFile,
  tag: number,
  { blocks, journal, samples, cutMs }: Window,
  fromMs: number,
  toMs: number,
): Series {
  const all = newSeriesBuffer(samples);
  for (const block of blocks) putBlock(file, block, all);
  putJournal(journal, tag, fromMs, toMs, all);
  keepRange(all, fromMs, toMs, cutMs);
  const order = timeOrder(all);
  return order === undefined ? all : pick(all, order, 0, all.length);
}

/** Inside the snapshot that has its key. What SQLite cannot read of it is as damaged as what cannot be decoded. */
export function storedBlock(file: HistoryFile, key: number): StoredBlock {
  try {
    return {
      key,
      data: file.sql<[number], Buffer>('SELECT data FROM blocks WHERE key = ?').pluck().get(key)!,
    };
  } catch (error) {
    if (!isDamage(error)) throw error;
    file.damaged({ table: 'blocks', key, why: (error as Error).message });
    return { key, data: Buffer.alloc(0) };
  }
}

/** A damaged block puts nothing, and is told of. */
export function putBlock(file: HistoryFile, { key, data }: StoredBlock, all: SeriesBuffer): void {
  const { length } = all;
  try {
    decodeBlockInto(data, all);
  } catch (error) {
    all.length = length;
    file.damaged({ table: 'blocks', key, why: error instanceof Error ? error.message : String(error) });
  }
}

/** Rows of which nothing is in the range are left out; of the others some samples may lie outside. */
export function putJournal(
  journal: JournalView,
  tag: number,
  fromMs: number,
  toMs: number,
  all: SeriesBuffer,
): void {
  const moved = journal.moved.get(tag) ?? -1;
  for (const row of journal.rows) {
    if (row.seq <= moved) continue;
    const grouped = journal.grouped(row);
    if (grouped === undefined) continue;
    const at = findTag(grouped, tag);
    if (at < 0 || grouped.firstMs[at]! > toMs || grouped.lastMs[at]! < fromMs) continue;
    append(all, grouped.series, grouped.starts[at]!, grouped.starts[at + 1]!);
  }
}

function keepRange(all: SeriesBuffer, fromMs: number, toMs: number, cutMs: number): void {
  let kept = 0;
  for (let i = 0; i < all.length; i++) {
    const timeMs = all.timeMs[i]!;
    if (timeMs < fromMs || timeMs > toMs || timeMs >= cutMs) continue;
    if (kept < i) copySample(all, i, kept);
    kept++;
  }
  all.length = kept;
}
