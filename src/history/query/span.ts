// How much there is of a tag, and from when to when.
import type { HistorySpan } from '../../ports/history.ts';
import { newSeriesBuffer, type SeriesBuffer } from '../codec/series-buffer.ts';
import { blockKey, blockKeys } from '../keys.ts';
import type { HistoryFile, Job } from './history-file.ts';
import { putBlock, putJournal, storedBlock } from './window.ts';

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
    const inJournal = ends(rest);
    if (startMs > endMs) return { samples, ...inJournal };
    const { firstMs } = ends(samplesOver(file, tag, startMs));
    const { lastMs } = ends(samplesOver(file, tag, endMs));
    // Of blocks that cannot be read, what their rows say.
    return {
      samples,
      firstMs: Math.min(inJournal.firstMs, Number.isFinite(firstMs) ? firstMs : startMs),
      lastMs: Math.max(inJournal.lastMs, Number.isFinite(lastMs) ? lastMs : endMs),
    };
  }
}

/** Of blocks over an end of the span: what a row says of it is rounded outwards, the samples know it exactly. */
function samplesOver(file: HistoryFile, tag: number, endMs: number): SeriesBuffer {
  const keys = file
    .sql<[number, number, number, number], number>(
      'SELECT key FROM blocks WHERE key BETWEEN ? AND ? AND start_ms <= ? AND end_ms >= ?',
    )
    .pluck();
  const { first, last } = blockKeys(tag, endMs, endMs);
  const samples = newSeriesBuffer();
  const blocks = file.snapshot(() =>
    keys.all(first, last, endMs, endMs).map((key) => storedBlock(file, key)),
  );
  for (const block of blocks) putBlock(file, block, samples);
  return samples;
}

/** Infinities without samples. */
function ends({ timeMs, length }: SeriesBuffer): { firstMs: number; lastMs: number } {
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < length; i++) {
    firstMs = Math.min(firstMs, timeMs[i]!);
    lastMs = Math.max(lastMs, timeMs[i]!);
  }
  return { firstMs, lastMs };
}
