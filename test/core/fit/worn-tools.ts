// Tools that wear by a curve that is known, measured now and then with 5 % noise.
import type { FitRecord, FitSegment } from '../../../src/core/fit/fit.ts';
import type { WearOptions } from '../../../src/core/fit/wear-options.ts';
import type { Dice } from './dice.ts';

export const limit = 300;

/** Of the limit, by the share of life used. */
export const shapes = {
  linear: (x: number): number => x,
  power: (x: number): number => x ** 1.5,
  zones: (x: number): number => zones(x) / zones(1),
};

/** A run-in, a steady zone, and an end that grows by e every 9 % of life. */
function zones(x: number): number {
  return 0.25 * (1 - Math.exp(-x / 0.06)) + x + 0.09 * (Math.exp((x - 0.75) / 0.09) - Math.exp(-0.75 / 0.09));
}

export interface Seen {
  readonly run: number;
  readonly hours: number;
  readonly wear: number;
}

/** `points` measurements with 5 % noise, evenly until `share` of life. */
export function wornOut(
  roll: Dice,
  shape: keyof typeof shapes,
  run: number,
  life: number,
  share: number,
  points = 12,
): Seen[] {
  return Array.from({ length: points }, (_, i): Seen => {
    const x = (share * (i + 1)) / points;
    return { run, hours: x * life, wear: limit * shapes[shape](x) * (1 + 0.05 * roll.normal()) };
  });
}

export function recordOf(seen: readonly Seen[], segments?: readonly FitSegment[]): FitRecord {
  return {
    timeS: Float64Array.from(seen, ({ hours }) => hours * 3600),
    columns: {
      wear: Float64Array.from(seen, ({ wear }) => wear),
      run: Float64Array.from(seen, ({ run }) => run),
    },
    segments: segments ?? [{ from: 0, to: seen.length, use: 'fit' }],
  };
}

export const told: WearOptions = { limit, validationShare: 0 };
