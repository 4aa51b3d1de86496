// How long each component lasts under the load seen lately, with how well that is known. Reads; moves nothing.
//
// With G the life used, P(T ≤ t) = P(G + C(t)·e^l ≥ limit): l the log factor (Gaussian, shared), G given l Gaussian,
// C(t) the load to come, Gaussian with the mean and variance of load.ts and the scatter of a life added. Integrated numerically over l and over what is the wear's own, solved for t at 10, 50 and 90 %.
// A component on which no work was seen has no end in sight: Infinity, not a nominal life.
import type { ComponentForecast, Forecast, Quantiles } from '../forecast.ts';
import type { Twin } from '../twin.ts';
import { cumulativeLoad, type Load, loadOf } from './load.ts';
import { watchedHours } from './memory.ts';
import { normalCdf, normalNodes } from './normal.ts';
import { lifeUsed, relativeRate } from './shape.ts';
import { longWorkShare, spreadPerWear, type WearWatch, wearSigma } from './watch.ts';

const none: Quantiles = {
  p10: Number.POSITIVE_INFINITY,
  p50: Number.POSITIVE_INFINITY,
  p90: Number.POSITIVE_INFINITY,
};

export function forecastOf(watch: WearWatch, twin: Twin, machine: string, timeMs: number): Forecast {
  const components = (watch.model.wear ?? []).map((_, c) => componentForecast(watch, twin, c));
  return {
    machine,
    timeMs,
    components,
    limiting: limitingOf(components),
    counters: (watch.model.counters ?? []).map(({ name, unit, state }) => ({
      name,
      unit,
      value: twin.state[watch.model.states.findIndex((spec) => spec.name === state)] ?? Number.NaN,
    })),
    watchedHours: watchedHours(watch),
  };
}

function limitingOf(components: readonly ComponentForecast[]): string | undefined {
  let first: ComponentForecast | undefined;
  for (const each of components) {
    if (each.rulHours.p10 < (first?.rulHours.p10 ?? Number.POSITIVE_INFINITY)) first = each;
  }
  return first?.component;
}

function componentForecast(watch: WearWatch, twin: Twin, c: number): ComponentForecast {
  const { component, limit, gauge } = watch.model.wear![c]!;
  const wear = twin.state[watch.state[c]!]!;
  const load = loadOf(watch, c);
  const nowRate = relativeRate(watch.shapes, c, wear);
  return {
    component,
    wear,
    wearSigma: wearSigma(watch, c, wear),
    limit,
    ratePerH: load.longRate * nowRate * 3600,
    workShare: longWorkShare(watch, c),
    rulHours: rulOf(watch, c, wear, load),
    ...(gauge === undefined ? {} : { gauge: { unit: gauge.unit, value: wear * gauge.full } }),
  };
}

/** Everything the end of one component depends on. */
interface Outlook {
  readonly load: Load;
  readonly used: number;
  readonly grown: number;
  readonly slope: number;
  readonly ownSigma: number;
  readonly factorSigma: number;
  readonly limit: number;
}

function rulOf(watch: WearWatch, c: number, wear: number, load: Load): Quantiles {
  const { limit } = watch.model.wear![c]!;
  if (wear >= limit) return { p10: 0, p50: 0, p90: 0 };
  if (!(load.longRate > 0)) return none;
  const outlook: Outlook = {
    load,
    used: lifeUsed(watch.shapes, c, wear),
    grown: watch.grown[c]!,
    slope: watch.slope[c]!,
    ownSigma: Math.sqrt(watch.spread[c]!),
    factorSigma: Math.sqrt(watch.variance[watch.factor[c]!]!),
    limit,
  };
  return { p10: quantile(outlook, 0.1), p50: quantile(outlook, 0.5), p90: quantile(outlook, 0.9) };
}

/** Eleven years: what is further away than that is not seen to come. */
const hoursMax = 1e5;

/** By bisection of ln t, to a thousandth. */
function quantile(outlook: Outlook, probability: number): number {
  if (endsBy(outlook, 0) >= probability) return 0;
  let low = Math.log(1e-3);
  let high = Math.log(hoursMax);
  if (endsBy(outlook, hoursMax * 3600) < probability) return Number.POSITIVE_INFINITY;
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    if (endsBy(outlook, Math.exp(middle) * 3600) < probability) low = middle;
    else high = middle;
  }
  return Math.exp(high);
}

/** P(T ≤ t) */
function endsBy(outlook: Outlook, tS: number): number {
  const { load, used, grown, slope, ownSigma, factorSigma, limit } = outlook;
  const { mean, variance } = cumulativeLoad(load, tS);
  const sigma = Math.sqrt(variance + spreadPerWear * mean);
  let probability = 0;
  for (const [z, weight] of normalNodes) {
    const l = z * factorSigma;
    const life = used + grown * Math.expm1(l) + slope * l;
    for (const [own, ownWeight] of normalNodes) {
      const left = limit - life - own * ownSigma;
      probability += weight * ownWeight * reaches(left * Math.exp(-l), mean, sigma);
    }
  }
  return probability;
}

/** P(C ≥ left) */
function reaches(left: number, mean: number, sigma: number): number {
  if (left <= 0) return 1;
  return sigma > 0 ? normalCdf((mean - left) / sigma) : 0;
}
