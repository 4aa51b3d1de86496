// How long each component lasts under the load seen lately, with how well that is known. Reads; moves nothing.
//
// With G the life used, P(T ≤ t) = P(G + C(t)·e^l ≥ limit): l the log factor (Gaussian, shared), G given l Gaussian,
// C(t) the load to come, Gaussian with the mean and variance of load.ts and the scatter of a life added. Integrated
// numerically over l, and over the wear it started with where nobody knows it; solved for t at 10, 50 and 90 %.
// Nothing starts newer than new: the half of that belief below 0 counts as new. So an unknown start brings the p10
// much nearer and the p50 a little, and leaves the p90, until somebody looks or a new one is put in.
// A component on which no work was seen has no end in sight: Infinity, not a nominal life.
import type { ComponentForecast, Forecast, Quantiles } from '../forecast.ts';
import type { Twin } from '../twin.ts';
import { cumulativeLoad, type Load, loadOf } from './load.ts';
import { watchedHours } from './memory.ts';
import { evenNodes, type Nodes, normalCdf } from './normal.ts';
import { lifeUsed, relativeRate } from './shape.ts';
import { longWorkShare, spreadPerWear, type WearWatch, wearSigma } from './watch.ts';

const none: Quantiles = {
  p10: Number.POSITIVE_INFINITY,
  p50: Number.POSITIVE_INFINITY,
  p90: Number.POSITIVE_INFINITY,
};

export function forecastOf(watch: WearWatch, twin: Twin, machine: string, timeMs: number): Forecast {
  const components = (watch.model.wear ?? []).map((_, c) => componentForecast(watch, twin, c));
  return gatherForecast(watch, twin, machine, timeMs, components);
}

