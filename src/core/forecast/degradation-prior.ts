// What a fleet of earlier curves of wear says of the next one, before anything of that was measured: for each family of
// shapes how likely it is, what a life is and how it scatters from part to part, what is known of the shape, and how
// noisy measurements are. Without a fleet: what is believed of wear in general, and the points' own size.
import { FitRefusal } from '../fit/refusal.ts';
import { shapeParameters, type WearFamily, wearFamilies } from '../fit/wear-family.ts';
import type { WearPoint } from '../fit/wear-points.ts';
import { type PooledWear, poolWear } from '../fit/wear-pool.ts';

export interface WearMeasure {
  /** In any unit, counted from when it was new. */
  readonly use: number;
  readonly wear: number;
}

/** Of one family: log life and logs of its shape, Gaussian. */
export interface FamilyPrior {
  readonly family: WearFamily;
  readonly logWeight: number;
  readonly mean: Float64Array;
  /** Lower triangle, row by row: mean + L·z. */
  readonly root: Float64Array;
  /** Scatter of log life from part to part, and how many parts it is known from. */
  readonly spread: number;
  readonly spreadFreedom: number;
  /** Of a measurement, as a share of its scale: the middle and one standard deviation of the logarithm. */
  readonly noise: number;
  readonly noiseLogSigma: number;
}

export interface FleetPrior {
  readonly kind: 'absolute' | 'relative';
  readonly families: readonly FamilyPrior[];
  readonly parts: number;
}

/** The noise of small wear is not small in proportion. */
export const relativeFloor = 0.05;
const partsMax = 40;
const pointsMax = 40;
/** Shapes are not quite the same from part to part. */
const shapeSpread = 0.1;
/** Of parts of one kind, where one alone or none tells. */
const usualSpread = 0.3;
const usualNoise = 0.03;
const usualNoiseLogSigma = 0.7;
/** Without a fleet: most of what wears goes faster at its end, and few points from before it speak against that. */
const usualWeight: Readonly<Record<WearFamily, number>> = {
  linear: 0.1,
  power: 0.3,
  endZone: 0.35,
  threeZones: 0.25,
};
/** Without a fleet, a life is a few times what the points say, or a fraction. */
const vagueLogLife = 1.5;

export function fleetPrior(
  fleet: readonly (readonly WearMeasure[])[],
  points: readonly WearMeasure[],
  limit: number,
  fresh: number,
  seed: number,
): FleetPrior {
  const parts = thinned(
    fleet.map(usable).filter((curve) => curve.length >= 2),
    partsMax,
  ).map((curve) => thinned(curve, pointsMax));
  const pooled = parts.flatMap((curve, run): WearPoint[] =>
    curve.map(({ use, wear }, row) => ({ row, run, use, wear, unseen: false })),
  );
  // A curve of all is not known from fewer points than it has parameters.
  if (pooled.length < parts.length + 3) return ownPrior(points, limit, fresh);
  return pooledPrior(pooled, parts.length, limit, fresh, seed);
}

export function usable(curve: readonly WearMeasure[]): WearMeasure[] {
  return curve
    .filter(({ use, wear }) => Number.isFinite(use) && Number.isFinite(wear) && use >= 0)
    .sort((a, b) => a.use - b.use);
}

function thinned<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, k) => list[Math.round((k * (list.length - 1)) / (most - 1))]!);
}

