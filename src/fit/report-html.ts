// A fit as one HTML file that needs nothing else: no script, no font, no address. Small for any number of rows.
import type { FitTrace, FittedParameter, Goodness } from '../core/fit/fit.ts';
import { duration, percent, plain, withInterval } from './digits.ts';
import { escapeXml } from './escape.ts';
import { type Fitted, spanS, usesOfRows } from './fitted.ts';
import { chartsOf } from './report-charts.ts';

const style = `
:root{color-scheme:light}
body{font:15px/1.45 system-ui,sans-serif;color:#1d2733;background:#fff;max-width:1040px;margin:24px auto;padding:0 16px}
h1{font-size:22px;margin:0 0 4px}h2{font-size:17px;margin:28px 0 8px}
p{margin:4px 0}.quiet{color:#5b6875}
table{border-collapse:collapse;margin:6px 0;font-variant-numeric:tabular-nums}
th,td{padding:4px 12px 4px 0;text-align:left;border-bottom:1px solid #e3e7ec;vertical-align:top}
th{font-weight:600;color:#5b6875}td.n,th.n{text-align:right}
.note{margin:4px 0;padding:6px 10px;background:#f4f6f8;border-left:4px solid #b8c2cc}
.warning{background:#fff6e5;border-color:#e69f00}.failed{background:#fdecea;border-color:#c0392b}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:8px}
svg{width:100%;height:auto;font:11px system-ui,sans-serif}
svg path{fill:none;stroke-linejoin:round}
.title{font-size:13px;font-weight:600;fill:#1d2733}.label{fill:#5b6875}.tick{fill:#5b6875}
svg .grid{stroke:#e8ebef}svg .zero{stroke:#8a96a3}
svg .measured{stroke:#9aa5b1;stroke-width:3}svg .predicted{stroke:#d55e00;stroke-width:1.1}
svg .residual{stroke:#0072b2;stroke-width:1}svg .dot{stroke-width:5;stroke-linecap:round}
svg .cloud{stroke:#0072b2;stroke-opacity:.25;stroke-width:3;stroke-linecap:round}
svg .bars{fill:#9cc4e0}svg .bell{stroke:#d55e00;stroke-width:1.5}
svg .mean{stroke:#d55e00;stroke-width:2}svg .bound{stroke:#d55e00;stroke-dasharray:4 3}
.unseen{fill:#eaf3ea}.key{display:inline-block;width:22px;height:0;border-top:3px solid;margin:0 6px 3px 14px}
.key.area{height:12px;border:0;background:#dcecdc;margin-bottom:-2px}
@media print{body{margin:0}.pair{break-inside:avoid}}`;

export function reportHtml(fitted: Fitted): string {
  const { kind, file, answer } = fitted;
  const title = `gemel fit ${kind}: ${file}`;
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escapeXml(title)}</title><style>${style}</style></head><body>`,
    `<h1>${escapeXml(title)}</h1>`,
    ...head(fitted),
    ...(answer.converged
      ? []
      : ['<p class="note failed">The fit did not settle: what it ended at is no answer.</p>']),
    ...answer.warnings.map((text) => `<p class="note warning">${escapeXml(text)}</p>`),
    ...answer.notes.map((text) => `<p class="note">${escapeXml(text)}</p>`),
    '<h2>Parameters</h2>',
    parameterTable(answer.parameters),
    '<h2>How well it predicts</h2>',
    goodnessTable(answer.traces),
    ...fitted.tables.flatMap(({ title, names, rows }) => [
      `<h2>${escapeXml(title)}</h2>`,
      tableOf(
        names,
        rows.map((cells) => row(cells, 1)),
        1,
      ),
    ]),
    ...answer.traces.flatMap((trace) => charts(fitted, trace)),
    '<h2>Data</h2>',
    columnTable(fitted),
    ...fitted.data.notes.map((text) => `<p class="note">${escapeXml(text)}</p>`),
    '</body></html>\n',
  ].join('\n');
}

function head(fitted: Fitted): string[] {
  const { answer, record, data, tookS } = fitted;
  const when = Number.isFinite(data.startMs) ? `, from ${new Date(data.startMs).toISOString()}` : '';
  const spacing = Number.isFinite(data.stepS)
    ? `, ${duration(data.stepS)} apart, ${duration(spanS(record))} in all`
    : '';
  return [
    `<p>${escapeXml(`${answer.model}, by ${answer.method}`)}</p>`,
    `<p class="quiet">${escapeXml(
      `${data.rows} rows${spacing}${when}; ${usesOfRows(fitted)}; took ${plain(tookS, 2)} s`,
    )}</p>`,
  ];
}

function parameterTable(parameters: readonly FittedParameter[]): string {
  const rows = parameters.map(({ name, about, unit, value, low95, high95, known, atBound }) => {
    const shown = known ? plain(value, 6) : withInterval(value, low95, high95);
    const standing = known ? 'known' : atBound ? 'at its bound' : 'estimated';
    return row([name, shown, unit, standing, about]);
  });
  return tableOf(['parameter', 'value ± 95 %', 'unit', '', ''], rows);
}

function goodnessTable(traces: readonly FitTrace[]): string {
  const names = ['', 'rows', 'RMSE', 'of range', 'of spread', 'R²', 'relative error', 'bias', 'worst'];
  const rows = traces.flatMap(({ output, unit, fit, validation }) => [
    goodnessRow(`${output}, learnt from`, unit, fit),
    ...(validation === undefined ? [] : [goodnessRow(`${output}, unseen`, unit, validation)]),
  ]);
  return tableOf(names, rows, 1);
}

function goodnessRow(name: string, unit: string, goodness: Goodness): string {
  const { samples, rmse, nrmseRange, nrmseStd, r2, relativeError, bias, worst } = goodness;
  const figures = [percent(nrmseRange), percent(nrmseStd), plain(r2, 5), percent(relativeError)];
  return row(
    [name, `${samples}`, `${plain(rmse, 4)} ${unit}`, ...figures, plain(bias, 2), plain(worst, 3)],
    1,
  );
}

function columnTable({ data }: Fitted): string {
  const rows = data.columns.map(({ option, mapping: { column, unit, scale, offset } }) =>
    row([option, column.header, plain(scale, 6), plain(offset, 6), unit]),
  );
  return `${tableOf(['', 'column', 'times', 'plus', 'is in'], rows)}<p class="quiet">Time: ${escapeXml(data.timeFrom)}</p>`;
}

function charts(fitted: Fitted, trace: FitTrace): string[] {
  const { wide, narrow } = chartsOf(fitted, trace);
  return [
    `<h2>${escapeXml(trace.output)}</h2>`,
    '<p class="quiet"><span class="key" style="color:#9aa5b1"></span>measured<span class="key" style="color:#d55e00"></span>predicted<span class="key area"></span>not learnt from</p>',
    ...wide,
    `<div class="pair">${narrow.join('')}</div>`,
  ];
}

function tableOf(
  names: readonly string[],
  rows: readonly string[],
  right = Number.POSITIVE_INFINITY,
): string {
  const head = names.map((name, c) => `<th${c >= right ? ' class="n"' : ''}>${escapeXml(name)}</th>`);
  return `<table><tr>${head.join('')}</tr>${rows.join('')}</table>`;
}

function row(cells: readonly string[], right = Number.POSITIVE_INFINITY): string {
  return `<tr>${cells.map((cell, c) => `<td${c >= right ? ' class="n"' : ''}>${escapeXml(cell)}</td>`).join('')}</tr>`;
}
