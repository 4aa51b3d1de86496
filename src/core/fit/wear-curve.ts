// Fits how something wears with use: few noisy points, of one part or of several pooled. Tries shapes, tells which one
// the data prefer, and how long it lasts when every shape that is still possible is heard. Wear never falls.
import type { FitRecord } from './fit.ts';
import { FitRefusal } from './refusal.ts';
import { wearAnswer } from './wear-answer.ts';
import { wearFamilies } from './wear-family.ts';
import { reachOf, weightMin } from './wear-life.ts';
import type { FittedWear, WearAnswer, WearOptions } from './wear-options.ts';
import { type WearPoint, type WearPoints, wearPointsOf } from './wear-points.ts';
import { type PooledWear, poolWear, type WearSetting } from './wear-pool.ts';

/** The noise of small wear is not small in proportion. */
const relativeFloor = 0.05;
/** Of the limit; with nothing worn further than this, an end zone keeps this share of the belief, seen or not. */
const halfway = 0.5;
const unseenEndShare = 0.25;

export function fitWear(record: FitRecord, options: WearOptions = {}): WearAnswer {
  const all = wearPointsOf(record, options);
  const seen = all.points.filter(({ unseen }) => !unseen);
  const fitted = fitPoints(seen, all, options);
  const share = options.validationShare ?? 0.3;
  const keptBack = seen.length < all.points.length;
  const first = keptBack || share <= 0 ? [] : firstParts(seen, all.runs.length, share);
  const early = isEnough(first, all, options) ? fitPoints(first, all, options) : undefined;
  return wearAnswer(record, all, options, fitted, early);
}

/** Each run without the last share of its points. */
function firstParts(points: readonly WearPoint[], runs: number, share: number): WearPoint[] {
  return Array.from({ length: runs }, (_, run) => {
    const own = points.filter((point) => point.run === run);
    return own.slice(0, own.length - Math.floor(own.length * share));
  }).flat();
}

function fitPoints(points: readonly WearPoint[], all: WearPoints, options: WearOptions): FittedWear {
  refuse(points, all, options);
  const setting = settingOf(points, all, options);
  const families = options.families ?? wearFamilies;
  const even = new Float64Array(points.length).fill(setting.level);
  const absolute = families.map((family) => poolWear(family, points, even, setting));
  const criterion = criterionFor(options, points.length);
  const guide = leastBy(absolute, criterion);
  const grown = Float64Array.from(points, ({ run, use }) =>
    Math.max(guide.wearAt(run, use), relativeFloor * setting.level),
  );
  const relative = families.map((family, k) => poolWear(family, points, grown, setting, absolute[k]));
  const kind = criterion(leastBy(relative, criterion)) < criterion(guide) ? 'relative' : 'absolute';
  const pools = kind === 'relative' ? relative : absolute;
  const best = plainestOf(pools, criterion);
  const weights = weightsOf(pools.map(criterion));
  const { level } = setting;
  if (options.limit !== undefined && mostWorn(points) < halfway * level)
    hearUnseenEnd(pools, weights, criterion);
  const shapes = pools.map((pool, k) => {
    const weight = weights[k]!;
    const reach = weight < weightMin ? new Float64Array(0) : reachOf(pool);
    return { pool, criterion: criterion(pool), weight, reach };
  });
  return { points, kind, best, shapes, setting };
}

/** The plainest among those that the criterion does not tell apart: two points of it are no evidence. */
function plainestOf(pools: readonly PooledWear[], criterion: (pool: PooledWear) => number): PooledWear {
  const least = criterion(leastBy(pools, criterion));
  const enough = pools.filter((pool) => criterion(pool) <= least + 2);
  return enough.reduce((best, pool) => (rankOf(pool) < rankOf(best) ? pool : best));
}

function rankOf({ family }: PooledWear): number {
  return wearFamilies.indexOf(family);
}

/** After Akaike, or Schwarz: how likely each is to be the one that predicts best. */
function weightsOf(criteria: readonly number[]): number[] {
  const least = Math.min(...criteria);
  const raw = criteria.map((value) => Math.exp((least - value) / 2));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
}

