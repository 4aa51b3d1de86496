// Rows of cells as lines with columns below one another, no wider than the terminal. Pure.

export interface TableStyle {
  /** Columns whose cells end at the same place: numbers. */
  readonly right?: readonly number[];
  /** In characters; the first column gives way. */
  readonly width?: number;
  readonly indent?: string;
}

const gap = '  ';
const leastFirst = 12;

export function textTable(rows: readonly (readonly string[])[], style: TableStyle = {}): string {
  const { right = [], width = Number.POSITIVE_INFINITY, indent = '' } = style;
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const others = widths.slice(1).reduce((sum, one) => sum + one + gap.length, indent.length);
  widths[0] = Math.min(widths[0]!, Math.max(leastFirst, width - others));
  const lineOf = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const size = widths[column]!;
        const text = shortened(cell, size);
        return right.includes(column) ? text.padStart(size) : text.padEnd(size);
      })
      .join(gap)
      .trimEnd();
  return rows.map((row) => `${indent}${lineOf(row)}\n`).join('');
}

/** Names tell one another apart at both ends. */
export function shortened(text: string, size: number): string {
  if (text.length <= size) return text;
  const head = Math.ceil((size - 1) / 2);
  return `${text.slice(0, head)}~${text.slice(text.length - (size - 1 - head))}`;
}
