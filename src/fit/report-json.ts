// A fit for programs: everything but the traces. What is not known is null. docs/fit.md describes it.
import type { FitTrace, Goodness } from '../core/fit/fit.ts';
import { type Fitted, judgedRows, rowsOf, spanS } from './fitted.ts';

export function reportJson(fitted: Fitted): Record<string, unknown> {
  const { kind, file, judgeFile, answer, record, data, naming, tookS } = fitted;
  return {
    fit: kind,
    model: answer.model,
    method: answer.method,
    file,
    validationFile: judgeFile ?? null,
    converged: answer.converged,
    starts: answer.starts,
    data: {
      rows: data.rows,
      usable: data.usable,
      learntFrom: rowsOf(record, 'fit'),
      judgedBy: judgedRows(fitted),
      segments: record.segments.length,
      stepS: finite(data.stepS),
      spanS: finite(spanS(record)),
      time: data.timeFrom,
      start: Number.isFinite(data.startMs) ? new Date(data.startMs).toISOString() : null,
      columns: data.columns.map(({ option, mapping: { column, unit, scale, offset } }) => ({
        option,
        column: column.header,
        number: column.number,
        unit,
        scale,
        offset,
      })),
      notes: data.notes,
    },
    parameters: answer.parameters.map(
      ({ name, unit, about, value, sigma, low95, high95, known, atBound }) => ({
        ...{ name, unit, about, value: finite(value), sigma: finite(sigma), low95: finite(low95) },
        ...{ high95: finite(high95), known, atBound },
      }),
    ),
    outputs: answer.traces.map(outputOf),
    ...(naming === undefined
      ? {}
      : { as: Object.fromEntries(naming.values.map(({ name, value }) => [name, finite(value)])) }),
    ...fitted.extras,
    warnings: answer.warnings,
    notes: answer.notes,
    tookS: finite(tookS),
  };
}

function outputOf({ output, unit, fit, validation }: FitTrace) {
  return {
    output,
    unit,
    fit: figures(fit),
    validation: validation === undefined ? null : figures(validation),
  };
}

function figures(goodness: Goodness): Record<string, number | null> {
  return Object.fromEntries(Object.entries(goodness).map(([name, value]) => [name, finite(value as number)]));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
