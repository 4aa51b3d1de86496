// A long table from Parquet, a row group or a part of a large one at a time.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { GemError } from '../errors.ts';
import { printable } from '../formats/excerpt.ts';
import { type ImportedRow, type ImportSource, newRefusals, refuse } from './imported.ts';
import { createLongRows, longNames, missingOf } from './long-row.ts';

/** Beside what the library has of its own (snappy): what the other writers of such files use. */
const compressors = {
  GZIP: (input: Uint8Array) => new Uint8Array(gunzipSync(input)),
  ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)),
};

/** Times as ms, with what lies between two of them. */
const parsers = {
  timestampFromMilliseconds: (ms: bigint) => Number(ms),
  timestampFromMicroseconds: (us: bigint) => Number(us) / 1000,
  timestampFromNanoseconds: (ns: bigint) => Number(ns / 1000n) / 1000,
};

/** Of a row group; each slice unpacks it from its beginning, so they are not small. */
const sliceRowsUsual = 131_072;

export async function isParquet(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  try {
    if (!(await handle.stat()).isFile()) throw unreadable(file, new Error('it is no regular file'));
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === 'PAR1';
  } finally {
    await handle.close();
  }
}

export async function readParquet(
  file: string,
  untilMs: number,
  sliceRows = sliceRowsUsual,
): Promise<ImportSource> {
  const { buffer, close } = await openBuffer(file);
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(buffer);
    const names = metadata.schema.slice(1).map(({ name }) => name);
    const missing = missingOf(names);
    if (missing.length > 0) throw new Error(missingText(missing, names));
  } catch (error) {
    await close();
    throw new GemError('GEM_IMPORT_UNUSABLE', { file: basename(file), why: wordsOf(error) }, error);
  }
  const long = createLongRows(untilMs, false);
  const refused = newRefusals();
  const there = new Set(metadata.schema.map(({ name }) => name));
  const columns = longNames.filter((name) => there.has(name));
  let done = 0;
  let damage = '';

  async function* read(): AsyncGenerator<readonly ImportedRow[]> {
    try {
      for (const [rowStart, rowEnd] of slicesOf(metadata, sliceRows)) {
        const options = { file: buffer, metadata, columns, rowStart, rowEnd, compressors, parsers };
        const objects = await parquetReadObjects(options);
        yield objects.flatMap((object, at) => {
          const row = long.take((name) => object[name] as unknown);
          if (typeof row !== 'string') return [row];
          refuse(refused, `${basename(file)}: row ${rowStart + at + 1} ${printable(row)}`);
          return [];
        });
        done = rowEnd;
      }
    } catch (error) {
      damage = wordsOf(error);
    } finally {
      await close();
    }
  }
  return {
    tags: long.tags,
    refused,
    rows: read(),
    share: () => done / Math.max(1, Number(metadata.num_rows)),
    damage: () => damage,
  };
}

/** Row groups from first to last row; those of other writers may be too large to have as objects at once. */
function* slicesOf(
  { row_groups: groups }: FileMetaData,
  sliceRows: number,
): Generator<readonly [number, number]> {
  let rowStart = 0;
  for (const { num_rows: rows } of groups) {
    const groupEnd = rowStart + Number(rows);
    for (; rowStart < groupEnd; rowStart = Math.min(groupEnd, rowStart + sliceRows))
      yield [rowStart, Math.min(groupEnd, rowStart + sliceRows)];
  }
}

function missingText(missing: readonly string[], names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => printable(name));
  return `there is no column ${missing.join(', no ')}; it has ${shown.join(', ')}`;
}

/** One handle for the whole of it, and reads of what is asked for. */
async function openBuffer(file: string): Promise<{ buffer: AsyncBuffer; close: () => Promise<void> }> {
  const handle = await open(file, 'r');
  const { size } = await handle.stat();
  const buffer: AsyncBuffer = {
    byteLength: size,
    async slice(start, end = size) {
      const from = start < 0 ? size + start : start;
      const bytes = new Uint8Array(new ArrayBuffer(Math.max(0, end - from)));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      if (bytesRead < bytes.length) throw new Error('it ends in the middle');
      return bytes.buffer;
    },
  };
  return { buffer, close: () => handle.close() };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function unreadable(file: string, error: unknown): GemError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'there is no such file' : message;
  return new GemError('GEM_FILE_UNREADABLE', { what: 'the file', file, why }, error);
}
