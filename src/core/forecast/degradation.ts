// How long a part lasts of which little was measured and others like it were before: a Bayesian curve of wear, from the
// fleet's band where nothing was measured to its own where much was. The same seed is the same answer.
import { FitRefusal } from '../fit/refusal.ts';
import { type WearFamily, wornShare } from '../fit/wear-family.ts';
import { spreadPerWear } from '../wear/watch.ts';
import { type Cloud, drawCloud, type Scene } from './degradation-draw.ts';
import { type FleetPrior, fleetPrior, usable, type WearMeasure } from './degradation-prior.ts';
import { newRandom, type Random } from './random.ts';
import { passage } from './runs.ts';

export interface DegradationOptions {
  readonly seed?: number;
  /** Of each family of shapes. */
  readonly particles?: number;
  /** Wear of what is new: 0 when absent. */
  readonly fresh?: number;
  /** Use by now: that of the last point when absent, 0 without any. */
  readonly now?: number;
  /** Of the curve that is drawn: up to so much use; until nearly all have passed when absent. */
  readonly until?: number;
}

export interface WideQuantiles {
  readonly p05: number;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
}

export interface DegradationForecast {
  readonly now: number;
  readonly limit: number;
  /** Use until the limit, from new; and from now. */
  readonly life: WideQuantiles;
  readonly left: WideQuantiles;
  /** Share of the futures in which it is at the limit now. */
  readonly wornNow: number;
  readonly families: readonly { readonly family: WearFamily; readonly weight: number }[];
  /** One standard deviation of a measurement, at the limit. */
  readonly noise: number;
  /** Parts of the fleet that were heard. */
  readonly parts: number;
  readonly points: number;
  /** Evenly over use: wear, and the probability that the limit was passed. */
  readonly curve: readonly {
    readonly use: number;
    readonly p05: number;
    readonly p50: number;
    readonly p95: number;
    readonly probability: number;
  }[];
  readonly notes: readonly string[];
}

const usualParticles = 1500;
const curvePoints = 60;

/** `points` of the part, `fleet` a curve for each earlier one; wear in any one unit. Throws a FitRefusal. */
export function forecastWear(
  points: readonly WearMeasure[],
  fleet: readonly (readonly WearMeasure[])[],
  limit: number,
  options: DegradationOptions = {},
): DegradationForecast {
  const { seed = 1, fresh = 0 } = options;
  if (!(limit > fresh))
    throw new FitRefusal(`the limit ${limit} is not above the wear of what is new, ${fresh}`);
  return forecastFrom(fleetPrior(fleet, usable(points), limit, fresh, seed), points, limit, options);
}

/** The same with what the fleet says worked out before, for many parts of one kind. */
export function forecastFrom(
  prior: FleetPrior,
  points: readonly WearMeasure[],
  limit: number,
  options: DegradationOptions = {},
): DegradationForecast {
  const { seed = 1, particles = usualParticles, fresh = 0 } = options;
  const own = usable(points);
  const now = options.now ?? own.at(-1)?.use ?? 0;
  const random = newRandom(seed);
  const scene: Scene = { points: own, limit, fresh, kind: prior.kind };
  const clouds = prior.families.map((family) => drawCloud(scene, family, particles, random));
  const most = Math.max(...clouds.map(({ logEvidence }) => logEvidence));
  const raw = clouds.map(({ logEvidence }) => Math.exp(logEvidence - most));
  const total = raw.reduce((sum, each) => sum + each, 0);
  const heard = clouds.map((cloud, k) => ({ cloud, weight: raw[k]! / total }));
  const futures = futuresOf(heard, scene, now, random);
  return {
    ...{ now, limit, parts: prior.parts, points: own.length },
    life: quantilesOf(futures, ({ life }) => life),
    left: quantilesOf(futures, ({ life }) => Math.max(0, life - now)),
    wornNow: shareOf(futures, ({ life }) => life <= now),
    families: heard.map(({ cloud, weight }) => ({ family: cloud.family, weight })),
    noise: heard.reduce((sum, { cloud, weight }) => sum + weight * cloud.noiseMean, 0) * limit,
    curve: curveOf(futures, scene, options.until),
    notes: notesOf(own, prior, limit),
  };
}

