// A column of a file as the command line names it; says what is there where it is none.
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { printable } from '../formats/excerpt.ts';
import type { Table } from './table.ts';

export interface Column {
  readonly index: number;
  readonly name: string;
}

/** By its name, its name in any case, or its number. */
export function findColumn(table: Table, columns: readonly Column[], option: string, word: string): Column {
  const text = word.trim();
  const lower = text.toLowerCase();
  for (const fits of [
    ({ name }: Column) => name === text,
    ({ name }: Column) => name.toLowerCase() === lower,
  ]) {
    const [found, second] = columns.filter(fits);
    if (second !== undefined) {
      const why = `${option}: columns ${found!.index + 1} and ${second.index + 1} are both called "${printable(text)}"; give the number of the one you mean`;
      throw new GemError('GEM_USAGE', { why });
    }
    if (found !== undefined) return found;
  }
  const numbered = /^[1-9]\d*$/.test(text) ? columns[Number(text) - 1] : undefined;
  if (numbered !== undefined) return numbered;
  const near = didYouMean(
    text,
    columns.map(({ name }) => name),
    3,
  );
  const why = `${option}: there is no column "${printable(text.slice(0, 60))}"${near}`;
  throw columnError(table, columns, why);
}

const shownColumns = 60;
const shownRows = 3;

export function columnError({ name: file, head }: Table, columns: readonly Column[], why: string): GemError {
  const rows = head.filter((cells) => cells !== undefined).slice(0, shownRows);
  const cell = (text: string) => printable(text.slice(0, 24)) || '-';
  const lines = columns
    .slice(0, shownColumns)
    .map(({ index, name }) =>
      `  ${String(index + 1).padStart(3)}  ${cell(name).padEnd(24)}  ${rows.map((cells) => cell((cells[index] ?? '').trim())).join('  ')}`.trimEnd(),
    );
  const more = columns.length > shownColumns ? [`  and ${columns.length - shownColumns} more`] : [];
  return new GemError('GEM_DETECT_COLUMN', { file, why, columns: [...lines, ...more].join('\n') });
}
