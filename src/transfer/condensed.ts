// Less than all samples: what the history keeps of each second, minute or hour, or as many points as a chart has room
// for. One tag after another.
import { qualityWord } from '../core/quality.ts';
import type { HistoryReader, RollupStep, TimeRange } from '../ports/history.ts';
import type { Batch, Cells, Column, Table } from './table.ts';
import { type ChosenTag, converted } from './tag-choice.ts';

const named = [
  { name: 'source', kind: 'text' },
  { name: 'tag', kind: 'text' },
] as const satisfies readonly Column[];
const rollupColumns: readonly Column[] = [
  { name: 'time', kind: 'time' },
  ...named,
  { name: 'count', kind: 'count' },
  { name: 'bad', kind: 'count' },
  { name: 'min', kind: 'number' },
  { name: 'mean', kind: 'number' },
  { name: 'max', kind: 'number' },
  { name: 'sum', kind: 'number' },
  { name: 'unit', kind: 'text' },
  { name: 'tier', kind: 'text' },
];
const pointColumns: readonly Column[] = [
  { name: 'time', kind: 'time' },
  ...named,
  { name: 'value', kind: 'number' },
  { name: 'unit', kind: 'text' },
  { name: 'quality', kind: 'text' },
  { name: 'status', kind: 'code' },
  { name: 'tier', kind: 'text' },
];

/** Of stretches that are asked for at once. */
const stretches = 20_000;

export type OnShare = (share: number) => void;

export function rollupTable(
  reader: HistoryReader,
  tags: readonly ChosenTag[],
  range: TimeRange,
  stepMs: RollupStep,
  onShare: OnShare,
): Table {
  return { columns: rollupColumns, batches: rollupBatches(reader, tags, range, stepMs, onShare) };
}

async function* rollupBatches(
  reader: HistoryReader,
  tags: readonly ChosenTag[],
  { fromMs, toMs }: TimeRange,
  stepMs: RollupStep,
  onShare: OnShare,
): AsyncGenerator<Batch> {
  const pieceMs = stretches * stepMs;
  const pieces = Math.max(1, Math.ceil((toMs - fromMs + 1) / pieceMs));
  let done = 0;
  for (const chosen of tags) {
    // From one multiple of the step to the next, so that no stretch is told twice.
    let beginMs = fromMs;
    while (beginMs <= toMs) {
      const endMs = Math.min(toMs, Math.floor(beginMs / pieceMs) * pieceMs + pieceMs - 1);
      const found = await reader.rollup({ tag: chosen.tag.id, fromMs: beginMs, toMs: endMs, stepMs });
      const length = found.startMs.length;
      if (length > 0) yield rollupRows(found, length, chosen);
      beginMs = endMs + 1;
      onShare(++done / (pieces * tags.length));
    }
  }
}

type Found = Awaited<ReturnType<HistoryReader['rollup']>>;

function rollupRows(found: Found, length: number, chosen: ChosenTag): Batch {
  const { scale, offset } = chosen;
  // Bad samples are counted apart.
  const { startMs, count, bad } = found;
  // Another unit may count the other way round.
  const [low, high] = scale < 0 ? [found.max, found.min] : [found.min, found.max];
  const sum = found.sum.map((all, row) =>
    count[row]! > 0 ? all * scale + offset * count[row]! : Number.NaN,
  );
  const where = (values: Float64Array) =>
    values.map((value, row) => (count[row]! > 0 ? converted(value, chosen) : Number.NaN));
  return {
    length,
    cells: [
      { numbers: startMs },
      ...namesOf(length, chosen),
      { numbers: count },
      { numbers: bad },
      { numbers: where(low) },
      { numbers: sum.map((all, row) => all / count[row]!) },
      { numbers: where(high) },
      { numbers: sum },
      same(length, chosen.unit),
      same(length, chosen.tag.tier),
    ],
  };
}

export interface PointsOptions {
  readonly points: number;
  readonly method: 'min-max' | 'lttb';
}

export function pointTable(
  reader: HistoryReader,
  tags: readonly ChosenTag[],
  range: TimeRange,
  options: PointsOptions,
  onShare: OnShare,
): Table {
  return { columns: pointColumns, batches: pointBatches(reader, tags, range, options, onShare) };
}

async function* pointBatches(
  reader: HistoryReader,
  tags: readonly ChosenTag[],
  range: TimeRange,
  options: PointsOptions,
  onShare: OnShare,
): AsyncGenerator<Batch> {
  for (const [done, chosen] of tags.entries()) {
    const { tag, unit } = chosen;
    const { timeMs, value, quality } = await reader.range({ tag: tag.id, ...range, ...options });
    const { length } = timeMs;
    if (length > 0)
      yield {
        length,
        cells: [
          { numbers: timeMs },
          ...namesOf(length, chosen),
          { numbers: value.map((one) => converted(one, chosen)) },
          same(length, unit),
          { texts: Array.from(quality, qualityWord) },
          { numbers: quality },
          same(length, tag.tier),
        ],
      };
    onShare((done + 1) / tags.length);
  }
}

function namesOf(length: number, { tag }: ChosenTag): Cells[] {
  return [same(length, tag.source), same(length, tag.name)];
}

function same(length: number, text: string): Cells {
  return { texts: new Array<string>(length).fill(text) };
}
