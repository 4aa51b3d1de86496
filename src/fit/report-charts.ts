// The charts of a fit's report: what was measured beside what the model says, and what is left, from several sides.
import type { FitTrace } from '../core/fit/fit.ts';
import { type Chart, drawChart, type Mark } from './chart.ts';
import { decimate } from './decimate.ts';
import type { Fitted } from './fitted.ts';
import { bandsOf, histogramOf, memoryOf, residualsOf, spansFor } from './residual-study.ts';

const wide = { width: 1000, height: 300 };
const narrow = { width: 490, height: 260 };
const cells = 900;

/** As SVG texts, wide ones first. */
export function chartsOf(
  fitted: Fitted,
  trace: FitTrace,
): { readonly wide: string[]; readonly narrow: string[] } {
  const residuals = residualsOf(trace);
  return {
    wide: [drawChart(tracesChart(fitted, trace)), drawChart(residualChart(fitted, trace, residuals))],
    narrow: [
      drawChart(histogramChart(fitted, trace, residuals)),
      ...memoryCharts(fitted, trace, residuals),
      ...againstCharts(fitted, trace, residuals),
    ],
  };
}

interface Axis {
  readonly x: Float64Array;
  readonly range: readonly [number, number];
  readonly label: string;
}

/** Seconds, minutes, hours or days, whichever reads well. */
function axisOf({ record, abscissa }: Fitted): Axis {
  const rows = spansFor(record).flatMap(({ from, to }) => [record.timeS[from]!, record.timeS[to - 1]!]);
  const [low, high] = [Math.min(...rows), Math.max(...rows)];
  const units: readonly [string, number][] =
    abscissa.unit === 's'
      ? [
          ['days', 86_400],
          ['h', 3600],
          ['min', 60],
        ]
      : [];
  const [unit, size] = units.find(([, each]) => high - low > 3 * each) ?? [abscissa.unit, 1];
  const x = size === 1 ? record.timeS : record.timeS.map((atS) => atS / size);
  return {
    x,
    range: [low / size, high / size],
    label: unit === '' ? abscissa.name : `${abscissa.name} [${unit}]`,
  };
}

/** Where the model was judged only. */
function shades({ record }: Fitted, { x }: Axis): Mark[] {
  return spansFor(record, 'validation')
    .slice(0, 500)
    .map(({ from, to }) => ({ kind: 'shade', look: 'unseen', from: x[from]!, to: x[to - 1]! }));
}

function tracesChart(fitted: Fitted, { output, unit, measured, predicted }: FitTrace): Chart {
  const axis = axisOf(fitted);
  const spans = spansFor(fitted.record);
  const lines = (values: Float64Array, look: string): Mark[] =>
    decimate(axis.x, values, spans, axis.range, cells).map(({ points }) =>
      points.length > 2 ? { kind: 'line', look, points } : { kind: 'dots', look: `${look} dot`, points },
    );
  const marks = [...shades(fitted, axis), ...lines(measured, 'measured'), ...lines(predicted, 'predicted')];
  return {
    ...{ ...wide, title: 'Measured and predicted', xLabel: axis.label, yLabel: `${output} [${unit}]`, marks },
    ...{ x: axis.range, y: rangeOf(marks) },
  };
}

function residualChart(fitted: Fitted, { unit }: FitTrace, residuals: Float64Array): Chart {
  const axis = axisOf(fitted);
  const lines = decimate(axis.x, residuals, spansFor(fitted.record), axis.range, cells);
  const marks: Mark[] = [
    ...shades(fitted, axis),
    { kind: 'level', look: 'zero', at: 0 },
    ...lines.map(
      ({ points }): Mark =>
        points.length > 2
          ? { kind: 'line', look: 'residual', points }
          : { kind: 'dots', look: 'residual dot', points },
    ),
  ];
  return {
    ...{ ...wide, height: 220, title: 'What is left: measured − predicted', marks },
    ...{ xLabel: axis.label, yLabel: `residual [${unit}]`, x: axis.range, y: rangeOf(marks) },
  };
}