/** `components` as `componentForecast` made them, of which a tick makes but a few. */
export function gatherForecast(
  watch: WearWatch,
  twin: Twin,
  machine: string,
  timeMs: number,
  components: readonly ComponentForecast[],
): Forecast {
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

/** Whether its forecast takes any time: of what never worked nothing is to be worked out. */
export function hasOutlook({ longRate }: WearWatch, c: number): boolean {
  return longRate[c]! > 0;
}

export function componentForecast(watch: WearWatch, twin: Twin, c: number): ComponentForecast {
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

const fine = evenNodes(20, 0.175);
const coarse = evenNodes(10, 0.35);
const exactly: Nodes = { z: Float64Array.of(0), weight: Float64Array.of(1) };
const fromNew = notBelow(coarse);

/** What is below new counts as new. */
function notBelow({ z, weight }: Nodes): Nodes {
  const above = z.findIndex((at) => at > 0);
  const asNew = weight.subarray(0, above).reduce((sum, each) => sum + each, 0);
  return {
    z: Float64Array.of(0, ...z.subarray(above)),
    weight: Float64Array.of(asNew, ...weight.subarray(above)),
  };
}

/** Everything the end of one component depends on. */
interface Outlook {
  readonly load: Load;
  readonly ownVariance: number;
  /** By node of the factor: its weight, how many times as fast it wears, and what is left of the life of a new one. */
  readonly weight: Float64Array;
  readonly times: Float64Array;
  readonly left: Float64Array;
  /** Nodes of the life used before anybody watched. */
  readonly start: Nodes;
}

function outlookOf(watch: WearWatch, c: number, left: number, load: Load): Outlook {
  const startSigma = Math.sqrt(watch.start[c]!);
  const factorSigma = Math.sqrt(watch.variance[watch.factor[c]!]!);
  // What the start smooths takes fewer nodes of the factor.
  const factor = startSigma > 0 ? coarse : fine;
  const start = startSigma > 0 ? fromNew : exactly;
  const [grown, slope] = [watch.grown[c]!, watch.slope[c]!];
  return {
    load,
    ownVariance: watch.spread[c]!,
    weight: factor.weight,
    times: factor.z.map((z) => Math.exp(z * factorSigma)),
    left: factor.z.map((z) => left - grown * Math.expm1(z * factorSigma) - slope * z * factorSigma),
    start: { z: start.z.map((z) => z * startSigma), weight: start.weight },
  };
}

function rulOf(watch: WearWatch, c: number, wear: number, load: Load): Quantiles {
  const { limit } = watch.model.wear![c]!;
  if (wear >= limit) return { p10: 0, p50: 0, p90: 0 };
  if (!(load.longRate > 0)) return none;
  const left = limit - lifeUsed(watch.shapes, c, wear);
  const outlook = outlookOf(watch, c, left, load);
  const plain = left / load.longRate / 3600;
  const p50 = quantile(outlook, 0.5, plain);
  const usual = p50 > 0 && p50 < hoursMax ? p50 : plain;
  return { p10: quantile(outlook, 0.1, usual), p50, p90: quantile(outlook, 0.9, usual) };
}

/** Eleven years: what is further away than that is not seen to come. */
const hoursMax = 1e5;
const hoursMin = 1e-3;
const nearness = 3e-4;

/** The hours at which the probability is reached, from a guess on. */
function quantile(outlook: Outlook, probability: number, guess: number): number {
  const missing = (logHours: number) => endsBy(outlook, Math.exp(logHours) * 3600) - probability;
  if (endsBy(outlook, 0) >= probability) return 0;
  const [least, most] = [Math.log(hoursMin), Math.log(hoursMax)];
  let low = Math.min(most, Math.max(least, Math.log(guess)));
  let high = low;
  let below = missing(low);
  let above = below;
  for (let stride = 0.5; above < 0; stride *= 2) {
    if (high >= most) return Number.POSITIVE_INFINITY;
    [low, below] = [high, above];
    high = Math.min(most, high + stride);
    above = missing(high);
  }
  for (let stride = 0.5; below >= 0 && low > least; stride *= 2) {
    [high, above] = [low, below];
    low = Math.max(least, low - stride);
    below = missing(low);
  }
  return Math.exp(below >= 0 ? low : crossing(missing, low, below, high, above));
}

/** By false position, in which an end that stays counts half as much each time. `below` < 0 ≤ `above`. */
function crossing(f: (at: number) => number, from: number, below: number, to: number, above: number): number {
  let [low, high, atLow, atHigh] = [from, to, below, above];
  let stayed = 0;
  while (high - low > nearness) {
    const cut = (low * atHigh - high * atLow) / (atHigh - atLow);
    const at = Math.min(high - nearness / 2, Math.max(low + nearness / 2, cut));
    const value = f(at);
    if (value < 0) {
      [low, atLow] = [at, value];
      if (stayed > 0) atHigh /= 2;
      stayed = 1;
    } else {
      [high, atHigh] = [at, value];
      if (stayed < 0) atLow /= 2;
      stayed = -1;
    }
  }
  return high;
}

/** P(T ≤ t) */
function endsBy({ load, ownVariance, weight, times, left, start }: Outlook, tS: number): number {
  const { mean, variance } = cumulativeLoad(load, tS);
  const lifeVariance = variance + spreadPerWear * mean;
  const ownSigma = Math.sqrt(ownVariance);
  let probability = 0;
  for (let f = 0; f < weight.length; f++) {
    const sigma = Math.sqrt(lifeVariance * times[f]! * times[f]! + ownVariance);
    const more = mean * times[f]!;
    for (let s = 0; s < start.z.length; s++) {
      const share = weight[f]! * start.weight[s]!;
      probability += share * reaches(left[f]! - start.z[s]!, more, sigma, ownSigma);
    }
  }
  return probability;
}

/** P(C ≥ left), and no less than it was before anything came: nothing wears backwards. */
function reaches(left: number, mean: number, sigma: number, ownSigma: number): number {
  if (!(sigma > 0)) return mean >= left ? 1 : 0;
  const ends = normalCdf((mean - left) / sigma);
  if (left > 4 * ownSigma) return ends;
  return Math.max(ends, ownSigma > 0 ? normalCdf(-left / ownSigma) : 1);
}