interface Future {
  readonly family: WearFamily;
  readonly theta: Float64Array;
  readonly life: number;
  readonly weight: number;
}

/** What is left of a life scatters about the curve, as all lives do. */
function futuresOf(
  heard: readonly { readonly cloud: Cloud; readonly weight: number }[],
  { points }: Scene,
  now: number,
  random: Random,
): Future[] {
  const from = Math.max(now, points.at(-1)?.use ?? 0);
  return heard.flatMap(({ cloud, weight }) => {
    const count = cloud.theta.length / cloud.width;
    if (weight < 1e-4) return [];
    return Array.from({ length: count }, (_, i): Future => {
      const theta = cloud.theta.subarray(i * cloud.width, (i + 1) * cloud.width);
      const plain = Math.exp(Math.min(600, theta[0]!));
      const left = plain > from ? passage((plain - from) / plain, spreadPerWear, random.normal()) : 0;
      const life = plain > from ? from + left * plain : plain;
      return { family: cloud.family, theta, life, weight: weight / count };
    });
  });
}

function quantilesOf(futures: readonly Future[], of: (future: Future) => number): WideQuantiles {
  const sorted = futures
    .map((future) => ({ value: of(future), weight: future.weight }))
    .sort((a, b) => a.value - b.value);
  const at = (share: number) => weighedQuantile(sorted, share);
  return { p05: at(0.05), p10: at(0.1), p50: at(0.5), p90: at(0.9), p95: at(0.95) };
}

function weighedQuantile(
  sorted: readonly { readonly value: number; readonly weight: number }[],
  share: number,
): number {
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  for (const { value, weight } of sorted) {
    sum += weight;
    if (sum >= share * total) return value;
  }
  return sorted.at(-1)?.value ?? Number.NaN;
}

function shareOf(futures: readonly Future[], passed: (future: Future) => boolean): number {
  const total = futures.reduce((sum, { weight }) => sum + weight, 0);
  return futures.reduce((sum, future) => sum + (passed(future) ? future.weight : 0), 0) / total;
}

function curveOf(futures: readonly Future[], { limit, fresh }: Scene, until: number | undefined) {
  const last = until ?? quantilesOf(futures, ({ life }) => life).p95;
  return Array.from({ length: curvePoints + 1 }, (_, k) => {
    const use = (last * k) / curvePoints;
    const wear = futures
      .map(({ family, theta, life, weight }) => ({
        // Stretched so that it is at the limit when its life is over.
        value: fresh + (limit - fresh) * Math.min(2, wornShare(family, theta, 1, use / life)),
        weight,
      }))
      .sort((a, b) => a.value - b.value);
    const at = (share: number) => weighedQuantile(wear, share);
    return {
      use,
      p05: at(0.05),
      p50: at(0.5),
      p95: at(0.95),
      probability: shareOf(futures, ({ life }) => life <= use),
    };
  });
}

function notesOf(points: readonly WearMeasure[], { parts }: FleetPrior, limit: number): string[] {
  const notes: string[] = [];
  if (parts === 0) notes.push('no earlier parts are known: the shape of the curve is guessed');
  else if (parts < 3) notes.push(`of ${parts} earlier parts, little is known of how lives scatter`);
  if (points.length === 0)
    notes.push('nothing of this part was measured: it is taken for one like the others');
  const most = points.reduce((high, { wear }) => Math.max(high, wear), 0);
  if (points.length > 0 && most < 0.5 * limit && parts === 0)
    notes.push('less than half of the limit was seen: what comes after is extrapolated');
  return notes;
}
