// A forecast that says how worn components are, and nothing else of interest.
import type { Forecast } from '../../../src/core/forecast.ts';

export function forecastOf(machine: string, wears: Record<string, number>, timeMs: number): Forecast {
  const never = { p10: Infinity, p50: Infinity, p90: Infinity };
  const components = Object.entries(wears).map(([component, wear]) => ({
    ...{ component, wear, wearSigma: 0.01, limit: 1, ratePerH: 0, workShare: 0, rulHours: never },
  }));
  return { machine, timeMs, components, limiting: undefined, counters: [], watchedHours: 1 };
}
