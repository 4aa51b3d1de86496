// The RMS of what a stream has between two frequencies: mean removed, Hann window, power spectrum. A sine of
// amplitude A inside the band reads A/√2. Made anew a few times a window, and held between.

import { Origins, type SignalColumns } from '../frame.ts';
import { Quality } from '../quality.ts';
import { writeMissing, writeSignal } from '../read-track.ts';
import { type Fft, newFft, powerSpectrum } from './fft.ts';
import { Grade, newSeries, pushSeries, type Series, slideSeries, slotOf } from './series.ts';

/** So often within a window it is made anew. */
const hopsPerWindow = 4;
/** Fewer samples than this in a window are no spectrum. */
const samplesMin = 8;
/** Of the samples of a window, so many must have come, else it is Uncertain: lines bridge only so much. */
const coverageMin = 0.75;
/** How far the rate of the samples may be from the declared one before its frequencies are in doubt. */
const rateTolerance = 0.1;

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
  const samples = (policy.windowMs * policy.rateHz) / 1000;
  // A tenth more than expected may come before the rate is in doubt.
  const length = Math.max(16, 2 ** Math.ceil(Math.log2(samples * (1 + rateTolerance))));
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
  const { series, policy } = band;
  const length = layOut(band);
  if (band.present < samplesMin || band.lastMs <= band.firstMs) {
    const never = Number.isNaN(band.madeMs) && series.count === 0;
    band.value = Number.NaN;
    band.quality = never ? Quality.badWaitingForInitialData : Quality.badNoCommunication;
    return;
  }
  band.madeMs = band.lastMs;
  const rateHz = (1000 * (length - 1)) / (band.lastMs - band.firstMs);
  const value = Math.sqrt(meanSquare(band, Math.min(length, band.input.length), rateHz));
  const thin = band.present < ((policy.windowMs * policy.rateHz) / 1000) * coverageMin;
  const off = Math.abs(rateHz / policy.rateHz - 1) > rateTolerance;
  band.value = Number.isFinite(value) ? value : Number.NaN;
  if (!Number.isFinite(value)) band.quality = Quality.badOutOfRange;
  else if (thin || off) band.quality = Quality.uncertainSubNormal;
  else band.quality = band.doubtful > 0 ? Quality.uncertain : Quality.good;
}

/**
 * Lays the samples out evenly, as their sensor took them; where some are lost, a line bridges the gap. Stamps
 * that only came in bursts are no gaps: no more is bridged than is missing in all. Returns the length.
 */
function layOut(band: Band): number {
  const { series, input } = band;
  const periodMs = survey(band);
  const span = (band.lastMs - band.firstMs) / periodMs;
  let missing = Math.max(0, Math.round(span) + 1 - band.present);
  let length = 0;
  let before = 0;
  for (let i = 0; i < series.count; i++) {
    const slot = slotOf(series, i);
    if (series.grade[slot] === Grade.bad) continue;
    const value = series.value[slot]!;
    const behind = (series.timeMs[slot]! - band.firstMs) / periodMs - length;
    const bridged = length === 0 ? 0 : Math.min(missing, Math.max(0, Math.round(behind)));
    for (let k = 1; k <= bridged; k++) {
      const at = length++;
      if (at < input.length) input[at] = before + ((value - before) * k) / (bridged + 1);
    }
    missing -= bridged;
    if (length < input.length) input[length] = value;
    length++;
    before = value;
  }
  return length;
}

/** Counts the samples, finds the first and the last, and says how far apart neighbours are. */
function survey(band: Band): number {
  const { series, policy } = band;
  const declaredMs = 1000 / policy.rateHz;
  band.present = 0;
  band.doubtful = 0;
  let sumMs = 0;
  let neighbours = 0;
  for (let i = 0; i < series.count; i++) {
    const slot = slotOf(series, i);
    const grade = series.grade[slot]!;
    if (grade === Grade.bad) continue;
    const timeMs = series.timeMs[slot]!;
    if (band.present === 0) band.firstMs = timeMs;
    else if (Math.abs((timeMs - band.lastMs) / declaredMs - 1) < 0.5) {
      sumMs += timeMs - band.lastMs;
      neighbours++;
    }
    band.lastMs = timeMs;
    band.present++;
    if (grade === Grade.doubtful) band.doubtful++;
  }
  return neighbours * 2 > band.present ? sumMs / neighbours : declaredMs;
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