function histogramChart(fitted: Fitted, { unit }: FitTrace, residuals: Float64Array): Chart {
  const spans = spansFor(fitted.record);
  const { low, width, counts, mean, sigma, samples } = histogramOf(residuals, spans);
  const middle = (bin: number) => low + (bin + 0.5) * width;
  const bars = counts.flatMap((count, bin) => [middle(bin), count]);
  const bell = counts.flatMap((_, bin) => {
    const z = (middle(bin) - mean) / sigma;
    return [middle(bin), (samples * width * Math.exp((-z * z) / 2)) / (sigma * Math.sqrt(2 * Math.PI))];
  });
  const marks: Mark[] = [
    { kind: 'bars', look: 'bars', points: bars, width: width * 0.9 },
    { kind: 'line', look: 'bell', points: bell },
  ];
  const most = Math.max(...counts, ...bell.filter((_, k) => k % 2 === 1));
  return {
    ...{ ...narrow, title: 'How residuals are spread, and a bell curve', marks },
    ...{
      xLabel: `residual [${unit}]`,
      yLabel: 'rows',
      x: [low, low + width * counts.length],
      y: [0, most * 1.05],
    },
  };
}

function memoryCharts(fitted: Fitted, _trace: FitTrace, residuals: Float64Array): string[] {
  const memory = memoryOf(residuals, spansFor(fitted.record));
  if (memory === undefined) return [];
  const { correlation, stride, bound } = memory;
  const marks: Mark[] = [
    { kind: 'level', look: 'bound', at: bound },
    { kind: 'level', look: 'bound', at: -bound },
    { kind: 'level', look: 'zero', at: 0 },
    { kind: 'line', look: 'residual', points: correlation.flatMap((value, lag) => [lag * stride, value]) },
  ];
  return [
    drawChart({
      ...{ ...narrow, title: 'Autocorrelation; noise stays between the dashes', marks },
      ...{ xLabel: 'lag [rows]', yLabel: 'correlation', x: [0, (correlation.length - 1) * stride] },
      y: [Math.min(-0.2, ...correlation), 1],
    }),
  ];
}

function againstCharts({ record, against }: Fitted, { unit }: FitTrace, residuals: Float64Array): string[] {
  return against.flatMap((other) => {
    const bands = bandsOf(other.values, residuals, spansFor(record));
    if (bands === undefined || bands.x.length === 0) return [];
    const line = (y: readonly number[], look: string): Mark => ({
      ...{ kind: 'line', look },
      points: bands.x.flatMap((at, k) => [at, y[k]!]),
    });
    const marks: Mark[] = [
      { kind: 'dots', look: 'cloud', points: bands.dots },
      { kind: 'level', look: 'zero', at: 0 },
      line(bands.low, 'bound'),
      line(bands.high, 'bound'),
      line(bands.mean, 'mean'),
    ];
    const xs = bands.dots.filter((_, k) => k % 2 === 0);
    return [
      drawChart({
        ...{ ...narrow, title: `By ${other.name}: mean, and the middle 90 %`, marks },
        ...{ xLabel: `${other.name} [${other.unit}]`, yLabel: `residual [${unit}]` },
        ...{ x: [Math.min(...xs), Math.max(...xs)], y: rangeOf(marks) },
      }),
    ];
  });
}

/** Of all that is drawn, with a little room. */
function rangeOf(marks: readonly Mark[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const mark of marks) {
    if (!('points' in mark)) continue;
    for (let k = 1; k < mark.points.length; k += 2) {
      low = Math.min(low, mark.points[k]!);
      high = Math.max(high, mark.points[k]!);
    }
  }
  if (!(high >= low)) return [-1, 1];
  const room = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
  return [low - room, high + room];
}
