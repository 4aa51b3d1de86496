// A fit for a person at a terminal. Pure text out of data.
import type { FitTrace, FittedParameter, Goodness } from '../core/fit/fit.ts';
import { printable } from '../formats/excerpt.ts';
import { duration, percent, plain, withInterval } from './digits.ts';
import { type Fitted, spanS, usesOfRows } from './fitted.ts';

export function reportText(fitted: Fitted): string {
  const { answer, data, tables } = fitted;
  const lines = [
    ...head(fitted),
    '',
    ...table(['parameter', 'value ± 95 %', 'unit', '', ''], answer.parameters.map(parameterCells)),
    '',
    ...table(
      ['', 'rows', 'RMSE', 'of range', 'of spread', 'R²', 'relative error', 'bias', 'worst'],
      answer.traces.flatMap(goodnessRows),
      1,
    ),
    ...tables.flatMap(({ title, names, rows }) => ['', title, ...table(names, rows, 1)]),
    ...bullets('data', data.notes),
    ...bullets('note', answer.notes),
    ...bullets('warning', answer.warnings),
    '',
    foot(fitted),
  ];
  // Files put words into it; none of them is to move the cursor.
  return `${lines.map(printable).join('\n')}\n`;
}

function head(fitted: Fitted): string[] {
  const { file, answer, record, data } = fitted;
  const spacing = Number.isFinite(data.stepS)
    ? `, ${duration(data.stepS)} apart, ${duration(spanS(record))} in all`
    : '';
  return [
    `${file}: ${data.rows} rows${spacing}; ${usesOfRows(fitted)}`,
    `${answer.model}, by ${answer.method}`,
    ...data.columns.map(({ option, mapping }) => {
      const { column, unit, scale, offset } = mapping;
      const times = scale === 1 ? '' : ` × ${plain(scale, 6)}`;
      const plus = offset === 0 ? '' : ` ${offset < 0 ? '-' : '+'} ${plain(Math.abs(offset), 6)}`;
      return `  ${option.replace(/^--/, '').padEnd(14)} ${column.header}${times}${plus}${unit === '' || unit === '1' ? '' : ` in ${unit}`}`;
    }),
  ];
}

function parameterCells(parameter: FittedParameter): string[] {
  const { name, value, low95, high95, unit, known, atBound, about } = parameter;
  const standing = known ? 'known' : atBound ? 'AT ITS BOUND' : 'estimated';
  return [name, known ? plain(value, 6) : withInterval(value, low95, high95), unit, standing, about];
}

function goodnessRows({ output, unit, fit, validation }: FitTrace): string[][] {
  const row = (
    use: string,
    { samples, rmse, nrmseRange, nrmseStd, r2, relativeError, bias, worst }: Goodness,
  ) => [
    `${output}, ${use}`,
    String(samples),
    `${plain(rmse, 4)} ${unit}`,
    percent(nrmseRange),
    percent(nrmseStd),
    Number.isFinite(r2) ? r2.toFixed(4) : '-',
    percent(relativeError),
    plain(bias, 2),
    plain(worst, 3),
  ];
  return [row('fit', fit), ...(validation === undefined ? [] : [row('validation', validation)])];
}

/** From column `right` on, numbers stand at the right. */
function table(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  right = Number.POSITIVE_INFINITY,
): string[] {
  const all = [names, ...rows];
  const widths = names.map((_, c) => Math.max(...all.map((row) => (row[c] ?? '').length)));
  return all.map((row) =>
    `  ${row.map((cell, c) => (c >= right ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!))).join('  ')}`.trimEnd(),
  );
}

function bullets(what: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : ['', ...texts.map((text) => `${what.padEnd(8)} ${text}`)];
}

function foot({ answer, tookS }: Fitted): string {
  const { tried, agreed } = answer.starts;
  const starts = tried > 1 ? `, ${agreed} of ${tried} starts ended there` : '';
  return `${answer.converged ? 'settled' : 'DID NOT SETTLE'}${starts}; took ${plain(tookS, 2)} s`;
}
