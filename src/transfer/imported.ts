// Samples on their way from a file into the history, whatever the file was; and what could not be read of it.
import type { SampleColumns } from '../core/sample.ts';
import type { HistoryTag } from '../ports/history.ts';

export type ImportedTag = Omit<HistoryTag, 'id'>;

export interface ImportedRow {
  /** Place in the list of tags. */
  readonly tag: number;
  /** NaN exactly when the quality is Bad. */
  readonly value: number;
  readonly exact: bigint | undefined;
  readonly quality: number;
  readonly timeMs: number;
  readonly receiveMs: number;
  readonly rawMs: number;
}

export interface Refusals {
  count: number;
  /** The first few, with where they stand. */
  readonly examples: string[];
}

export interface ImportSource {
  /** Grows while rows are read: a tag is here before its first row. */
  readonly tags: readonly ImportedTag[];
  readonly refused: Refusals;
  /** Some rows at a time, in the order of the file. */
  readonly rows: AsyncIterable<readonly ImportedRow[]>;
  /** Of the file, read so far. */
  share(): number;
  /** Why it ends before its end; empty when nothing is wrong. */
  damage(): string;
}

const examplesMax = 3;

export function newRefusals(): Refusals {
  return { count: 0, examples: [] };
}

export function refuse(refused: Refusals, where: string, count = 1): void {
  refused.count += count;
  if (refused.examples.length < examplesMax) refused.examples.push(where.slice(0, 200));
}

/** As the history takes them: by receipt, of one moment as they came. */
export function columnsOf(rows: readonly ImportedRow[], indexOf: (tag: number) => number): SampleColumns {
  const sorted = rows.toSorted((a, b) => a.receiveMs - b.receiveMs);
  const hasExact = rows.some(({ exact }) => exact !== undefined);
  return {
    length: sorted.length,
    tag: Int32Array.from(sorted, ({ tag }) => indexOf(tag)),
    value: Float64Array.from(sorted, ({ value }) => value),
    quality: Uint32Array.from(sorted, ({ quality }) => quality),
    timeMs: Float64Array.from(sorted, ({ timeMs }) => timeMs),
    receiveMs: Float64Array.from(sorted, ({ receiveMs }) => receiveMs),
    rawMs: Float64Array.from(sorted, ({ rawMs }) => rawMs),
    exact: hasExact
      ? BigInt64Array.from(sorted, ({ exact = 0n }) => BigInt.asIntN(64, exact))
      : new BigInt64Array(0),
  };
}
