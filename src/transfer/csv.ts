// A table as CSV. Must give every number its shortest text that is this number again, -0 and 64-bit integers too.
import type { Batch, Cells, Column, Encoder } from './table.ts';
import { createTimeText, type TimeStyle } from './time-text.ts';

export interface CsvStyle {
  readonly delimiter: ',' | ';' | '\t';
  readonly decimalComma: boolean;
  readonly times: TimeStyle;
  /** Excel takes a text for UTF-8 by this mark only. */
  readonly byteOrderMark: boolean;
  /** A row of units below the names. */
  readonly units: boolean;
  /** An apostrophe before texts that a spreadsheet would run as a formula: names may come from anywhere. */
  readonly noFormulas: boolean;
}

export const plainCsv: CsvStyle = {
  delimiter: ',',
  decimalComma: false,
  times: 'iso',
  byteOrderMark: false,
  units: false,
  noFormulas: false,
};

export function createCsvEncoder(columns: readonly Column[], style: CsvStyle): Encoder {
  const quote = createQuote(style);
  const timeText = columns.map(() => createTimeText(style.times));
  const line = (cells: readonly string[]) => `${cells.map(quote).join(style.delimiter)}\n`;
  const cellOf = (cells: Cells, column: number, row: number): string => {
    const { kind } = columns[column]!;
    if (kind === 'text') return quote(cells.texts![row] ?? '');
    const number = cells.numbers![row]!;
    if (kind === 'time') return timeText[column]!(number);
    const exact = cells.exact?.[row];
    const text = exact === undefined ? numberText(number) : String(exact);
    return style.decimalComma ? text.replace('.', ',') : text;
  };
  return {
    begin() {
      const names = line(columns.map(({ name }) => name));
      const units = style.units ? line(columns.map(({ unit = '' }) => unit)) : '';
      return `${style.byteOrderMark ? '\ufeff' : ''}${names}${units}`;
    },
    rows({ length, cells }: Batch) {
      let text = '';
      for (let row = 0; row < length; row++) {
        for (let column = 0; column < cells.length; column++) {
          if (column > 0) text += style.delimiter;
          text += cellOf(cells[column]!, column, row);
        }
        text += '\n';
      }
      return text;
    },
    end: () => '',
  };
}

export function numberText(value: number): string {
  if (Number.isNaN(value)) return '';
  return value === 0 && Object.is(value, -0) ? '-0' : String(value);
}

/** Cells that would fall apart are quoted; and those a reader would trim. */
function createQuote({ delimiter, noFormulas }: CsvStyle): (text: string) => string {
  const special = new RegExp(`["\r\n${delimiter}]|^\\s|\\s$`);
  // Names come again and again.
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const plain = noFormulas && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    const made = special.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
    if (known.size < 10_000) known.set(text, made);
    return made;
  };
}
