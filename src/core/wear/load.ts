// The load to come, as life used: what the rates of the last hours and of the last day say of the next t seconds.
//
// The rate is a mean m, a part that lasts for hours (Ornstein-Uhlenbeck, variance b, τ = 5 h) and one that flickers
// (white, intensity a). Exponential windows of length S and T on them have the covariance
//   slow(S, T) = b·(S·τ/(τ + S) + T·τ/(τ + T))/(S + T)     white(S, T) = a/(S + T)
// so how the means of 1 h and of 5 h vary about that of 24 h, var(S − 24) = (S,S) + (24,24) − 2·(S,24), gives a and b.
// The life used in the next t, with k the part of r1 − r24 that is slow, T = 24 h and x = watched/T, has
//   mean      r24·t + k·(r1 − r24)·τ·(1 − e^(−t/τ))
//   variance  a·t + 2·b·τ·(t − τ·(1 − e^(−t/τ))) + t²·(slow(T, T) + white(T, T))·coth(x/2)
// the last term being how well r24 is known. While little has been seen, b leans on a prior.
import { longS, middleS, Seen, shortS, unrestS, type WearWatch } from './watch.ts';

const lastS = middleS;
/** Of a load that is on or off, besides: how the rate at work varies before it was seen to, as a share of it. */
const priorUnrest = 0.3;
const priorShareSamples = 0.1;

export interface Load {
  /** Life used a second, by calendar: over the last day, and how much more it is to begin with. */
  readonly longRate: number;
  readonly lasting: number;
  /** a and b above. */
  readonly flicker: number;
  readonly slow: number;
  /** Variance of `longRate`. */
  readonly meanVariance: number;
}

const idle: Load = { longRate: 0, lasting: 0, flicker: 0, slow: 0, meanVariance: 0 };

/** For b = 1. */
function slowCovariance(s: number, t: number): number {
  return ((s * lastS) / (lastS + s) + (t * lastS) / (lastS + t)) / (s + t);
}

/** For a = 1. */
function whiteCovariance(s: number, t: number): number {
  return 1 / (s + t);
}

function aboutLong(covariance: (s: number, t: number) => number, s: number): number {
  return covariance(s, s) + covariance(longS, longS) - 2 * covariance(s, longS);
}

const slowShort = aboutLong(slowCovariance, shortS);
const slowMiddle = aboutLong(slowCovariance, middleS);
const whiteShort = aboutLong(whiteCovariance, shortS);
const whiteMiddle = aboutLong(whiteCovariance, middleS);

export function loadOf(watch: WearWatch, c: number): Load {
  const { seen } = watch;
  if (!(watch.longRate[c]! > 0)) return idle;
  const longRate = watch.longRate[c]! / seen[Seen.long]!;
  const shortRate = watch.shortRate[c]! / seen[Seen.short]!;
  const short = watch.shortUnrest[c]! / seen[Seen.unrest]!;
  const middle = watch.middleUnrest[c]! / seen[Seen.unrest]!;
  const mixed =
    (middle - (short * whiteMiddle) / whiteShort) / (slowMiddle - (slowShort * whiteMiddle) / whiteShort);
  const seenSlow = Math.min(Math.max(0, mixed), short / slowShort);
  const flicker = Math.max(0, short - seenSlow * slowShort) / whiteShort;
  const watchedS = seen[Seen.watchedS]!;
  const samples = Math.min(watchedS, unrestS) / lastS;
  const slow = (seenSlow * samples + priorSlow(watch, c, longRate, samples)) / (samples + 1);
  const lasts = slow * slowCovariance(shortS, shortS);
  const known = lasts + flicker * whiteCovariance(shortS, shortS);
  const young = 1 / Math.tanh(watchedS / longS / 2);
  const ofMean = slow * slowCovariance(longS, longS) + flicker * whiteCovariance(longS, longS);
  return {
    longRate,
    lasting: known > 0 ? (lasts / known) * (shortRate - longRate) : 0,
    flicker,
    slow,
    meanVariance: Math.min(slow + flicker / shortS, ofMean * young),
  };
}

/** Of a machine that works a share of the time, at that rate then; at first half of the time would not be odd. */
function priorSlow({ longWork, seen }: WearWatch, c: number, longRate: number, samples: number): number {
  const share =
    ((longWork[c]! / seen[Seen.long]!) * samples + priorShareSamples / 2) / (samples + priorShareSamples);
  const atWork = longRate / share;
  return atWork * atWork * (share * (1 - share) + priorUnrest * priorUnrest);
}

/** Mean and variance of the life used in the next `tS`. */
export function cumulativeLoad(load: Load, tS: number): { mean: number; variance: number } {
  const settled = -lastS * Math.expm1(-tS / lastS);
  const wander = 2 * load.slow * lastS * (tS - settled);
  return {
    mean: load.longRate * tS + load.lasting * settled,
    variance: load.flicker * tS + wander + tS * tS * load.meanVariance,
  };
}
