// Which column of a file is the time, which are looked at, and which are left out and why: by their names and by what
// stands in them.
import { printable } from '../formats/excerpt.ts';
import { isWordForNothing, numberOf } from './cell.ts';
import { type Column, columnError, findColumn } from './column.ts';
import type { Table } from './table.ts';
import { findTime, type TimeColumn, type TimeWishes } from './time-column.ts';

export interface LayoutWishes extends TimeWishes {
  /** Names or numbers; absent: all that are numbers and no label. */
  readonly columns?: readonly string[];
  readonly mode?: string;
  /** Columns that are asked for by another option: they have to be there. */
  readonly needed?: readonly { readonly option: string; readonly column: string }[];
}

export interface Layout {
  readonly time: TimeColumn | undefined;
  readonly values: readonly Column[];
  readonly mode: Column | undefined;
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** What people call the answer, which is not to be looked at. */
const labelName =
  /^(is_?|has_?)?(anomal(y|ies|ous)|outliers?|change_?points?|novelty|attacks?)(_?(label|flag|score|window)s?)?$|^(labels?|ground_?truth|gt|y_?true|target|class|normal\/attack|is_?(fault|event|normal)|fault_?(label|class))$/i;
const indexName = /^(|unnamed:? ?0?|index|idx|row|row_?(id|number)|no\.?|nr\.?|id|#|record)$/i;

export function layOut(table: Table, wishes: LayoutWishes): Layout {
  const columns = Array.from({ length: table.width }, (_, index): Column => {
    return { index, name: table.names?.[index] || `${index + 1}` };
  });
  const time = findTime(table, columns, wishes);
  const mode = wishes.mode === undefined ? undefined : findColumn(table, columns, '--mode', wishes.mode);
  for (const { option, column } of wishes.needed ?? []) findColumn(table, columns, option, column);
  const taken = new Set([time?.index, time?.dayTime, mode?.index]);
  const needed = new Set(
    (wishes.needed ?? []).map(({ option, column }) => findColumn(table, columns, option, column).index),
  );
  if (wishes.columns !== undefined) {
    const values = wishes.columns.map((word) => findColumn(table, columns, '--columns', word));
    const all = [...values, ...columns.filter(({ index }) => needed.has(index))];
    const once = all.filter(({ index }, k) => all.findIndex((other) => other.index === index) === k);
    for (const column of once) refuseWords(table, columns, column);
    return { time, mode, values: once, leftOut: [] };
  }
  const leftOut: { name: string; why: string }[] = [];
  const values = columns.filter((column) => {
    if (taken.has(column.index)) return false;
    const why = needed.has(column.index) ? undefined : reasonAgainst(column, table);
    if (why !== undefined) leftOut.push({ name: column.name, why });
    return why === undefined;
  });
  if (values.length > 0) return { time, mode, values, leftOut };
  const why = `no column has numbers to look at${leftOut.map(({ name, why }) => `; ${printable(name)}: ${why}`).join('')}`;
  throw columnError(table, columns, why);
}

function refuseWords(table: Table, columns: readonly Column[], column: Column): void {
  const { numbers, words } = countCells(table, column.index);
  if (numbers > 0 || words === 0) return;
  const why = `--columns: "${printable(column.name)}" has words and no numbers`;
  throw columnError(table, columns, why);
}

function reasonAgainst({ index, name }: Column, table: Table): string | undefined {
  const { numbers, words, distinct, counts } = countCells(table, index);
  if (labelName.test(name.trim()) && (distinct <= 12 || numbers === 0)) return 'looks like a label';
  if (words > numbers) return 'holds words';
  if (table.names !== undefined && indexName.test(name.trim()) && counts) return 'counts the rows';
  return undefined;
}

interface Counted {
  readonly numbers: number;
  readonly words: number;
  readonly distinct: number;
  /** Up by one from row to row. */
  readonly counts: boolean;
}

function countCells({ head, decimalComma }: Table, index: number): Counted {
  const seen = new Set<number>();
  let [numbers, words, ups, last] = [0, 0, 0, Number.NaN];
  for (const cells of head) {
    const cell = cells?.[index] ?? '';
    if (isWordForNothing(cell)) continue;
    const value = numberOf(cell, decimalComma);
    if (Number.isNaN(value)) words++;
    else {
      numbers++;
      if (seen.size < 100) seen.add(value);
      if (value === last + 1) ups++;
      last = value;
    }
  }
  return { numbers, words, distinct: seen.size, counts: numbers > 2 && ups === numbers - 1 };
}
