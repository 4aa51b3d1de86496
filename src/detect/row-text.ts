// One judged row as a line of CSV or JSON lines.

export interface JudgedRow {
  /** As the file writes it; where it has none, the number of the row or the seconds by the rate. */
  readonly time: string;
  readonly score: number;
  readonly flag: boolean;
  readonly shares: Float64Array;
  readonly detector: string;
}

export type RowFormat = 'csv' | 'jsonl';

export const csvHead = 'time,score,flag,columns,detector\n';

const sharesShown = 0.12;
const columnsShown = 5;

export function rowText(format: RowFormat, names: readonly string[], row: JudgedRow): string {
  const score = Math.round(row.score * 1e4) / 1e4;
  const top = topColumns(row.shares);
  if (format === 'csv') {
    const columns = top.map((c) => names[c]).join(';');
    return `${cell(row.time)},${score},${row.flag ? 1 : 0},${cell(columns)},${row.detector}\n`;
  }
  const columns = Object.fromEntries(top.map((c) => [names[c]!, Math.round(row.shares[c]! * 1000) / 1000]));
  const { time, flag, detector } = row;
  return `${JSON.stringify({ time, score, flag, columns, detector })}\n`;
}

const none: readonly number[] = [];

function topColumns(shares: Float64Array): readonly number[] {
  let found: number[] | undefined;
  for (let c = 0; c < shares.length; c++) {
    if (shares[c]! < sharesShown) continue;
    found ??= [];
    found.push(c);
  }
  return found === undefined ? none : found.sort((a, b) => shares[b]! - shares[a]!).slice(0, columnsShown);
}

function cell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
