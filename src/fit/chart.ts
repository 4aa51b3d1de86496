// A chart as SVG text: axes with round numbers, lines, bars, bands, dots. Draws what it is given, and decides nothing.
import { escapeXml } from './escape.ts';

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
  readonly marks: readonly Mark[];
  readonly width: number;
  readonly height: number;
}

/** `look` is a class of the style sheet. */
export type Mark =
  | { readonly kind: 'line'; readonly look: string; readonly points: readonly number[] }
  | { readonly kind: 'dots'; readonly look: string; readonly points: readonly number[] }
  | {
      readonly kind: 'bars';
      readonly look: string;
      readonly points: readonly number[];
      readonly width: number;
    }
  /** From `from` to `to` over the whole height. */
  | { readonly kind: 'shade'; readonly look: string; readonly from: number; readonly to: number }
  /** At `at` over the whole width. */
  | { readonly kind: 'level'; readonly look: string; readonly at: number };

const margin = { left: 62, right: 12, top: 26, bottom: 36 };

export function drawChart(chart: Chart): string {
  const { width, height, title, xLabel, yLabel } = chart;
  const place = placing(chart);
  const body = chart.marks.map((mark) => drawMark(mark, place)).join('');
  const middle = margin.left + place.innerWidth / 2;
  return (
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">` +
    `<text class="title" x="${margin.left}" y="15">${escapeXml(title)}</text>` +
    grid(chart, place) +
    `<g>${body}</g>` +
    `<text class="label" x="${middle}" y="${height - 4}" text-anchor="middle">${escapeXml(xLabel)}</text>` +
    `<text class="label" transform="translate(12 ${margin.top + place.innerHeight / 2}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>` +
    '</svg>'
  );
}

interface Place {
  readonly innerWidth: number;
  readonly innerHeight: number;
  x(value: number): string;
  y(value: number): string;
}

function placing({ x, y, width, height }: Chart): Place {
  const innerWidth = width - margin.left - margin.right;
  const innerHeight = height - margin.top - margin.bottom;
  const across = innerWidth / (x[1] - x[0] || 1);
  const up = innerHeight / (y[1] - y[0] || 1);
  const clip = (at: number, most: number) => Math.min(most, Math.max(0, at));
  return {
    innerWidth,
    innerHeight,
    x: (value) => (margin.left + clip((value - x[0]) * across, innerWidth)).toFixed(1),
    y: (value) => (margin.top + innerHeight - clip((value - y[0]) * up, innerHeight)).toFixed(1),
  };
}

function grid({ x, y, width, height }: Chart, place: Place): string {
  const bottom = height - margin.bottom;
  const vertical = ticks(x, 8).map(
    (value) =>
      `<path class="grid" d="M${place.x(value)} ${margin.top}V${bottom}"/>` +
      `<text class="tick" x="${place.x(value)}" y="${bottom + 14}" text-anchor="middle">${tickText(value)}</text>`,
  );
  const horizontal = ticks(y, 5).map(
    (value) =>
      `<path class="grid" d="M${margin.left} ${place.y(value)}H${width - margin.right}"/>` +
      `<text class="tick" x="${margin.left - 6}" y="${place.y(value)}" dy="3.5" text-anchor="end">${tickText(value)}</text>`,
  );
  return [...vertical, ...horizontal].join('');
}

function drawMark(mark: Mark, place: Place): string {
  const bottom = margin.top + place.innerHeight;
  switch (mark.kind) {
    case 'line':
      return `<path class="${mark.look}" d="${pathOf(mark.points, place)}"/>`;
    case 'dots':
      return `<path class="${mark.look}" d="${dotsOf(mark.points, place)}"/>`;
    case 'bars': {
      const half = mark.width / 2;
      const bars = pairs(mark.points).map(
        ([x, y]) => `M${place.x(x - half)} ${bottom}V${place.y(y)}H${place.x(x + half)}V${bottom}z`,
      );
      return `<path class="${mark.look}" d="${bars.join('')}"/>`;
    }
    case 'shade': {
      const from = place.x(mark.from);
      const size = (Number(place.x(mark.to)) - Number(from)).toFixed(1);
      return `<rect class="${mark.look}" x="${from}" y="${margin.top}" width="${size}" height="${place.innerHeight}"/>`;
    }
    case 'level':
      return `<path class="${mark.look}" d="M${margin.left} ${place.y(mark.at)}h${place.innerWidth}"/>`;
  }
}

function pathOf(points: readonly number[], place: Place): string {
  return pairs(points)
    .map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${place.x(x)} ${place.y(y)}`)
    .join('');
}

/** Round ends of lines without length. */
function dotsOf(points: readonly number[], place: Place): string {
  return pairs(points)
    .map(([x, y]) => `M${place.x(x)} ${place.y(y)}h0`)
    .join('');
}

function pairs(points: readonly number[]): [number, number][] {
  const out: [number, number][] = [];
  for (let k = 0; k + 1 < points.length; k += 2) out.push([points[k]!, points[k + 1]!]);
  return out;
}

/** Multiples of 1, 2 or 5 times a power of ten, about so many. */
function ticks([low, high]: readonly [number, number], about: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((multiple) => multiple * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}

function tickText(value: number): string {
  const text = Number(value.toPrecision(6));
  return escapeXml(
    Math.abs(text) >= 1e6 || (text !== 0 && Math.abs(text) < 1e-4) ? text.toExponential() : `${text}`,
  );
}
