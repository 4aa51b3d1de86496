// Draws curves of wear from what is believed beforehand to what the points say: sequential Monte Carlo, that takes the
// points in by and by, drops what they rule out and moves what is left. Seeded.
import { type WearFamily, wornShare } from '../fit/wear-family.ts';
import { type FamilyPrior, type FleetPrior, relativeFloor, type WearMeasure } from './degradation-prior.ts';
import type { Random } from './random.ts';

export interface Scene {
  readonly points: readonly WearMeasure[];
  readonly limit: number;
  readonly fresh: number;
  readonly kind: FleetPrior['kind'];
}

export interface Cloud {
  readonly family: WearFamily;
  readonly logEvidence: number;
  /** A row a particle: log life, logs of the shape. */
  readonly theta: Float64Array;
  readonly width: number;
  readonly noiseMean: number;
}

/** In coordinates that are standard normal beforehand: shape and life, the part's own life, scatter of parts, noise. */
export function drawCloud(scene: Scene, prior: FamilyPrior, count: number, random: Random): Cloud {
  const n = prior.mean.length;
  const width = n + 3;
  let z = Float64Array.from({ length: count * width }, () => random.normal());
  const theta = new Float64Array(n);
  const likelihood = (row: Float64Array, at: number) => {
    const noise = unfold(prior, row, at, theta);
    return logLikelihood(scene, prior.family, theta, noise);
  };
  let log = Float64Array.from({ length: count }, (_, i) => likelihood(z, i * width));
  let logEvidence = prior.logWeight;
  for (let heat = 0; heat < 1; ) {
    const by = scene.points.length === 0 ? 1 - heat : temper(log, 1 - heat);
    logEvidence += logMean(log, by);
    heat = by >= 1 - heat - 1e-9 ? 1 : heat + by;
    ({ z, log } = resample(z, log, by, width, random));
    move(z, log, heat, width, likelihood, random);
  }
  const all = new Float64Array(count * n);
  let noiseSum = 0;
  for (let i = 0; i < count; i++) {
    noiseSum += unfold(prior, z, i * width, theta);
    all.set(theta, i * n);
  }
  return { family: prior.family, logEvidence, theta: all, width: n, noiseMean: noiseSum / count };
}

/** Into theta; gives the noise. */
function unfold(prior: FamilyPrior, row: Float64Array, at: number, theta: Float64Array): number {
  const { mean, root, spread, spreadFreedom, noise, noiseLogSigma } = prior;
  const n = mean.length;
  for (let i = 0; i < n; i++) {
    let sum = mean[i]!;
    for (let j = 0; j <= i; j++) sum += root[i * n + j]! * row[at + j]!;
    theta[i] = sum;
  }
  // A scatter that few parts tell of may be larger: the log of a chi is about normal.
  const scatter = spread * Math.exp(row[at + n + 1]! / Math.sqrt(2 * Math.max(1, spreadFreedom)));
  theta[0] = theta[0]! + scatter * row[at + n]!;
  return noise * Math.exp(noiseLogSigma * row[at + n + 2]!);
}

/** A point that is far off costs what one of Student's with a few degrees costs: a slip is no life. */
const tailFreedom = 5;

function logLikelihood(
  { points, limit, fresh, kind }: Scene,
  family: WearFamily,
  theta: Float64Array,
  noise: number,
): number {
  let sum = 0;
  const life = Math.exp(theta[0]!);
  for (let i = 0; i < points.length; i++) {
    const { use, wear } = points[i]!;
    const expected = fresh + (limit - fresh) * wornShare(family, theta, 1, use / life);
    const scale = noise * (kind === 'relative' ? Math.max(expected, relativeFloor * limit) : limit);
    const off = (wear - expected) / scale;
    sum -= ((tailFreedom + 1) / 2) * Math.log1p((off * off) / tailFreedom) + Math.log(scale);
  }
  return Number.isFinite(sum) ? sum : -1e300;
}

const effectiveShare = 0.5;

/** By how much of the likelihood more at once half of the particles still count. */
function temper(log: Float64Array, most: number): number {
  if (effective(log, most) >= effectiveShare * log.length) return most;
  let low = 0;
  let high = most;
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    if (effective(log, middle) >= effectiveShare * log.length) low = middle;
    else high = middle;
  }
  return Math.max(low, 1e-6 * most);
}

function effective(log: Float64Array, by: number): number {
  const most = log.reduce((high, each) => Math.max(high, each), Number.NEGATIVE_INFINITY);
  let sum = 0;
  let squares = 0;
  for (const each of log) {
    const weight = Math.exp(by * (each - most));
    sum += weight;
    squares += weight * weight;
  }
  return (sum * sum) / squares;
}

function logMean(log: Float64Array, by: number): number {
  const most = log.reduce((high, each) => Math.max(high, each), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const each of log) sum += Math.exp(by * (each - most));
  return by * most + Math.log(sum / log.length);
}

/** Systematic. */
function resample(z: Float64Array, log: Float64Array, by: number, width: number, random: Random) {
  const count = log.length;
  const most = log.reduce((high, each) => Math.max(high, each), Number.NEGATIVE_INFINITY);
  const weight = log.map((each) => Math.exp(by * (each - most)));
  const step = weight.reduce((sum, each) => sum + each, 0) / count;
  const next = new Float64Array(z.length);
  const nextLog = new Float64Array(count);
  let at = 0;
  let sum = weight[0]!;
  const offset = random.uniform();
  for (let i = 0; i < count; i++) {
    while (sum < (i + offset) * step && at < count - 1) sum += weight[++at]!;
    next.set(z.subarray(at * width, (at + 1) * width), i * width);
    nextLog[i] = log[at]!;
  }
  return { z: next, log: nextLog };
}

const movesMin = 3;
const movesMax = 24;

/** Random walks as wide as the cloud in each direction, until most have moved: two clones are one opinion. */
function move(
  z: Float64Array,
  log: Float64Array,
  heat: number,
  width: number,
  likelihood: (row: Float64Array, at: number) => number,
  random: Random,
): void {
  const count = log.length;
  const wide = widthsOf(z, width);
  const asked = new Float64Array(width);
  let moved = 0;
  for (let round = 0; round < movesMax && (round < movesMin || moved < 2 * count); round++) {
    const reach = [1.2, 0.5, 0.2][round % 3]!;
    for (let i = 0; i < count; i++) {
      const at = i * width;
      // Along the line between two others: as the cloud lies, narrow valleys too.
      const one = Math.floor(random.uniform() * count) * width;
      const other = Math.floor(random.uniform() * count) * width;
      let before = 0;
      let after = 0;
      for (let k = 0; k < width; k++) {
        const now = z[at + k]!;
        const along = reach * (z[one + k]! - z[other + k]!) + 0.1 * reach * wide[k]! * random.normal();
        asked[k] = now + along;
        before += now * now;
        after += asked[k]! * asked[k]!;
      }
      const next = likelihood(asked, 0);
      if (Math.log(1 - random.uniform()) > heat * (next - log[i]!) + (before - after) / 2) continue;
      z.set(asked, at);
      log[i] = next;
      moved++;
    }
  }
}

function widthsOf(z: Float64Array, width: number): Float64Array {
  const count = z.length / width;
  return Float64Array.from({ length: width }, (_, k) => {
    let sum = 0;
    let square = 0;
    for (let at = k; at < z.length; at += width) {
      sum += z[at]!;
      square += z[at]! * z[at]!;
    }
    return Math.sqrt(Math.max(1e-12, square / count - (sum / count) ** 2));
  });
}
