// What repeats: the period of a stretch of values by its autocorrelation, and the mean course of one period.
import { newFft, powerSpectrum } from '../../derive/fft.ts';

export interface Season {
  /** In rows. */
  readonly period: number;
  readonly profile: Float64Array;
  /** By phase, how many periods have been seen. */
  readonly seen: Float64Array;
}

/** So many times it must have been seen. */
const repeatsMin = 2.6;
const likenessMin = 0.35;
/** Of the square of the autocorrelation. */
const unlike = 0.04;
/** A shorter one is what the last few values tell as well. */
const periodMin = 6;

/** 0: none. `values`: without gaps, oldest first, about zero, without outliers. */
export function findPeriod(values: Float64Array, from: number, to: number): number {
  const n = to - from;
  if (n < repeatsMin * periodMin) return 0;
  const length = 2 ** Math.ceil(Math.log2(2 * n));
  const fft = newFft(length);
  const padded = new Float64Array(length);
  for (let i = 0; i < n; i++) padded[i] = values[from + i]!;
  const power = new Float64Array(length / 2 + 1);
  powerSpectrum(fft, padded, power);
  if (!(power.reduce((sum, one) => sum + one, 0) > 0)) return 0;
  // The autocorrelation is the transform of the power; of it only the square is to be had, so signs are asked anew.
  for (let k = 0; k <= length / 2; k++) {
    padded[k] = power[k]!;
    if (k > 0 && k < length / 2) padded[length - k] = power[k]!;
  }
  const squares = new Float64Array(length / 2 + 1);
  powerSpectrum(fft, padded, squares);
  const lag = bestLag(values, from, to, squares);
  return lag === 0 ? 0 : refined(lag, n, squares);
}

function bestLag(values: Float64Array, from: number, to: number, squares: Float64Array): number {
  const n = to - from;
  const lagMax = Math.floor(n / repeatsMin);
  let best = 0;
  let bestLikeness = likenessMin;
  // Not before it has been unlike itself once: a slow signal is like itself at every short lag, and noise makes hills there.
  let lag = 1;
  while (lag < lagMax && squares[lag]! > unlike * squares[0]!) lag++;
  for (; lag < lagMax; lag++) {
    if (lag < periodMin) continue;
    const here = unbiased(squares, lag, n);
    if (here < unbiased(squares, lag - 1, n) || here < unbiased(squares, lag + 1, n)) continue;
    if (Math.sqrt(here) < bestLikeness + 0.04) continue;
    const likeness = likenessAt(values, from, to, lag);
    // A multiple must be clearly better than the period itself.
    if (likeness > bestLikeness + (best > 0 ? 0.05 : 0)) {
      best = lag;
      bestLikeness = likeness;
    }
  }
  return best;
}

/** By its multiples, the further the better: noise moves the hill of each, and counts less the further away it is. */
function refined(lag: number, n: number, squares: Float64Array): number {
  let period = lag;
  for (let times = 1; times * period < n / 2; times *= 2) {
    const reach = Math.max(1, Math.round(period / 8 / (times > 1 ? 2 : 1)));
    const width = Math.floor(period / 16);
    const centre = Math.round(times * period);
    let best = -1;
    let bestLag = centre;
    for (let at = centre - reach; at <= centre + reach; at++) {
      let sum = 0;
      for (let near = at - width; near <= at + width; near++) sum += squares[near] ?? 0;
      if (sum <= best) continue;
      best = sum;
      bestLag = at;
    }
    period = bestLag / times;
  }
  return Math.round(period);
}

function unbiased(squares: Float64Array, lag: number, n: number): number {
  return (squares[lag]! / squares[0]!) * (n / (n - lag)) ** 2;
}

function likenessAt(values: Float64Array, from: number, to: number, lag: number): number {
  let product = 0;
  let early = 0;
  let late = 0;
  for (let i = from; i + lag < to; i++) {
    const a = values[i]!;
    const b = values[i + lag]!;
    product += a * b;
    early += a * a;
    late += b * b;
  }
  return early > 0 && late > 0 ? product / Math.sqrt(early * late) : 0;
}

export function newSeason(period: number): Season {
  return { period, profile: new Float64Array(period), seen: new Float64Array(period) };
}

/** Less is believed of what was seen once. */
export function seasonAt({ profile, seen }: Season, phase: number): number {
  const times = seen[phase]!;
  return (profile[phase]! * times) / (times + 0.5);
}

const memoryPeriods = 12;

/** `rest`: the value without what else is known of it. */
export function learnSeason({ profile, seen }: Season, phase: number, rest: number, share: number): void {
  const times = seen[phase]! + share;
  if (!(times > 0)) return;
  seen[phase] = Math.min(memoryPeriods, times);
  profile[phase] = profile[phase]! + (share / Math.min(memoryPeriods, times)) * (rest - profile[phase]!);
}
