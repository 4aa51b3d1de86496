// Views of normal running, from a seed: what a detector learns from, and is not to find anything in.
import type { View } from '../../src/core/detect/detector.ts';
import { uniformFrom } from '../../src/core/fit/random.ts';

export type Fill = (t: number, view: View) => void;

/** Standard normal numbers, the same for the same seed. */
export function normalFrom(seed: number): () => number {
  const uniform = uniformFrom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A value by view, with a memory of its own. */
export type Course = (t: number) => number;

export const courses = {
  white: (seed: number): Course => {
    const normal = normalFrom(seed);
    return () => 5 + 2 * normal();
  },
  /** Each value follows the one before. */
  correlated: (seed: number, share = 0.9): Course => {
    const normal = normalFrom(seed);
    let x = 0;
    return () => {
      x = share * x + Math.sqrt(1 - share * share) * normal();
      return x;
    };
  },
  quantised: (seed: number): Course => {
    const normal = normalFrom(seed);
    return () => Math.round(20 + 0.4 * normal());
  },
  periodic: (seed: number, period = 288): Course => {
    const normal = normalFrom(seed);
    return (t) => 10 * Math.sin((2 * Math.PI * t) / period) + 0.3 * normal();
  },
  /** A temperature told in tenths, which stays the same for a while. */
  slow: (seed: number): Course => {
    const normal = normalFrom(seed);
    let x = 0;
    return (t) => {
      x = 0.999 * x + 0.02 * normal();
      return Math.round((20 + 5 * Math.sin(t / 3000) + x) * 10) / 10;
    };
  },
  walk: (seed: number): Course => {
    const normal = normalFrom(seed);
    let x = 0;
    return () => {
      x += normal();
      return x;
    };
  },
} as const;

/** White, correlated, quantised, periodic, one with a residual, and one that goes with the first. */
export function streamOf(seed: number): Fill {
  const normal = normalFrom(seed + 500);
  const own = [
    courses.white(seed),
    courses.correlated(seed + 1),
    courses.quantised(seed + 2),
    courses.periodic(seed + 3),
    courses.white(seed + 4),
  ];
  const residual = courses.correlated(seed + 5, 0.5);
  return (t, view) => {
    for (let c = 0; c < view.value.length; c++) {
      const make = own[c];
      const value = make === undefined ? 2 * view.value[0]! + normal() : make(t);
      came(view, c, value);
    }
    if (view.residual.length > 4) view.residual[4] = residual(t);
  };
}

/** A sample has come at this view. */
export function came(view: View, column: number, value: number): void {
  view.value[column] = value;
  view.low[column] = value;
  view.high[column] = value;
  view.last[column] = value;
  view.ageS[column] = 0;
}

/** Sets the time, forgets the view before (but its mode), and fills. */
export function feed(view: View, t: number, periodS: number, fill: Fill): void {
  view.timeMs = 1_700_000_000_000 + t * periodS * 1000;
  view.dtS = t === 0 ? 0 : periodS;
  for (const part of [view.value, view.residual, view.low, view.high, view.last]) part.fill(Number.NaN);
  view.ageS.fill(Number.POSITIVE_INFINITY);
  view.quality.fill(0);
  fill(t, view);
}
