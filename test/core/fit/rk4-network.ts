// A thermal network of its own for the tests of fits: Runge-Kutta in small steps, no modes, no exponentials.
import type { FitRecord, FitSegment } from '../../../src/core/fit/fit.ts';
import type { Dice } from './dice.ts';

export interface TrueNetwork {
  readonly capacity: readonly number[];
  /** From each node to the next. */
  readonly between: readonly number[];
  /** By node; Infinity: none. */
  readonly toAmbient: readonly number[];
  readonly start: readonly number[];
  ambient(timeS: number): number;
  /** Watts into each node. */
  heat(timeS: number, temperatures: readonly number[]): readonly number[];
}

/** Temperatures by node at each of `timeS`. */
export function simulateTruth(net: TrueNetwork, timeS: Float64Array, innerS = 0.5): Float64Array[] {
  let t = [...net.start];
  const traces = t.map(() => new Float64Array(timeS.length));
  for (let row = 0; row < timeS.length; row++) {
    if (row > 0) {
      const spanS = timeS[row]! - timeS[row - 1]!;
      const steps = Math.max(1, Math.ceil(spanS / innerS));
      const h = spanS / steps;
      for (let k = 0; k < steps; k++) t = rungeKutta(net, timeS[row - 1]! + k * h, t, h);
    }
    for (const [i, trace] of traces.entries()) trace[row] = t[i]!;
  }
  return traces;
}

function rungeKutta(net: TrueNetwork, timeS: number, t: readonly number[], h: number): number[] {
  const moved = (slope: readonly number[], by: number): number[] => t.map((x, i) => x + by * slope[i]!);
  const a = slopeOf(net, timeS, t);
  const b = slopeOf(net, timeS + h / 2, moved(a, h / 2));
  const c = slopeOf(net, timeS + h / 2, moved(b, h / 2));
  const d = slopeOf(net, timeS + h, moved(c, h));
  return t.map((x, i) => x + (h / 6) * (a[i]! + 2 * b[i]! + 2 * c[i]! + d[i]!));
}

function slopeOf(net: TrueNetwork, timeS: number, t: readonly number[]): number[] {
  const heat = net.heat(timeS, t);
  const outside = net.ambient(timeS);
  return t.map((x, i) => {
    let watts = heat[i]! + (outside - x) / net.toAmbient[i]!;
    if (i > 0) watts += (t[i - 1]! - x) / net.between[i - 1]!;
    if (i < t.length - 1) watts += (t[i + 1]! - x) / net.between[i]!;
    return watts / net.capacity[i]!;
  });
}

/** Levels that change now and then, with straight ramps of 10 s between: a program of work. */
export function workload(
  roll: Dice,
  durationS: number,
  most: number,
  holdS: number,
): (timeS: number) => number {
  const knots = [0];
  while (knots.length <= durationS / 10 + 1) {
    const level = roll.uniform() < 0.3 ? 0 : most * roll.uniform();
    const count = Math.max(1, Math.round((holdS * (0.2 + 1.6 * roll.uniform())) / 10));
    for (let k = 0; k < count; k++) knots.push(level);
  }
  return (timeS) => {
    const at = Math.min(knots.length - 2, Math.max(0, Math.floor(timeS / 10)));
    return knots[at]! + (timeS / 10 - at) * (knots[at + 1]! - knots[at]!);
  };
}

/** With noise of `share` of the span of each. */
export function noisy(roll: Dice, values: Float64Array, share: number): Float64Array {
  const sigma = share * (Math.max(...values) - Math.min(...values));
  return values.map((x) => x + sigma * roll.normal());
}

export function evenTime(durationS: number, stepS: number): Float64Array {
  return Float64Array.from({ length: Math.floor(durationS / stepS) + 1 }, (_, k) => k * stepS);
}

export function recordOf(
  timeS: Float64Array,
  columns: Record<string, Float64Array>,
  segments: readonly FitSegment[] = [{ from: 0, to: timeS.length, use: 'fit' }],
): FitRecord {
  return { timeS, columns, segments };
}
