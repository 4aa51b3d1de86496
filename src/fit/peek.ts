// What columns a file has, by its beginning: names, units in the header or in a row below it, the first values.
// Reads as the house's replay source does, and no further than it must.
import { basename } from 'node:path';
import { GemError } from '../errors.ts';
import { readClock, readTime } from '../formats/time.ts';
import { createCsvRows } from '../sources/replay/csv-rows.ts';
import { plainNumber } from '../sources/replay/field.ts';
import { type FileFormat, formatOf } from '../sources/replay/format.ts';
import { createJsonRows } from '../sources/replay/jsonl.ts';
import { openReader } from '../sources/replay/reader.ts';
import type { RowContent, RowListener } from '../sources/replay/row.ts';
import type { ReplaySourceConfig } from '../sources/replay/schema.ts';
import { type FileColumn, readHeader } from './file-column.ts';
import { type ReadingWishes, readingConfig } from './reading.ts';
import { isUnit } from './unit-words.ts';

export interface FileLook {
  /** As people call it. */
  readonly file: string;
  readonly format: FileFormat;
  readonly columns: readonly FileColumn[];
  readonly hasHeader: boolean;
  /** The row below the header says units and no values. */
  readonly unitsRow: boolean;
  readonly delimiter: string;
  /** How to read all of it: with the encoding that was found. */
  readonly reading: ReadingWishes;
}

type Beheld = Omit<FileLook, 'reading'>;

const rowsWanted = 5;
const charactersMax = 1_048_576;
const samplesShown = 3;

interface Beginning {
  names: readonly string[] | undefined;
  width: number;
  delimiter: string;
  rows: RowContent[];
}

/** Text that is no UTF-8 is what Windows and its spreadsheets write in the west: "°C" and "ä" are one byte each. */
export async function peek(path: string, reading: ReadingWishes): Promise<FileLook> {
  const look = await begin(readingConfig(path, reading));
  if (reading.encoding !== undefined && reading.encoding !== 'auto') return { ...look, reading };
  if (!look.columns.some(({ header }) => header.includes('\uFFFD'))) return { ...look, reading };
  const western = { ...reading, encoding: 'windows-1252' };
  return { ...(await begin(readingConfig(path, western))), reading: western };
}

async function begin(config: ReplaySourceConfig): Promise<Beheld> {
  const reader = await openReader(config.file, config.encoding);
  const file = basename(config.file);
  try {
    let text = await reader.read();
    const format = formatOf(config, text);
    const found: Beginning = { names: undefined, width: 0, delimiter: '', rows: [] };
    const rows = rowsOf(config, format, found);
    let read = 0;
    while (text !== '' && found.rows.length < rowsWanted && read < charactersMax) {
      read += text.length;
      rows.write(text);
      text = await reader.read();
    }
    if (text === '') rows.end();
    if (found.width === 0) throw new GemError('GEM_FIT_IMPOSSIBLE', { file, why: 'it has no rows' });
    return { file, format, delimiter: found.delimiter, ...columnsOf(found, format) };
  } finally {
    await reader.close();
  }
}

function rowsOf(config: ReplaySourceConfig, format: FileFormat, found: Beginning) {
  const listener: RowListener = {
    names(names, columns) {
      found.names = names;
      found.width = columns;
    },
    content: (content) => found.rows.push(content),
    fault() {},
  };
  if (format !== 'csv') return createJsonRows(listener);
  const delimiter = (sign: string) => {
    found.delimiter = sign;
  };
  return createCsvRows(config.csv, false, { ...listener, delimiter });
}

function columnsOf({ names, width, rows }: Beginning, format: FileFormat) {
  const cells = rows.map((content) => cellsOf(content, names));
  const [below = []] = cells;
  const unitsRow = format === 'csv' && names !== undefined && saysUnits(below);
  const values = (unitsRow ? cells.slice(1) : cells).slice(0, samplesShown);
  const columns = Array.from({ length: width }, (_, index): FileColumn => {
    const header = names?.[index] || String(index + 1);
    const read = readHeader(header);
    const said = unitsRow ? below[index]?.trim().replace(/^[[(]|[\])]$/g, '') : undefined;
    const unit = read.unit ?? (said !== undefined && isUnit(said) ? said : undefined);
    const samples = values.map((row) => row[index] ?? '');
    return { number: index + 1, header, ...read, unit, samples };
  });
  return { columns, hasHeader: names !== undefined, unitsRow };
}

function cellsOf(content: RowContent, names: readonly string[] | undefined): readonly string[] {
  if (typeof content === 'string') return [content];
  if (Array.isArray(content)) return content as readonly string[];
  const object = content as Readonly<Record<string, unknown>>;
  return (names ?? []).map((name) => wordOf(object[name]));
}

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? `${value}`
    : '';
}

/** Words in it, at least one a unit, and nothing that could be a value. */
function saysUnits(cells: readonly string[]): boolean {
  const words = cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  return words.some((word) => isUnit(word.replace(/^[[(]|[\])]$/g, ''))) && !words.some(isValue);
}

function isValue(text: string): boolean {
  if (text === '1') return false;
  if (!Number.isNaN(plainNumber(text.replace(',', '.')))) return true;
  return !Number.isNaN(readTime(text, 'iso', 0)) || !Number.isNaN(readClock(text));
}
