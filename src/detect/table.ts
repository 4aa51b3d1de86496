// A file of rows as cells: header or none, found by looking at its beginning; then row after row, each of them, also
// those that cannot be used, so that as many come out as went in.
import { GemError } from '../errors.ts';
import type { ReadingWishes } from '../fit/reading.ts';
import { readingConfig } from '../fit/reading.ts';
import type { JsonObject } from '../formats/json.ts';
import { createCsvRows } from '../sources/replay/csv-rows.ts';
import { formatOf } from '../sources/replay/format.ts';
import { createJsonRows, lookUp } from '../sources/replay/jsonl.ts';
import type { RowReader } from '../sources/replay/row.ts';
import { isWordForNothing, numberOf, timeWord } from './cell.ts';
import { openText, type TextInput } from './text-input.ts';

/** Undefined: the line is no row. */
export type Cells = readonly string[] | undefined;

export interface Table {
  readonly name: string;
  /** Undefined: it has no header. */
  readonly names: readonly string[] | undefined;
  readonly width: number;
  /** What comes after the header, as far as it was looked at. */
  readonly head: readonly Cells[];
  readonly decimalComma: boolean;
  /** All rows, those of the head first. */
  batches(): AsyncGenerator<readonly Cells[]>;
  readonly share: number;
  /** Lines that are no rows: how many, and the first few in words. */
  readonly faults: { count: number; readonly examples: string[] };
  readonly damage: string;
  close(): Promise<void>;
}

const headCharacters = 400_000;
const headRows = 2000;
const examplesKept = 3;

interface Reading {
  names: readonly string[] | undefined;
  width: number;
  delimiter: string;
  readonly faults: { count: number; readonly examples: string[] };
  rows: Cells[];
}

export async function openTable(
  path: string,
  wishes: ReadingWishes,
  stdin: () => AsyncIterable<Uint8Array>,
): Promise<Table> {
  const table = await begin(path, wishes, stdin);
  const isAuto = wishes.encoding === undefined || wishes.encoding === 'auto';
  const strange = [...(table.names ?? []), ...(table.head[0] ?? [])].some((cell) => cell.includes('\ufffd'));
  if (!isAuto || !strange || path === '-') return table;
  // Text that is no UTF-8 is what Windows and its spreadsheets write in the west.
  await table.close();
  return begin(path, { ...wishes, encoding: 'windows-1252' }, stdin);
}

async function begin(
  path: string,
  wishes: ReadingWishes,
  stdin: () => AsyncIterable<Uint8Array>,
): Promise<Table> {
  const config = readingConfig(path === '-' ? 'stdin' : path, wishes, { csv: { header: false } });
  const input = await openText(path, config.encoding, stdin);
  try {
    let text = '';
    for (let piece = await input.read(); piece !== ''; piece = await input.read()) {
      text += piece;
      if (text.length >= headCharacters) break;
    }
    if (text.trim() === '') {
      throw new GemError('GEM_DETECT_EMPTY', { file: input.name, why: input.damage || 'it has no rows' });
    }
    const isJson = formatOf({ format: 'auto', file: path }, text) !== 'csv';
    const reading: Reading = { names: undefined, width: 0, delimiter: ',', faults: newFaults(), rows: [] };
    const reader = isJson ? jsonReader(reading) : csvReader(config.csv, reading);
    reader.write(text);
    if (text.length < headCharacters) reader.end();
    if (!isJson) findHeader(reading, wishes.header);
    return tableOf(input, reading, reader, text.length < headCharacters, wishes.decimal);
  } catch (error) {
    await input.close();
    throw error;
  }
}

function newFaults() {
  return { count: 0, examples: [] as string[] };
}

function tableOf(
  input: TextInput,
  reading: Reading,
  reader: RowReader,
  whole: boolean,
  decimal = 'auto',
): Table {
  const head = reading.rows;
  const { names, width, delimiter, faults } = reading;
  return {
    ...{ name: input.name, names, width, faults },
    head: head.slice(0, headRows),
    decimalComma: decimal === 'comma' || (decimal === 'auto' && delimiter !== ','),
    get share() {
      return input.share;
    },
    get damage() {
      return input.damage;
    },
    async *batches() {
      yield head;
      if (whole) return;
      for (let text = await input.read(); text !== ''; text = await input.read()) {
        reading.rows = [];
        reader.write(text);
        yield reading.rows;
      }
      reading.rows = [];
      // The last line of a torn file is no line: half a number would be a number.
      if (input.damage === '') reader.end();
      yield reading.rows;
    },
    close: () => input.close(),
  };
}

function csvReader(config: Parameters<typeof createCsvRows>[0], reading: Reading): RowReader {
  return createCsvRows(config, true, {
    names: (_names, columns) => {
      reading.width = columns;
    },
    delimiter: (sign) => {
      reading.delimiter = sign;
    },
    content: (content) => reading.rows.push(content as readonly string[]),
    fault: (_reason, why, _text, line) => refuse(reading, `line ${line}: ${why}`),
  });
}

function jsonReader(reading: Reading): RowReader {
  return createJsonRows({
    names: (names, columns) => {
      reading.names = names;
      reading.width = columns;
    },
    content: (content) => {
      const object = content as JsonObject;
      reading.rows.push((reading.names ?? []).map((name) => wordOf(lookUp(object, name))));
    },
    fault: (_reason, why, _text, line) => refuse(reading, `line ${line}: ${why}`),
  });
}

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

function refuse({ faults, rows }: Reading, words: string): void {
  faults.count++;
  if (faults.examples.length < examplesKept) faults.examples.push(words);
  rows.push(undefined);
}

/** The first row is a header where it has words above numbers; or, of pandas, numbers from 0 on above others. */
function findHeader(reading: Reading, stated: boolean | undefined): void {
  const [first, ...others] = reading.rows;
  if (first === undefined || stated === false) return;
  const second = others.find((row) => row !== undefined);
  const isData = first.some((cell) => isValue(cell));
  const below = second?.some((cell) => isValue(cell)) === true;
  const counts = first.length >= 2 && second !== undefined && countsUp(first) && !countsUp(second);
  const header = stated === true || counts || (!isData && (below || second === undefined || allWords(first)));
  if (!header) return;
  reading.names = first.map((name) => name.trim());
  reading.rows = reading.rows.slice(1);
}

function isValue(cell: string): boolean {
  return !Number.isNaN(numberOf(cell, true)) || timeWord(cell) !== undefined;
}

function allWords(cells: readonly string[]): boolean {
  return cells.every((cell) => !isWordForNothing(cell));
}

function countsUp(cells: readonly string[]): boolean {
  const from = cells[0]?.trim() === '' ? 1 : 0;
  const start = Number(cells[from]);
  return (
    cells.length - from >= 2 &&
    (start === 0 || start === 1) &&
    cells.slice(from).every((cell, k) => /^\d+$/.test(cell.trim()) && Number(cell) === start + k)
  );
}
