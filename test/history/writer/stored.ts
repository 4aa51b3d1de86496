// What a history file holds, read by the tables alone: the judge of the writer must not be a part of it.
import type { Series } from '../../../src/core/sample.ts';
import { decodeBlock } from '../../../src/history/codec/decode-block.ts';
import { append, newSeriesBuffer, type SeriesBuffer } from '../../../src/history/codec/series-buffer.ts';
import { type Connection, openDatabase } from '../../../src/history/database.ts';
import { decodeJournal } from '../../../src/history/journal-row.ts';
import { blockSpanMaxMs, rollupKey, tagOfBlock } from '../../../src/history/keys.ts';
import { decodeChunk } from '../../../src/history/rollup/chunk.ts';
import { coarser } from '../../../src/history/rollup/merge-rollups.ts';
import { rollUp } from '../../../src/history/rollup/roll-up.ts';
import { type RollupStep, type Rollups, rollupSteps } from '../../../src/ports/history.ts';
import type { Sample } from './samples.ts';

export interface Stored {
  /** One line a sample, sorted: the same bits make the same line. */
  readonly lines: readonly string[];
  readonly blocks: number;
  readonly journalRows: number;
  /** What a file must never be; empty when it is right. */
  readonly faults: readonly string[];
}

export function readStored(file: string): Stored {
  const database = openDatabase(file, { readonly: true });
  try {
    const faults: string[] = [];
    const blocks = readBlocks(database, faults);
    const lines = [...blocks].flatMap(([tag, series]) => linesOf(tag, series));
    lines.push(...readJournal(database));
    checkRollups(database, blocks, faults);
    const integrity = database.pragma('integrity_check', { simple: true });
    if (integrity !== 'ok') faults.push(String(integrity));
    const count = (table: string) => Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
    return { lines: lines.sort(), blocks: count('blocks'), journalRows: count('journal'), faults };
  } finally {
    database.close();
  }
}

const bits = new BigUint64Array(1);
const floats = new Float64Array(bits.buffer);

function bitsOf(value: number): string {
  floats[0] = value;
  return bits[0]!.toString(16);
}

export function lineOf({ tag, value, quality, timeMs, receiveMs, rawMs, exact }: Sample): string {
  const times = [receiveMs, timeMs, rawMs ?? Number.NaN].map(bitsOf).join(' ');
  return `${tag} ${times} ${bitsOf(value)} ${quality ?? 0} ${exact ?? 0n}`;
}

function linesOf(tag: number, series: Series): string[] {
  return Array.from({ length: series.length }, (_, i) =>
    lineOf({
      tag,
      value: series.value[i]!,
      quality: series.quality[i]!,
      timeMs: series.timeMs[i]!,
      receiveMs: series.receiveMs[i]!,
      rawMs: series.rawMs[i]!,
      exact: series.exact[i] ?? 0n,
    }),
  );
}

interface BlockRow {
  readonly key: number;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly received_first: number;
  readonly received_last: number;
  readonly samples: number;
  readonly bad: number;
  readonly data: Buffer;
}

function readBlocks(database: Connection, faults: string[]): Map<number, SeriesBuffer> {
  const all = new Map<number, SeriesBuffer>();
  const rows = database.prepare<[], BlockRow>('SELECT * FROM blocks ORDER BY received_first, key').all();
  for (const row of rows) {
    const tag = tagOfBlock(row.key);
    const series = decodeBlock(row.data);
    faults.push(...faultsOf(row, series).map((fault) => `block ${row.key}: ${fault}`));
    if (!all.has(tag)) all.set(tag, newSeriesBuffer());
    append(all.get(tag)!, series);
  }
  return all;
}

function faultsOf(row: BlockRow, series: Series): string[] {
  const faults: string[] = [];
  const times = series.timeMs.subarray(0, series.length);
  const receipts = series.receiveMs.subarray(0, series.length);
  if (row.samples !== series.length) faults.push(`${row.samples} samples, has ${series.length}`);
  if (row.end_ms - row.start_ms > blockSpanMaxMs + 1) faults.push('spans too much');
  if (times.some((time) => time < row.start_ms || time > row.end_ms)) faults.push('a time outside');
  if (receipts.some((time, i) => i > 0 && time < receipts[i - 1]!)) faults.push('not in order of receipt');
  if (receipts[0] !== row.received_first || receipts.at(-1) !== row.received_last) faults.push('receipts');
  return faults;
}

function readJournal(database: Connection): string[] {
  const moved = new Map(
    database
      .prepare<[], { tag: number; seq: number }>('SELECT tag, seq FROM moved')
      .all()
      .map(({ tag, seq }) => [tag, seq]),
  );
  const rows = database.prepare<[], { seq: number; data: Buffer }>('SELECT seq, data FROM journal').all();
  return rows.flatMap(({ seq, data }) => {
    const columns = decodeJournal(data);
    return Array.from({ length: columns.length }, (_, i) => i)
      .filter((i) => seq > (moved.get(columns.tag[i]!) ?? -1))
      .flatMap((i) => linesOf(columns.tag[i]!, one(columns, i)));
  });
}

function one(series: Series, index: number): Series {
  const buffer = newSeriesBuffer();
  append(buffer, series, index, index + 1);
  return buffer;
}

/** Each stretch told of is what the samples in blocks say, and none is missing but whole hours of seconds. */
function checkRollups(database: Connection, blocks: Map<number, SeriesBuffer>, faults: string[]): void {
  for (const [tag, series] of blocks) {
    const seconds = rollUp(series, 1000);
    for (const stepMs of rollupSteps) {
      const { keys, rollups } = readRollups(database, tag, stepMs);
      const wanted = linesOfRollups(stepMs === 1000 ? seconds : coarser(seconds, stepMs), (startMs) =>
        stepMs === 1000 ? keys.has(rollupKey(tag, stepMs, startMs)) : true,
      );
      const found = linesOfRollups(rollups);
      const differs = wanted.findIndex((line, i) => line !== found[i]);
      if (wanted.length !== found.length || differs >= 0) {
        faults.push(`rollups of ${tag} by ${stepMs}: ${found[differs]} for ${wanted[differs]}`);
      }
    }
  }
}

function readRollups(
  database: Connection,
  tag: number,
  stepMs: RollupStep,
): { readonly keys: ReadonlySet<number>; readonly rollups: Rollups } {
  const range = [rollupKey(tag, stepMs, 0), rollupKey(tag, stepMs, Infinity)];
  const rows = database
    .prepare<number[], { key: number; data: Buffer }>(
      'SELECT key, data FROM rollups WHERE key BETWEEN ? AND ? ORDER BY key',
    )
    .all(...range);
  const chunks = rows.map(({ data }) => decodeChunk(data));
  const join = (key: keyof Rollups) => Float64Array.from(chunks.flatMap((chunk) => [...chunk[key]]));
  return {
    keys: new Set(rows.map(({ key }) => key)),
    rollups: {
      startMs: join('startMs'),
      count: join('count'),
      bad: join('bad'),
      min: join('min'),
      max: join('max'),
      sum: join('sum'),
    },
  };
}

/** Sums to twelve digits: the order of adding is not that of the check. */
function linesOfRollups(
  { startMs, count, bad, min, max, sum }: Rollups,
  wanted: (startMs: number) => boolean = () => true,
): string[] {
  const indices = Array.from(startMs, (_, i) => i).filter((i) => wanted(startMs[i]!));
  return indices.map(
    (i) => `${startMs[i]} ${count[i]} ${bad[i]} ${min[i]} ${max[i]} ${(sum[i] ?? 0).toPrecision(12)}`,
  );
}
