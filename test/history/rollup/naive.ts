// Rollups the long way: every stretch by itself, and sums in whole numbers that have no end.
import { isBad } from '../../../src/core/quality.ts';
import type { Series } from '../../../src/core/sample.ts';

export interface NaiveStretch {
  readonly startMs: number;
  count: number;
  bad: number;
  readonly values: number[];
}

export function naiveRollups(series: Series, stepMs: number): NaiveStretch[] {
  const stretches = new Map<number, NaiveStretch>();
  for (let i = 0; i < series.length; i++) {
    const startMs = Math.floor(series.timeMs[i]! / stepMs) * stepMs;
    const found = stretches.get(startMs) ?? { startMs, count: 0, bad: 0, values: [] };
    stretches.set(startMs, found);
    if (isBad(series.quality[i]!)) found.bad++;
    else {
      found.count++;
      found.values.push(series.value[i]!);
    }
  }
  return [...stretches.values()].sort((a, b) => a.startMs - b.startMs);
}

/** Exact, and then rounded once. */
export function decimalSum(values: readonly number[], decimals: number): number {
  const whole = values.reduce((sum, value) => sum + BigInt(Math.round(value * 10 ** decimals)), 0n);
  return Number(whole) / 10 ** decimals;
}
