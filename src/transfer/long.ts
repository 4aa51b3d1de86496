// Samples as a long table: one row a sample, with all there is of it. What it says is enough to store it again.
import { isBad, qualityWord } from '../core/quality.ts';
import type { SampleColumns } from '../core/sample.ts';
import type { HistoryReader, TimeRange } from '../ports/history.ts';
import { mergedSamples } from './merged.ts';
import type { Batch, Column, Table } from './table.ts';
import { type ChosenTag, converted } from './tag-choice.ts';

export const longColumns = [
  { name: 'time', kind: 'time' },
  { name: 'source', kind: 'text' },
  { name: 'tag', kind: 'text' },
  { name: 'value', kind: 'value' },
  { name: 'unit', kind: 'text' },
  { name: 'quality', kind: 'text' },
  { name: 'status', kind: 'code' },
  { name: 'received', kind: 'time' },
  { name: 'raw_ms', kind: 'number' },
  { name: 'kind', kind: 'text' },
  { name: 'tier', kind: 'text' },
] as const satisfies readonly Column[];

/** `onTime`: how far it is. */
export function longTable(
  reader: HistoryReader,
  tags: readonly ChosenTag[],
  range: TimeRange,
  onTime: (timeMs: number) => void,
): Table {
  return { columns: longColumns, batches: longBatches(reader, tags, range, onTime) };
}

async function* longBatches(
  reader: HistoryReader,
  tags: readonly ChosenTag[],
  range: TimeRange,
  onTime: (timeMs: number) => void,
): AsyncGenerator<Batch> {
  const ids = tags.map(({ tag }) => tag.id);
  for await (const samples of mergedSamples(reader, ids, range)) {
    yield rowsOf(samples, tags);
    onTime(samples.timeMs[samples.length - 1]!);
  }
}

function rowsOf(samples: SampleColumns, tags: readonly ChosenTag[]): Batch {
  const { length } = samples;
  const text = (of: (chosen: ChosenTag) => string) => {
    const words = tags.map(of);
    return { texts: Array.from({ length }, (_, row) => words[samples.tag[row]!]) };
  };
  const value = new Float64Array(length);
  const exact: (bigint | undefined)[] = [];
  const hasExact = tags.some(({ tag }) => isExact(tag.kind));
  for (let row = 0; row < length; row++) {
    const chosen = tags[samples.tag[row]!]!;
    value[row] = converted(samples.value[row]!, chosen);
    if (hasExact) exact.push(exactOf(samples, row, chosen.tag.kind));
  }
  const words = Array.from({ length }, (_, row) => qualityWord(samples.quality[row]!));
  return {
    length,
    cells: [
      { numbers: samples.timeMs },
      text(({ tag }) => tag.source),
      text(({ tag }) => tag.name),
      { numbers: value, exact: hasExact ? exact : undefined },
      text(({ unit }) => unit),
      { texts: words },
      { numbers: samples.quality },
      { numbers: samples.receiveMs },
      { numbers: samples.rawMs },
      text(({ tag }) => tag.kind),
      text(({ tag }) => tag.tier),
    ],
  };
}

/** Of a Bad sample the bits mean nothing; those of the upper half of a uint64 look negative in the column. */
export function exactOf(
  { exact, quality, value }: Pick<SampleColumns, 'exact' | 'quality' | 'value'>,
  row: number,
  kind: string,
): bigint | undefined {
  if (!isExact(kind) || isBad(quality[row]!) || Number.isNaN(value[row]!) || exact.length === 0)
    return undefined;
  return kind === 'uint64' ? BigInt.asUintN(64, exact[row]!) : exact[row]!;
}

export function isExact(kind: string): boolean {
  return kind === 'int64' || kind === 'uint64';
}
