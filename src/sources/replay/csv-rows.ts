// A CSV file to rows: what stands before the header, the header, and rows that have as many cells as it.
import { readClock, readTime } from '../../formats/time.ts';
import {
  createRecords,
  type Delimiter,
  delimiters,
  guessDelimiter,
  type Records,
  statedDelimiter,
} from './csv.ts';
import { plainNumber } from './field.ts';
import { createLines } from './lines.ts';
import type { RowListener, RowReader } from './row.ts';
import type { ReplaySourceConfig } from './schema.ts';

type CsvConfig = ReplaySourceConfig['csv'];

export interface CsvRowListener extends RowListener {
  /** Known with the first line that counts. */
  delimiter(delimiter: Delimiter): void;
}

/** `numbered`: the columns that matter are known by number, so that a first row of text and numbers is a row. */
export function createCsvRows(config: CsvConfig, numbered: boolean, listener: CsvRowListener): RowReader {
  const { comment, skipLines } = config;
  let records: Records | undefined;
  let stated: Delimiter | undefined;
  let columns = 0;
  let skipRows = config.skipRows;

  const first = (cells: string[], line: number) => {
    columns = trimmedLength(cells);
    const holdsData = numbered
      ? cells.some((cell) => cell.trim() !== '' && isData(cell))
      : cells.every(isData);
    const header = config.header ?? !holdsData;
    listener.names(header ? cells.map((name) => name.trim()) : undefined, columns);
    if (!header) row(cells, line);
  };

  const row = (cells: string[], line: number) => {
    if (skipRows > 0) skipRows--;
    else if (cells.length === columns || trimmedLength(cells) === columns) listener.content(cells, line);
    // A delimiter after the last cell makes an empty one more, which nobody misses.
    else if (cells.length > columns && trimmedLength(cells) < columns) listener.content(cells, line);
    else {
      const why = `${cells.length} of ${columns} cells`;
      listener.fault('parse', why, cells.join(' | '), line);
    }
  };

  const open = (text: string): Records => {
    const delimiter =
      config.delimiter === 'auto' ? (stated ?? guessDelimiter(text)) : delimiters[config.delimiter];
    listener.delimiter(delimiter);
    return createRecords(delimiter, {
      record: (cells, line) => (columns === 0 ? first(cells, line) : row(cells, line)),
      fault: (why, text, line) => listener.fault('parse', why, text, line),
    });
  };

  const lines = createLines((text, line, tooLong) => {
    if (line === 1) stated = statedDelimiter(text);
    if (line <= skipLines || (line === 1 && stated !== undefined)) return;
    if (tooLong) listener.fault('too_large', 'the line is longer than any row', text, line);
    else if (records?.open !== true && isNothing(text, comment)) return;
    else {
      records ??= open(text);
      records.line(text, line);
    }
  });

  return {
    write: lines.write,
    end() {
      lines.end();
      records?.end();
    },
  };
}

function isNothing(text: string, comment: string): boolean {
  return (comment !== '' && text.startsWith(comment)) || text.trim() === '';
}

function trimmedLength(cells: readonly string[]): number {
  let length = cells.length;
  while (length > 1 && cells[length - 1]!.trim() === '') length--;
  return length;
}

/** No name of a column looks like a number or a time. */
function isData(cell: string): boolean {
  const text = cell.trim();
  if (text === '' || !Number.isNaN(plainNumber(text.replace(',', '.')))) return true;
  return !Number.isNaN(readTime(text, 'iso', 0)) || !Number.isNaN(readClock(text));
}
