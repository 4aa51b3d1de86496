// Which blocks have what was received in a stretch of time. Of use for as long as that stretch is settled: blocks only
// ever get samples that were received later, or are dropped for their age.
import { tagOfBlock } from '../../keys.ts';
import type { HistoryFile, Job } from '../history-file.ts';

export interface Candidate {
  readonly key: number;
  readonly tag: number;
  readonly receivedFirst: number;
  readonly receivedLast: number;
}

export interface Directory {
  /** Complete for what was received after this and up to `toMs`. */
  readonly afterMs: number;
  readonly toMs: number;
  /** By tag, of one tag by key. */
  readonly blocks: readonly Candidate[];
}

/** What blocks_spread does not have was received within so long. */
const spreadMs = 21_600_000;
/** So long a stretch of the index is looked through in one snapshot. */
const sliceMs = 1_800_000;

const columns = 'key, received_first AS receivedFirst, received_last AS receivedLast';
// The conditions of the indices, word by word.
const usualSql = `SELECT ${columns} FROM blocks INDEXED BY blocks_received
  WHERE received_last > ? AND received_last <= ? AND received_first <= ?
  AND received_last - received_first <= 21600000`;
const spreadSql = `SELECT ${columns} FROM blocks INDEXED BY blocks_spread
  WHERE received_last - received_first > 21600000 AND received_last > ? AND received_first <= ?`;

type Row = Omit<Candidate, 'tag'>;

export type Wanted = (tag: number) => boolean;

/** All of `afterMs` to `toMs` in one snapshot: for what is not settled yet. */
export function listBlocks(file: HistoryFile, wanted: Wanted, afterMs: number, toMs: number): Candidate[] {
  const usual = file.sql<[number, number, number], Row>(usualSql).all(afterMs, toMs + spreadMs, toMs);
  return inOrder([...usual, ...spread(file, afterMs, toMs)], wanted);
}

export function* makeDirectory(
  file: HistoryFile,
  wanted: Wanted,
  afterMs: number,
  toMs: number,
): Job<Directory> {
  const rows: Row[] = spread(file, afterMs, toMs);
  const usual = file.sql<[number, number, number], Row>(usualSql);
  const endMs = toMs + spreadMs;
  for (let fromMs = afterMs; fromMs < endMs; fromMs += sliceMs) {
    rows.push(...usual.all(fromMs, Math.min(endMs, fromMs + sliceMs), toMs));
    yield;
  }
  return { afterMs, toMs, blocks: inOrder(rows, wanted) };
}

function spread(file: HistoryFile, afterMs: number, toMs: number): Row[] {
  return file.sql<[number, number], Row>(spreadSql).all(afterMs, toMs);
}

function inOrder(rows: readonly Row[], wanted: Wanted): Candidate[] {
  return rows
    .map((row) => ({ ...row, tag: tagOfBlock(row.key) }))
    .filter(({ tag }) => wanted(tag))
    .sort((a, b) => a.key - b.key);
}