/** Points from before the end zone speak against the parameters it costs, never against the end zone itself. */
function hearUnseenEnd(
  pools: readonly PooledWear[],
  weights: number[],
  criterion: (pool: PooledWear) => number,
): void {
  const ends = pools.filter(({ family }) => family === 'endZone' || family === 'threeZones');
  if (ends.length === 0) return;
  const at = pools.indexOf(leastBy(ends, criterion));
  const own = weights[at]!;
  if (own >= unseenEndShare) return;
  for (const k of weights.keys()) weights[k] = (weights[k]! * (1 - unseenEndShare)) / (1 - own);
  weights[at] = unseenEndShare;
}

function mostWorn(points: readonly WearPoint[]): number {
  return points.reduce((high, { wear }) => Math.max(high, wear), 0);
}

function leastBy(pools: readonly PooledWear[], criterion: (pool: PooledWear) => number): PooledWear {
  return pools.reduce((best, pool) => (criterion(pool) < criterion(best) ? pool : best));
}

function criterionFor({ criterion = 'aicc' }: WearOptions, count: number): (pool: PooledWear) => number {
  return ({ deviance, spent }) => {
    if (criterion === 'bic') return deviance + spent * Math.log(count);
    // With as many parameters as points nothing is left to judge by.
    const room = Math.max(0.5, count - spent - 1);
    return deviance + 2 * spent + (2 * spent * (spent + 1)) / room;
  };
}

function settingOf(points: readonly WearPoint[], all: WearPoints, options: WearOptions): WearSetting {
  const level = options.limit ?? mostWorn(points);
  const fresh = options.fresh ?? 0;
  const begin = fresh === 'estimate' ? 0 : fresh;
  if (!(level > begin))
    throw new FitRefusal(`the limit ${level} is not above the wear of what is new, ${begin}`);
  const { rate } = options;
  let above = 0;
  let use = 0;
  for (const point of points) {
    above += Math.max(0, point.wear - begin);
    use += point.use;
  }
  const meanRate = above > 0 ? above / use : (rate?.mean ?? 1);
  const lifePrior =
    rate === undefined
      ? undefined
      : { mean: Math.log((level - begin) / rate.mean), sigma: rate.sigma / rate.mean };
  const startLogLife = Math.log((level - begin) / meanRate);
  const { bounds = {}, seed = 1 } = options;
  return { runs: all.runs, level, fresh, startLogLife, lifePrior, bounds, seed };
}

function isEnough(points: readonly WearPoint[], all: WearPoints, options: WearOptions): boolean {
  return whatIsMissing(points, all, options) === undefined;
}

function refuse(points: readonly WearPoint[], all: WearPoints, options: WearOptions): void {
  const missing = whatIsMissing(points, all, options);
  if (missing !== undefined) throw new FitRefusal(missing);
}

function whatIsMissing(
  points: readonly WearPoint[],
  all: WearPoints,
  options: WearOptions,
): string | undefined {
  const unknown = (options.fresh === 'estimate' ? 2 : 1) + (all.runs.length > 1 ? all.runs.length - 1 : 0);
  const least = Math.max(options.rate === undefined ? 3 : 2, unknown + (options.rate === undefined ? 2 : 1));
  const runs = all.runs.length > 1 ? ` of ${all.runs.length} runs` : '';
  if (points.length < least) {
    const help = options.rate === undefined ? ' (2 with a rate known from a fleet)' : '';
    return `${points.length} measurements of wear${runs} are too few for a curve: at least ${least} are needed${help}`;
  }
  const used = points.filter(({ use }) => use > 0);
  if (new Set(used.map(({ use }) => use)).size < 2) {
    return 'wear was measured at one moment of use only: at least 2 different ones after the start are needed';
  }
  if (options.rate === undefined && slopeOf(points) <= 0) {
    return 'the wear does not grow with use: there is no rate to be told (is it counted from the right moment?)';
  }
  return undefined;
}

/** Within the runs, each about its own mean. */
function slopeOf(points: readonly WearPoint[]): number {
  let slope = 0;
  for (const run of new Set(points.map((point) => point.run))) {
    const own = points.filter((point) => point.run === run);
    const mean = own.reduce((sum, { use }) => sum + use, 0) / own.length;
    for (const { use, wear } of own) slope += (use - mean) * wear;
  }
  return slope;
}
