// How large something gets once in so many times, from how large it has been so far: a Weibull tail through two of its
// quantiles. Exact for exponential tails, a little too wide for normal ones, and never narrower than was seen.
import { normalCdf } from '../wear/normal.ts';
import { type Histogram, sizeAbove } from './histogram.ts';

/** The rarer of the two quantiles is one of which this many have been seen. */
const seenMin = 10;
const shareMin = 0.005;
const shareMax = 0.1;
const apart = 10;
/** So many worth of what kind of tail it is expected to be. */
const priorWeight = 500;
const powerMin = 0.5;
/** A normal tail, as far out as can be seen. */
export const normalPower = 0.63;
const powerMax = 1.6;
/** What is known from few is widened: by this over the root of how many. */
const doubt = 3;

/** The normal distribution's share beyond z, on one side. */
function beyond(z: number): number {
  if (z < 4) return 1 - normalCdf(z);
  const r = 1 / (z * z);
  const series = 1 - r * (1 - r * (3 - r * (15 - r * 105)));
  return (Math.exp((-z * z) / 2) / (z * Math.sqrt(2 * Math.PI))) * series;
}

/** So many sigmas a normal number passes, on one side, with probability `p`. */
export function sigmasBeyond(p: number): number {
  let low = 0;
  let high = 38;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (beyond(middle) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * What is passed with probability `p`; 0 where nothing is known. `power` is that of the logarithm of the probability:
 * 0.5 for a normal tail far out, 1 for an exponential one. Of what follows itself, so many in `alike` tell as one.
 */
export function sizePassed(sizes: Histogram, column: number, p: number, power: number, alike = 1): number {
  const total = sizes.total[column]! / alike;
  if (!(total > 1)) return 0;
  const rare = Math.min(shareMax, Math.max(shareMin, seenMin / total));
  const usual = Math.min(3 * shareMax, rare * apart);
  const far = sizeAbove(sizes, column, rare);
  if (far === 0) return sizeAbove(sizes, column, 1 / (2 * total));
  const near = sizeAbove(sizes, column, usual);
  const widened = 1 + doubt / Math.sqrt(total);
  if (p >= rare) return sizeAbove(sizes, column, p) * widened;
  const logRare = Math.log(rare);
  const seen = near > 0 ? Math.log(far / near) / Math.log(logRare / Math.log(usual)) : powerMax;
  const weight = total / (total + priorWeight);
  const raised = Math.min(powerMax, Math.max(powerMin, weight * seen + (1 - weight) * power));
  return far * (Math.log(p) / logRare) ** raised * widened;
}
