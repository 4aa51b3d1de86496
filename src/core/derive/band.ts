// The RMS of what a stream has between two frequencies: mean removed, Hann window, power spectrum. A sine of
// amplitude A inside the band reads A/√2. Made anew a few times a window, and held between.

import { Origins, type SignalColumns } from '../frame.ts';
import { Quality } from '../quality.ts';
import { writeMissing, writeSignal } from '../read-track.ts';
import { layOutEvenly, qualityOf, roomFor, samplesMin, trueRateHz } from './even.ts';
import { type Fft, newFft, powerSpectrum } from './fft.ts';
import { newSeries, pushSeries, type Series, slideSeries } from './series.ts';

/** So often within a window it is made anew. */
const hopsPerWindow = 4;

export interface BandPolicy {
  readonly fromHz: number;
  readonly toHz: number;
  readonly windowMs: number;
  /** How many samples a second come. */
  readonly rateHz: number;
}

export interface Band {
  readonly policy: BandPolicy;
  readonly series: Series;
  readonly fft: Fft;
  readonly input: Float64Array;
  readonly power: Float64Array;
  /** The Hann window of `hannLength` samples, and the sum of its squares. */
  readonly hann: Float64Array;
  hannLength: number;
  hannSquares: number;
  nextMs: number;
  /** What was made last: up to which sample, its value and quality. */
  madeMs: number;
  value: number;
  quality: number;
  /** How many samples of the window were there, not filled in; and how many of them are Uncertain. */
  present: number;
  doubtful: number;
  firstMs: number;
  lastMs: number;
}

export function newBand(policy: BandPolicy): Band {
  const length = roomFor(policy);
  return {
    policy,
    series: newSeries(length * 2),
    fft: newFft(length),
    input: new Float64Array(length),
    power: new Float64Array(length / 2 + 1),
    hann: new Float64Array(length),
    hannLength: 0,
    hannSquares: 0,
    nextMs: Number.NEGATIVE_INFINITY,
    madeMs: Number.NaN,
    value: Number.NaN,
    quality: Quality.badWaitingForInitialData,
    present: 0,
    doubtful: 0,
    firstMs: 0,
    lastMs: 0,
  };
}

/** The newest sample; times never decrease. */
export function pushBand({ series }: Band, timeMs: number, value: number, quality: number): void {
  pushSeries(series, timeMs, value, quality);
}

/** Writes the band of the window that ends at `atMs`, or at most a quarter of a window earlier. */
export function readBand(band: Band, atMs: number, out: SignalColumns, row: number): void {
  const { windowMs } = band.policy;
  const due = atMs >= band.nextMs;
  if (due) {
    slideSeries(band.series, atMs - windowMs);
    make(band);
    band.nextMs = atMs + windowMs / hopsPerWindow;
  }
  const ageMs = Number.isNaN(band.madeMs) ? Number.POSITIVE_INFINITY : atMs - band.madeMs;
  if (Number.isNaN(band.value)) writeMissing(out, row, band.quality, ageMs);
  else writeSignal(out, row, band.value, band.quality, due ? Origins.measured : Origins.held, ageMs);
}

function make(band: Band): void {
  const { series } = band;
  const length = layOutEvenly(band);
  if (band.present < samplesMin || band.lastMs <= band.firstMs) {
    const never = Number.isNaN(band.madeMs) && series.count === 0;
    band.value = Number.NaN;
    band.quality = never ? Quality.badWaitingForInitialData : Quality.badNoCommunication;
    return;
  }
  band.madeMs = band.lastMs;
  const rateHz = trueRateHz(band, length);
  const value = Math.sqrt(meanSquare(band, Math.min(length, band.input.length), rateHz));
  band.value = Number.isFinite(value) ? value : Number.NaN;
  band.quality = Number.isFinite(value) ? qualityOf(band, rateHz) : Quality.badOutOfRange;
}

/** The mean square of the bins inside the band. */
function meanSquare(band: Band, length: number, rateHz: number): number {
  const { input, hann, fft, power, policy } = band;
  if (length !== band.hannLength) shapeHann(band, length);
  let sum = 0;
  for (let i = 0; i < length; i++) sum += input[i]!;
  const mean = sum / length;
  for (let i = 0; i < length; i++) input[i] = (input[i]! - mean) * hann[i]!;
  input.fill(0, length);
  powerSpectrum(fft, input, power);
  const last = power.length - 1;
  const from = Math.max(1, Math.ceil((policy.fromHz * fft.length) / rateHz));
  const to = Math.min(last, Math.floor((policy.toHz * fft.length) / rateHz));
  let inside = 0;
  // Every bin stands for two frequencies, but for the one at half the rate.
  for (let k = from; k <= to; k++) inside += k === last ? power[k]! / 2 : power[k]!;
  return (2 * inside) / (fft.length * band.hannSquares);
}

function shapeHann(band: Band, length: number): void {
  let squares = 0;
  for (let i = 0; i < length; i++) {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length);
    band.hann[i] = weight;
    squares += weight * weight;
  }
  band.hannLength = length;
  band.hannSquares = squares;
}
