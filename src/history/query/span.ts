// How much there is of a tag, and from when to when.
import type { HistorySpan } from '../../ports/history.ts';
import { newSeriesBuffer, type SeriesBuffer } from '../codec/series-buffer.ts';
import { blockKey, blockKeys } from '../keys.ts';
import type { HistoryFile, Job } from './history-file.ts';
import { putBlock, putJournal, type StoredBlock } from './window.ts';

interface Sum {
  readonly rows: number;
  readonly last: number | null;
  readonly samples: number | null;
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** So many rows are a few milliseconds. */
const rowsAtOnce = 16_384;
const sumSql = `SELECT count(*) AS rows, max(key) AS last, sum(samples) AS samples, min(start_ms) AS startMs,
  max(end_ms) AS endMs
  FROM (SELECT key, samples, start_ms, end_ms FROM blocks WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?)`;

/** Exact while nobody writes; else the number is off by late samples that went into blocks meanwhile. */
export function* readSpan(file: HistoryFile, tag: number): Job<HistorySpan> {
  const sum = file.sql<[number, number, number], Sum>(sumSql);
  const last = blockKey(tag, Number.MAX_SAFE_INTEGER);
  let samples = 0;
  let [startMs, endMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let first = blockKey(tag, 0); ; ) {
    const { chunk, journal } = file.snapshot(() => ({
      chunk: sum.get(first, last, rowsAtOnce)!,
      journal: file.journal.view(),
    }));
    samples += chunk.samples ?? 0;
    startMs = Math.min(startMs, chunk.startMs ?? Number.POSITIVE_INFINITY);
    endMs = Math.max(endMs, chunk.endMs ?? Number.NEGATIVE_INFINITY);
    if (chunk.rows === rowsAtOnce) {
      first = chunk.last! + 1;
      yield;
      continue;
    }
    const rest = newSeriesBuffer();
    putJournal(journal, tag, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, rest);
    samples += rest.length;
    if (samples === 0) return { samples, firstMs: Number.NaN, lastMs: Number.NaN };
    if (startMs <= endMs) putEnds(file, tag, startMs, endMs, rest);
    return { samples, ...ends(rest.timeMs, rest.length) };
  }
}

/** What a row says is rounded outwards; the samples know it exactly. */
function putEnds(file: HistoryFile, tag: number, startMs: number, endMs: number, rest: SeriesBuffer): void {
  const rows = file.sql<[number, number, number, number], StoredBlock>(
    'SELECT key, data FROM blocks WHERE key BETWEEN ? AND ? AND start_ms <= ? AND end_ms >= ?',
  );
  const first = blockKeys(tag, startMs, startMs);
  const last = blockKeys(tag, endMs, endMs);
  const edges = [
    ...rows.all(first.first, first.last, startMs, startMs),
    ...rows.all(last.first, last.last, endMs, endMs),
  ];
  for (const row of edges) putBlock(file, row, rest);
}

function ends(timeMs: Float64Array, length: number): { firstMs: number; lastMs: number } {
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < length; i++) {
    firstMs = Math.min(firstMs, timeMs[i]!);
    lastMs = Math.max(lastMs, timeMs[i]!);
  }
  return { firstMs, lastMs };
}
