// A table as Parquet: a row group at a time, so that no more than one is in memory. Must not let -0 become 0, which a
// dictionary of numbers would.
import { zstdCompressSync } from 'node:zlib';
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { Batch, Cells, Column, Encoder } from './table.ts';

/** Readers skip what they do not want by row groups, and hold one whole. */
export const rowGroupRows = 65_536;

interface Leaf {
  readonly element: SchemaElement;
  readonly encoding?: NonNullable<ColumnSource['encoding']>;
  /** Least and most of each row group, by which readers leave groups out. */
  readonly statistics: boolean;
  readonly column: number;
  readonly take: (cells: Cells, row: number) => unknown;
}

type SourceData = ColumnSource['data'];

export function createParquetEncoder(columns: readonly Column[], groupRows = rowGroupRows): Encoder {
  const leaves = columns.flatMap(leavesOf);
  const bytes = new ByteWriter();
  const schema: SchemaElement[] = [
    { name: 'gemel', num_children: leaves.length },
    ...leaves.map(({ element }) => element),
  ];
  const units = Object.fromEntries(columns.flatMap(({ name, unit }) => (unit ? [[name, unit]] : [])));
  const writer = new ParquetWriter({
    writer: bytes,
    schema,
    codec: 'ZSTD',
    compressors: { ZSTD: (input: Uint8Array) => new Uint8Array(zstdCompressSync(input)) },
    createdBy: 'gemel',
    kvMetadata: Object.keys(units).length === 0 ? [] : [{ key: 'units', value: JSON.stringify(units) }],
  });
  let waiting: unknown[][] = leaves.map(() => []);

  const flush = () => {
    if (waiting[0]!.length === 0) return;
    const rows = waiting[0]!.length;
    const columnData = leaves.map(({ element: { name }, encoding, statistics }, leaf): ColumnSource => {
      const data = waiting[leaf]! as SourceData;
      return { name, data, statistics, offsetIndex: false, ...(encoding === undefined ? {} : { encoding }) };
    });
    const more = writer.write({ columnData, rowGroupSize: rows });
    if (more !== undefined) throw new Error('the buffer of a row group is written at once');
    waiting = leaves.map(() => []);
  };

  return {
    begin: () => '',
    rows({ length, cells }: Batch) {
      for (let from = 0; from < length; ) {
        const to = Math.min(length, from + groupRows - waiting[0]!.length);
        for (const [at, leaf] of leaves.entries()) {
          const column = cells[leaf.column]!;
          for (let row = from; row < to; row++) waiting[at]!.push(leaf.take(column, row));
        }
        if (waiting[0]!.length >= groupRows) flush();
        from = to;
      }
      return takeBytes(bytes);
    },
    end() {
      flush();
      void writer.finish();
      return takeBytes(bytes);
    },
  };
}

/** What has been written so far leaves; offsets go on counting. */
function takeBytes(writer: ByteWriter): Uint8Array {
  const piece = new Uint8Array(writer.buffer.slice(0, writer.index));
  writer.index = 0;
  return piece;
}

function leavesOf({ name, kind }: Column, column: number): Leaf[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const;
  const plain = { column, encoding: 'PLAIN', statistics: true } as const;
  const text = { ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
  const words = { column, encoding: 'RLE_DICTIONARY', statistics: false } as const;
  switch (kind) {
    case 'time': {
      const element = { ...optional, type: 'INT64', converted_type: 'TIMESTAMP_MICROS' } as const;
      const encoding = 'DELTA_BINARY_PACKED';
      return [{ ...plain, element, encoding, take: ({ numbers }, row) => micros(numbers![row]!) }];
    }
    case 'text':
      return [{ ...words, element: text, take: ({ texts }, row) => texts![row] ?? null }];
    case 'number':
      return [{ ...plain, element: { ...optional, type: 'DOUBLE' }, take: numberOrNull }];
    case 'value': {
      const exact = { ...text, name: `${name}_exact` };
      const take = (cells: Cells, row: number) => cells.exact?.[row]?.toString() ?? null;
      return [
        { ...plain, element: { ...optional, type: 'DOUBLE' }, take: numberOrNull },
        { column, statistics: false, element: exact, take },
      ];
    }
    case 'code': {
      const element = { ...optional, type: 'INT32', converted_type: 'UINT_32' } as const;
      return [{ column, statistics: false, element, take: numberOrNull }];
    }
    case 'count':
      return [
        {
          column,
          statistics: true,
          element: { ...optional, type: 'INT64' },
          take: (cells, row) => whole(cells, row),
        },
      ];
  }
}

function numberOrNull({ numbers }: Cells, row: number): number | null {
  const number = numbers![row]!;
  return Number.isNaN(number) ? null : number;
}

function whole(cells: Cells, row: number): bigint | null {
  const number = numberOrNull(cells, row);
  return number === null ? null : BigInt(number);
}

/** Whole microseconds, as sample times are. */
function micros(timeMs: number): bigint | null {
  return Number.isNaN(timeMs) ? null : BigInt(Math.round(timeMs * 1000));
}
