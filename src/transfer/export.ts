// Samples of the history to a file: which, in what shape, in which format. Holds a batch at a time, however long the
// stretch, and says how far it is.
import { GemError } from '../errors.ts';
import type { HistoryReader, RollupStep, TimeRange } from '../ports/history.ts';
import { pointTable, rollupTable } from './condensed.ts';
import { type CsvStyle, createCsvEncoder } from './csv.ts';
import type { FileFormat } from './file-format.ts';
import { createJsonlEncoder } from './jsonl.ts';
import { longTable } from './long.ts';
import type { Output } from './output.ts';
import { createParquetEncoder } from './parquet.ts';
import type { Column, Encoder, Table } from './table.ts';
import type { ChosenTag } from './tag-choice.ts';
import { type WideOptions, wideTable } from './wide.ts';

export type Shape =
  | { readonly kind: 'long' }
  | ({ readonly kind: 'wide' } & WideOptions)
  | { readonly kind: 'rollup'; readonly stepMs: RollupStep }
  | { readonly kind: 'points'; readonly points: number; readonly method: 'min-max' | 'lttb' };

export interface ExportWishes {
  readonly tags: readonly ChosenTag[];
  /** Where one is not said, as far as there is something. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly shape: Shape;
  readonly format: FileFormat;
  readonly csv: CsvStyle;
}

export interface Exported extends TimeRange {
  readonly rows: number;
  readonly tags: number;
  readonly bytes: number;
}

export async function exportHistory(
  reader: HistoryReader,
  wishes: ExportWishes,
  output: Output,
  onShare: (share: number) => void,
): Promise<Exported> {
  try {
    const range = await rangeOf(reader, wishes);
    const table = tableOf(reader, wishes, range, onShare);
    const encoder = encoderOf(table.columns, wishes);
    let rows = 0;
    await output.write(encoder.begin());
    for await (const batch of table.batches) {
      rows += batch.length;
      await output.write(encoder.rows(batch));
    }
    if (rows === 0) throw nothing(wishes, await spanOf(reader, wishes.tags, hasRollups(wishes.shape)));
    await output.write(encoder.end());
    await output.finish();
    return { ...range, rows, tags: wishes.tags.length, bytes: output.bytes };
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

/** Whether it tells of times, too, of which only rollups are left. */
function hasRollups({ kind }: Shape): boolean {
  return kind === 'rollup' || kind === 'points';
}

function tableOf(
  reader: HistoryReader,
  { tags, shape }: ExportWishes,
  range: TimeRange,
  onShare: (share: number) => void,
): Table {
  const onTime = (timeMs: number) => onShare((timeMs - range.fromMs) / (range.toMs - range.fromMs + 1));
  switch (shape.kind) {
    case 'long':
      return longTable(reader, tags, range, onTime);
    case 'wide':
      return wideTable(reader, tags, range, shape, onTime);
    case 'rollup':
      return rollupTable(reader, tags, range, shape.stepMs, onShare);
    case 'points':
      return pointTable(reader, tags, range, shape, onShare);
  }
}

function encoderOf(columns: readonly Column[], { format, csv }: ExportWishes): Encoder {
  if (format === 'parquet') return createParquetEncoder(columns);
  return format === 'csv' ? createCsvEncoder(columns, csv) : createJsonlEncoder(columns, csv.times);
}

/** What there is of these tags together; undefined: nothing. `rollups`: they count too, and outlive their samples. */
export async function spanOf(
  reader: HistoryReader,
  tags: readonly ChosenTag[],
  rollups: boolean,
): Promise<TimeRange | undefined> {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const { tag } of tags) {
    const { samples, firstMs, lastMs } = await reader.span(tag.id);
    if (samples > 0) {
      fromMs = Math.min(fromMs, firstMs);
      toMs = Math.max(toMs, lastMs);
    }
    if (!rollups) continue;
    const before = await hoursBefore(reader, tag.id, samples > 0 ? firstMs : Number.POSITIVE_INFINITY);
    fromMs = Math.min(fromMs, before?.fromMs ?? fromMs);
    toMs = Math.max(toMs, before?.toMs ?? toMs);
  }
  return fromMs <= toMs ? { fromMs, toMs } : undefined;
}

const hourMs = 3_600_000;

/** Of the hours that ended by then and are told of by rollups. */
async function hoursBefore(
  reader: HistoryReader,
  tag: number,
  beforeMs: number,
): Promise<TimeRange | undefined> {
  const { startMs } = await reader.rollup({ tag, fromMs: 0, toMs: beforeMs - hourMs, stepMs: hourMs });
  if (startMs.length === 0) return undefined;
  return { fromMs: startMs[0]!, toMs: startMs.at(-1)! + hourMs };
}

async function rangeOf(
  reader: HistoryReader,
  { tags, fromMs, toMs, shape }: ExportWishes,
): Promise<TimeRange> {
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs)
    throw new GemError('GEM_USAGE', { why: `--from ${text(fromMs)} is after --to ${text(toMs)}` });
  const span = await spanOf(reader, tags, hasRollups(shape));
  const range = {
    fromMs: fromMs ?? span?.fromMs ?? Number.NaN,
    toMs: toMs ?? span?.toMs ?? Number.NaN,
  };
  if (span === undefined || range.fromMs > span.toMs || range.toMs < span.fromMs)
    throw nothing({ fromMs, toMs }, span);
  // Before and after it there is nothing to tell, however long it takes.
  return { fromMs: Math.max(range.fromMs, span.fromMs), toMs: Math.min(range.toMs, span.toMs) };
}

/** What was asked for, as it was said. */
function nothing({ fromMs, toMs }: Asked, span: TimeRange | undefined): GemError {
  const there = span === undefined ? 'nothing of these tags' : `${text(span.fromMs)} to ${text(span.toMs)}`;
  const from = fromMs === undefined ? 'the beginning' : text(fromMs);
  return new GemError('GEM_HISTORY_EMPTY', { from, to: toMs === undefined ? 'now' : text(toMs), there });
}

type Asked = Pick<ExportWishes, 'fromMs' | 'toMs'>;

function text(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
