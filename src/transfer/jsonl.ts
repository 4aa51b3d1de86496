// A table as JSON lines: an object a row. Integers beyond 2^53 are texts of digits, for most readers would round them.
import type { Batch, Cells, Column, Encoder } from './table.ts';
import { createTimeText, type TimeStyle } from './time-text.ts';

export function createJsonlEncoder(columns: readonly Column[], times: TimeStyle): Encoder {
  const keys = columns.map(({ name }, at) => `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  const timeText = columns.map(() => createTimeText(times));
  const quoted = createQuoted();
  const cellOf = (cells: Cells, column: number, row: number): string => {
    const { kind } = columns[column]!;
    if (kind === 'text') {
      const text = cells.texts![row];
      return text === undefined ? 'null' : quoted(text);
    }
    const number = cells.numbers![row]!;
    if (kind !== 'time') return valueText(number, cells.exact?.[row]);
    if (Number.isNaN(number)) return 'null';
    const text = timeText[column]!(number);
    return times === 'ms' ? text : `"${text}"`;
  };
  return {
    begin: () => '',
    rows({ length, cells }: Batch) {
      let text = '';
      for (let row = 0; row < length; row++) {
        for (let column = 0; column < cells.length; column++)
          text += `${keys[column]}${cellOf(cells[column]!, column, row)}`;
        text += '}\n';
      }
      return text;
    },
    end: () => '',
  };
}

/** JSON has no word for what is no number. */
function valueText(number: number, exact: bigint | undefined): string {
  if (exact !== undefined) return Number.isSafeInteger(number) ? String(exact) : `"${exact}"`;
  if (!Number.isFinite(number)) return Number.isNaN(number) ? 'null' : `"${number}"`;
  return Object.is(number, -0) ? '-0' : String(number);
}

function createQuoted(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const made = JSON.stringify(text);
    if (known.size < 10_000) known.set(text, made);
    return made;
  };
}
