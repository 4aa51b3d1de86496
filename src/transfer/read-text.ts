// A long table from CSV or JSON lines, as an export wrote it or as somebody else did with the same names.
import { basename } from 'node:path';
import { printable } from '../formats/excerpt.ts';
import type { JsonObject } from '../formats/json.ts';
import { guessDelimiter, splitCells, statedDelimiter } from '../sources/replay/csv.ts';
import { createCsvRows } from '../sources/replay/csv-rows.ts';
import { createJsonRows } from '../sources/replay/jsonl.ts';
import { openReader } from '../sources/replay/reader.ts';
import type { RowContent, RowListener, RowReader } from '../sources/replay/row.ts';
import { replaySourceSchema } from '../sources/replay/schema.ts';
import { type ImportedRow, type ImportSource, newRefusals, refuse } from './imported.ts';
import { type CellOf, createLongRows, type LongRows } from './long-row.ts';

export interface TextForm {
  readonly format: 'csv' | 'jsonl';
  readonly names: readonly string[];
}

const headMax = 262_144;
/** As a replay source would read it. */
const { csv: csvUsual } = replaySourceSchema.parse({ type: 'replay', file: 'any', tags: { any: 'any' } });

/** By the first line; undefined when there is none. */
export async function peekText(file: string): Promise<TextForm | undefined> {
  const reader = await openReader(file, 'auto');
  try {
    let head = '';
    while (firstLine(head) === undefined && head.length < headMax) {
      const text = await reader.read();
      if (text === '') break;
      head += text;
    }
    const line = firstLine(head) ?? head;
    return line.trim() === '' ? undefined : formOf(line);
  } finally {
    await reader.close();
  }
}

/** Comments, and what tells a spreadsheet its delimiter, are none. */
function firstLine(head: string): string | undefined {
  const lines = head.split(/\r?\n|\r/).slice(0, -1);
  return lines.find(
    (line) => line.trim() !== '' && !line.startsWith('#') && statedDelimiter(line) === undefined,
  );
}

function formOf(line: string): TextForm {
  if (line.trimStart().startsWith('{')) {
    try {
      return { format: 'jsonl', names: Object.keys(JSON.parse(line) as object) };
    } catch {
      return { format: 'jsonl', names: [] };
    }
  }
  const names = splitCells(line, guessDelimiter(line)) ?? [];
  return { format: 'csv', names: names.map((name) => name.trim()) };
}

/** Of a file that has the columns of a long table. */
export async function readText(file: string, { format }: TextForm, untilMs: number): Promise<ImportSource> {
  const reader = await openReader(file, 'auto');
  const refused = newRefusals();
  let batch: ImportedRow[] = [];
  let places: ReadonlyMap<string, number> = new Map();
  let long: LongRows = createLongRows(untilMs, false);
  const where = (line: number, why: string) => `${basename(file)}:${line} ${printable(why)}`;

  const listener: RowListener = {
    names(names = []) {
      places = new Map(names.map((name, at) => [name.toLowerCase(), at]));
    },
    content(content, line) {
      const row = long.take(format === 'csv' ? cellIn(content as readonly string[]) : fieldIn(content));
      if (typeof row === 'string') refuse(refused, where(line, row));
      else batch.push(row);
    },
    fault: (_reason, why, _text, line) => refuse(refused, where(line, why)),
  };
  const cellIn =
    (cells: readonly string[]): CellOf =>
    (name) => {
      const at = places.get(name);
      return at === undefined ? undefined : cells[at];
    };
  const rows: RowReader =
    format === 'jsonl'
      ? createJsonRows(listener)
      : createCsvRows(csvUsual, false, {
          ...listener,
          delimiter(delimiter) {
            // Where commas divide nothing they may be decimal signs. No row has been read yet.
            if (delimiter !== ',') long = createLongRows(untilMs, true);
          },
        });

  async function* read(): AsyncGenerator<readonly ImportedRow[]> {
    try {
      for (;;) {
        const text = await reader.read();
        if (text !== '') rows.write(text);
        // The last line of a torn file is no line: half a number would be a number.
        else if (reader.damage === '') rows.end();
        if (batch.length > 0) yield batch;
        batch = [];
        if (text === '') return;
      }
    } finally {
      await reader.close();
    }
  }
  return {
    get tags() {
      return long.tags;
    },
    refused,
    rows: read(),
    share: () => reader.position / Math.max(1, reader.size),
    damage: () => reader.damage,
  };
}

function fieldIn(content: RowContent): CellOf {
  const object = content as JsonObject;
  return (name) => (Object.hasOwn(object, name) ? object[name] : undefined);
}