/** In general: any shape, a life about as long as the points say. */
function ownPrior(points: readonly WearMeasure[], limit: number, fresh: number): FleetPrior {
  const use = points.reduce((sum, point) => sum + point.use, 0);
  const above = points.reduce((sum, { wear }) => sum + Math.max(0, wear - fresh), 0);
  if (!(use > 0 && above > 0)) {
    throw new FitRefusal(
      'nothing tells how long it lasts: measure its wear once after some use, or give the curves of earlier ones',
    );
  }
  const logLife = Math.log(((limit - fresh) * use) / above);
  return {
    kind: 'absolute',
    parts: 0,
    families: wearFamilies.map((family): FamilyPrior => {
      const shape = shapeParameters(family).map(({ prior }) => prior!);
      const mean = Float64Array.of(logLife, ...shape.map((each) => each.mean));
      const sigmas = [vagueLogLife, ...shape.map(({ sigma }) => sigma)];
      return {
        ...{
          family,
          logWeight: Math.log(usualWeight[family]),
          mean,
          root: diagonal(sigmas),
          spread: 0,
          spreadFreedom: 1,
        },
        ...{ noise: usualNoise, noiseLogSigma: usualNoiseLogSigma },
      };
    }),
  };
}

function diagonal(sigmas: readonly number[]): Float64Array {
  const n = sigmas.length;
  return Float64Array.from({ length: n * n }, (_, at) =>
    at % n === Math.floor(at / n) ? sigmas[at % n]! : 0,
  );
}

function pooledPrior(
  points: readonly WearPoint[],
  parts: number,
  limit: number,
  fresh: number,
  seed: number,
): FleetPrior {
  const above = points.reduce((sum, { wear }) => sum + Math.max(0, wear - fresh), 0);
  const use = points.reduce((sum, point) => sum + point.use, 0);
  if (!(above > 0 && use > 0)) throw new FitRefusal('none of the earlier parts has worn');
  const setting = {
    runs: Array.from({ length: parts }, (_, run) => String(run)),
    ...{ level: limit, fresh, lifePrior: undefined, bounds: {}, seed },
    startLogLife: Math.log(((limit - fresh) * use) / above),
  };
  const even = new Float64Array(points.length).fill(limit);
  const absolute = wearFamilies.map((family) => poolWear(family, points, even, setting));
  const guide = absolute.reduce((best, each) =>
    scoreOf(each, points) < scoreOf(best, points) ? each : best,
  );
  const grown = Float64Array.from(points, ({ run, use: at }) =>
    Math.max(guide.wearAt(run, at), relativeFloor * limit),
  );
  const relative = wearFamilies.map((family, k) => poolWear(family, points, grown, setting, absolute[k]));
  const least = (pools: readonly PooledWear[]) => Math.min(...pools.map((pool) => scoreOf(pool, points)));
  const kind = least(relative) < least(absolute) ? 'relative' : 'absolute';
  const pools = kind === 'relative' ? relative : absolute;
  const best = least(pools);
  return {
    kind,
    parts,
    families: pools.map((pool) => familyPrior(pool, parts, (best - scoreOf(pool, points)) / 2)),
  };
}

/** AICc. */
function scoreOf({ deviance, spent }: PooledWear, { length }: { readonly length: number }): number {
  return deviance + 2 * spent + (2 * spent * (spent + 1)) / Math.max(0.5, length - spent - 1);
}

function familyPrior(pool: PooledWear, parts: number, logWeight: number): FamilyPrior {
  const { family, result, covariance, freedom } = pool;
  const n = 1 + shapeParameters(family).length;
  const all = result.theta.length;
  const own = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) own[i * n + j] = covariance[i * all + j]!;
  for (let i = 1; i < n; i++) own[i * n + i] = own[i * n + i]! + shapeSpread ** 2;
  return {
    ...{ family, logWeight, mean: result.theta.slice(0, n), root: cholesky(own, n) },
    spread: parts > 1 ? pool.spread : usualSpread,
    // One is imagined where the spread is taken.
    spreadFreedom: parts,
    noise: pool.noise,
    noiseLogSigma: Math.sqrt(1 / (2 * freedom)),
  };
}

/** Of a matrix that may be just short of positive. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  const root = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= root[i * n + k]! * root[j * n + k]!;
      if (i === j) root[i * n + i] = Math.sqrt(Math.max(sum, 1e-12));
      else root[i * n + j] = sum / root[j * n + j]!;
    }
  }
  return root;
}
