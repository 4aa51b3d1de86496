// What is left of a fit, looked at from several sides: how it is spread, what it goes along with, how long it
// remembers. A model that is right leaves noise: a bell, no slope, no memory.
import type { FitRecord, FitTrace } from '../core/fit/fit.ts';
import type { Span } from './segment.ts';

/** Measured − predicted, by row; NaN where one of them is missing. */
export function residualsOf({ measured, predicted }: FitTrace): Float64Array {
  return measured.map((value, row) => value - predicted[row]!);
}

export interface Histogram {
  readonly low: number;
  readonly width: number;
  readonly counts: readonly number[];
  readonly mean: number;
  readonly sigma: number;
  readonly samples: number;
}

const bins = 41;

/** Over ±4 standard deviations; what lies beyond is in the bins at the ends. */
export function histogramOf(values: Float64Array, spans: readonly Span[]): Histogram {
  let samples = 0;
  let mean = 0;
  let spread = 0;
  each(values, spans, (value) => {
    samples++;
    const before = value - mean;
    mean += before / samples;
    spread += before * (value - mean);
  });
  const sigma = Math.sqrt(spread / Math.max(1, samples - 1)) || 1e-12;
  const low = mean - 4 * sigma;
  const width = (8 * sigma) / bins;
  const counts = new Array<number>(bins).fill(0);
  each(values, spans, (value) => {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) / width)));
    counts[bin] = counts[bin]! + 1;
  });
  return { low, width, counts, mean, sigma, samples };
}

/** Mean and middle 90 % of the residuals by equal steps of another quantity. */
export interface Bands {
  readonly x: readonly number[];
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Some of the rows themselves: x, y. */
  readonly dots: readonly number[];
}

const bandBins = 30;
const binMin = 5;
const dotsMax = 1500;

export function bandsOf(x: Float64Array, y: Float64Array, spans: readonly Span[]): Bands | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let rows = 0;
  both(x, y, spans, (at) => {
    low = Math.min(low, at);
    high = Math.max(high, at);
    rows++;
  });
  if (!(high > low)) return undefined;
  const kept: number[][] = Array.from({ length: bandBins }, () => []);
  const dots: number[] = [];
  const stride = Math.max(1, Math.ceil(rows / dotsMax));
  const thin = Math.max(1, Math.ceil(rows / 100_000));
  let row = 0;
  both(x, y, spans, (at, value) => {
    if (row % stride === 0) dots.push(at, value);
    if (row++ % thin !== 0) return;
    kept[Math.min(bandBins - 1, Math.floor(((at - low) / (high - low)) * bandBins))]!.push(value);
  });
  const full = [...kept.entries()].filter(([, values]) => values.length >= binMin);
  const sorted = full.map(([, values]) => Float64Array.from(values).sort());
  return {
    x: full.map(([bin]) => low + ((bin + 0.5) / bandBins) * (high - low)),
    mean: full.map(([, values]) => values.reduce((sum, value) => sum + value, 0) / values.length),
    low: sorted.map((values) => values[Math.floor(0.05 * values.length)]!),
    high: sorted.map((values) => values[Math.min(values.length - 1, Math.floor(0.95 * values.length))]!),
    dots,
  };
}

export interface Memory {
  /** By lag, 0 first. */
  readonly correlation: readonly number[];
  /** Rows to a lag of 1. */
  readonly stride: number;
  /** Noise stays within ± this in 95 of 100 lags. */
  readonly bound: number;
}

const lagsMax = 60;
const memoryRows = 200_000;

/** How much a residual says of those after it. Lags never go from one span into the next. */
export function memoryOf(values: Float64Array, spans: readonly Span[]): Memory | undefined {
  const { mean, samples } = histogramOf(values, spans);
  const stride = Math.max(1, Math.ceil(samples / memoryRows));
  const lags = Math.min(lagsMax, Math.floor(samples / stride / 4));
  if (lags < 2) return undefined;
  const sums = new Float64Array(lags + 1);
  for (const { from, to } of spans) {
    for (let row = from; row < to; row += stride) {
      const value = values[row]! - mean;
      if (!Number.isFinite(value)) continue;
      for (let lag = 0; lag <= lags && row + lag * stride < to; lag++) {
        const other = values[row + lag * stride]! - mean;
        if (Number.isFinite(other)) sums[lag] = sums[lag]! + value * other;
      }
    }
  }
  const correlation = Array.from(sums, (sum) => (sums[0]! > 0 ? sum / sums[0]! : 0));
  return { correlation, stride, bound: 1.96 / Math.sqrt(samples / stride) };
}

export function spansFor({ segments }: FitRecord, use?: 'fit' | 'validation'): Span[] {
  return segments.filter((segment) => use === undefined || segment.use === use);
}

function each(values: Float64Array, spans: readonly Span[], take: (value: number) => void): void {
  for (const { from, to } of spans) {
    for (let row = from; row < to; row++) if (Number.isFinite(values[row]!)) take(values[row]!);
  }
}

function both(
  x: Float64Array,
  y: Float64Array,
  spans: readonly Span[],
  take: (x: number, y: number) => void,
): void {
  for (const { from, to } of spans) {
    for (let row = from; row < to; row++) {
      if (Number.isFinite(x[row]!) && Number.isFinite(y[row]!)) take(x[row]!, y[row]!);
    }
  }
}
