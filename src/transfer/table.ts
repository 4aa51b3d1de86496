// What is exported, before it is written in any format: named columns, and rows in batches of columns. Knows no format.

/**
 * `time`: ms since 1970. `value`: a number with, where it has them, all digits of a 64-bit integer. `code`, `count`:
 * whole numbers.
 */
export type ColumnKind = 'time' | 'text' | 'number' | 'value' | 'code' | 'count';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Of a row below the names, where the format has one. */
  readonly unit?: string;
}

/** NaN, and an absent text, stand for nothing. */
export interface Cells {
  readonly numbers?: Float64Array | Uint32Array;
  readonly texts?: readonly (string | undefined)[];
  /** By row; absent where the number says it all. */
  readonly exact?: readonly (bigint | undefined)[] | undefined;
}

export interface Batch {
  readonly length: number;
  /** By column. */
  readonly cells: readonly Cells[];
}

export interface Table {
  readonly columns: readonly Column[];
  /** Read to its end or given up; each batch is good until the next is asked for. */
  readonly batches: AsyncIterable<Batch>;
}

/** A table in one of the formats, piece by piece. */
export interface Encoder {
  /** What comes before the rows. */
  begin(): Uint8Array | string;
  rows(batch: Batch): Uint8Array | string;
  end(): Uint8Array | string;
}
