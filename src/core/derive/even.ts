// Lays the samples of a window out evenly, as their sensor took them: what spectra are made of.
import { Quality } from '../quality.ts';
import { Grade, type Series, slotOf } from './series.ts';

/** Fewer samples than this in a window are no spectrum. */
export const samplesMin = 8;
/** Of the samples of a window, so many must have come, else it is Uncertain: lines bridge only so much. */
const coverageMin = 0.75;
/** How far the rate of the samples may be from the declared one before its frequencies are in doubt. */
export const rateTolerance = 0.1;

export interface EvenPolicy {
  readonly windowMs: number;
  /** How many samples a second come. */
  readonly rateHz: number;
}

export interface EvenSamples {
  readonly policy: EvenPolicy;
  readonly series: Series;
  readonly input: Float64Array;
  /** How many samples of the window were there, not filled in; and how many of them are Uncertain. */
  present: number;
  doubtful: number;
  firstMs: number;
  lastMs: number;
}

/**
 * Where some are lost, a line bridges the gap. Stamps that only came in bursts are no gaps: no more is bridged than
 * is missing in all. Returns the length, which may be more than there is room for.
 */
export function layOutEvenly(samples: EvenSamples): number {
  const { series, input } = samples;
  const periodMs = survey(samples);
  const span = (samples.lastMs - samples.firstMs) / periodMs;
  let missing = Math.max(0, Math.round(span) + 1 - samples.present);
  let length = 0;
  let before = 0;
  for (let i = 0; i < series.count; i++) {
    const slot = slotOf(series, i);
    if (series.grade[slot] === Grade.bad) continue;
    const value = series.value[slot]!;
    const behind = (series.timeMs[slot]! - samples.firstMs) / periodMs - length;
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
function survey(samples: EvenSamples): number {
  const { series, policy } = samples;
  const declaredMs = 1000 / policy.rateHz;
  samples.present = 0;
  samples.doubtful = 0;
  let sumMs = 0;
  let neighbours = 0;
  for (let i = 0; i < series.count; i++) {
    const slot = slotOf(series, i);
    const grade = series.grade[slot]!;
    if (grade === Grade.bad) continue;
    const timeMs = series.timeMs[slot]!;
    if (samples.present === 0) samples.firstMs = timeMs;
    else if (Math.abs((timeMs - samples.lastMs) / declaredMs - 1) < 0.5) {
      sumMs += timeMs - samples.lastMs;
      neighbours++;
    }
    samples.lastMs = timeMs;
    samples.present++;
    if (grade === Grade.doubtful) samples.doubtful++;
  }
  return neighbours * 2 > samples.present ? sumMs / neighbours : declaredMs;
}

/** How many samples a second there were, of `length` laid out. */
export function trueRateHz({ firstMs, lastMs }: EvenSamples, length: number): number {
  return (1000 * (length - 1)) / (lastMs - firstMs);
}

/** Of what is made of them: Uncertain with too few, at another rate, or when some of them are. */
export function qualityOf({ present, doubtful, policy }: EvenSamples, rateHz: number): number {
  const thin = present < ((policy.windowMs * policy.rateHz) / 1000) * coverageMin;
  const off = Math.abs(rateHz / policy.rateHz - 1) > rateTolerance;
  if (thin || off) return Quality.uncertainSubNormal;
  return doubtful > 0 ? Quality.uncertain : Quality.good;
}

/** Room for the samples of a window, a power of two; a tenth more than expected may come before the rate is in doubt. */
export function roomFor({ windowMs, rateHz }: EvenPolicy): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(((windowMs * rateHz) / 1000) * (1 + rateTolerance))));
}
