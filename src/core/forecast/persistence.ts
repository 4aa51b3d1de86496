// How long a machine stays with the same work, and since when it has been with that of now.
//
// A load is pieces of one level each, with noise of its own; pieces end at a constant hazard 1/τ, levels are normal
// about the mean. For each τ of a grid all ways to cut the past into pieces are summed, by how long ago the last cut
// was (Bayesian change points, Adams and MacKay 2007): that tells how likely the past is under that τ, and when the
// present piece began.

/** Hours. */
const taus = [0.5, 1, 2, 4, 8, 16, 32] as const;
/** So far back is looked, and a piece is not told from a longer one. */
const blocksMax = 432;
const ageMax = 108;
/** Levels of a load vary by so much of their mean, says nobody; so many pieces it weighs. */
const levelSigma = 0.5;
const levelPieces = 1;
const noiseMin = 0.05;

export interface Persistence {
  /** By τ: in blocks, how likely, and how likely each age (in blocks, from 1) of the present piece is, cumulated. */
  readonly tauBlocks: Float64Array;
  readonly probability: Float64Array;
  readonly age: readonly Float64Array[];
  /** By τ: one standard deviation of the logarithm of a level. */
  readonly levelSigma: Float64Array;
}

/** `rate` by block of work, the oldest first; at least one is above 0. */
export function persistenceOf(rate: Float64Array, blockS: number): Persistence {
  const recent = rate.subarray(Math.max(0, rate.length - blocksMax));
  const mean = recent.reduce((sum, each) => sum + each, 0) / Math.max(1, recent.length);
  const scale = mean > 0 ? mean : 1;
  const x = recent.map((each) => Math.min(4, each / scale));
  const noise = noiseOf(x);
  const variance = x.reduce((sum, each) => sum + (each - 1) ** 2, 0) / Math.max(1, x.length);
  const between = Math.max(0, variance - noise);
  const tauBlocks = Float64Array.from(taus, (hours) => (hours * 3600) / blockS);
  const fits = Array.from(tauBlocks, (tau) => {
    const pieces = x.length / tau;
    const level = (levelSigma ** 2 * levelPieces + between * pieces) / (levelPieces + pieces);
    return { ...cutsOf(x, tau, noise, level), level };
  });
  const best = Math.max(...fits.map(({ evidence }) => evidence));
  const weight = fits.map(({ evidence }) => Math.exp(evidence - best));
  const total = weight.reduce((sum, each) => sum + each, 0);
  return {
    tauBlocks,
    probability: Float64Array.from(weight, (each) => each / total),
    age: fits.map(({ age }) => age),
    levelSigma: Float64Array.from(fits, ({ level }) => Math.sqrt(Math.log1p(level))),
  };
}

/** Variance of a block about the level of its piece: of neighbours, most are of the same piece. */
function noiseOf(x: Float64Array): number {
  if (x.length < 3) return 0.2 ** 2;
  const squares = Float64Array.from({ length: x.length - 1 }, (_, i) => (x[i + 1]! - x[i]!) ** 2).sort();
  // The median of a square with one degree of freedom is 0.455 of its mean, and a difference has twice the variance.
  const median = squares[squares.length >> 1]! / 0.4549 / 2;
  return Math.max(noiseMin ** 2, median);
}

function cutsOf(
  x: Float64Array,
  tau: number,
  noise: number,
  level: number,
): { evidence: number; age: Float64Array } {
  const stay = Math.exp(-1 / tau);
  // By age of the piece: how likely, and what its blocks say of its level.
  let weight = new Float64Array(ageMax + 1);
  let next = new Float64Array(ageMax + 1);
  const sum = new Float64Array(ageMax + 1);
  let alive = 1;
  weight[0] = 1;
  let evidence = 0;
  for (let i = 0; i < x.length; i++) {
    const now = x[i]!;
    let total = 0;
    // The oldest are one: a piece of that age or more.
    for (let a = Math.min(alive - 1, ageMax - 1); a >= 0; a--) {
      const variance = 1 / (1 / level + a / noise);
      const mean = variance * (1 / level + sum[a]! / noise);
      const spread = variance + noise;
      const off = now - mean;
      const likely = (weight[a]! * Math.exp((-off * off) / (2 * spread))) / Math.sqrt(spread);
      total += likely;
      next[a + 1] = likely;
      sum[a + 1] = sum[a]! + now;
    }
    sum[0] = 0;
    alive = Math.min(ageMax, alive + 1);
    if (!(total > 1e-300)) {
      next.fill(0);
      next[1] = 1;
      total = 1e-300;
      evidence += Math.log(total);
      total = 1;
    } else evidence += Math.log(total);
    let cut = 0;
    for (let a = 1; a <= ageMax; a++) {
      const share = next[a]! / total;
      next[a] = share * stay;
      cut += share * (1 - stay);
    }
    next[0] = cut;
    // An age beyond the last counts as the last but one, which grows into it again.
    next[ageMax - 1] = next[ageMax - 1]! + next[ageMax]!;
    next[ageMax] = 0;
    [weight, next] = [next, weight];
  }
  return { evidence, age: cumulated(weight) };
}

/** Whether the present piece has just ended or not, its blocks are the last that were seen: age 0 counts as 1. */
function cumulated(weight: Float64Array): Float64Array {
  const total = weight.reduce((sum, each) => sum + each, 0);
  const cumulative = new Float64Array(weight.length);
  let sum = 0;
  for (let a = 0; a < weight.length; a++) {
    sum += weight[a]! / total;
    cumulative[a] = sum;
  }
  return cumulative;
}

/** Index of the first that is at least `u`. */
export function pick(cumulative: Float64Array, u: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! >= u) high = middle;
    else low = middle + 1;
  }
  return low;
}
