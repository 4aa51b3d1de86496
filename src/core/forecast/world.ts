// One draw of how the load to come may be: whether the clock rules it, how long work of one kind lasts, which of what was
// seen is how frequent, and how much that was never seen. Many futures share a world; what is not known of the load is
// the difference between worlds.
//
// Work to come is runs of what was seen (a stationary bootstrap) whose pieces have weights of their own in each world (a
// Bayesian bootstrap), one that was never seen among them: seen work at another level, which is its own in each world.
// Were its level drawn anew in each run, it would average out over a life, and a load of few pieces would seem well
// known. The present piece goes on first.
import { type Calendar, drawCalendar, noCalendar, regularity } from './calendar.ts';
import { type Persistence, persistenceOf, pick } from './persistence.ts';
import type { Random } from './random.ts';
import type { SeenLoad } from './seen-load.ts';

/** Weight of work that was never seen, in pieces. */
const newPieces = 1;
const piecesMax = 64;
/** Of the present piece so much is told over again while it goes on. */
const presentMax = 36;
/** Before a second day was seen, hours are as likely to rule as not. */
const ruledBefore = 0.5;

/** Work that was seen, joined: of all blocks, or of those in which the machine was on. */
export interface Work {
  /** Indices of blocks in the load that was seen. */
  readonly block: Int32Array;
  /** By component a row of `block.length + 1`: life used up to each block. */
  readonly sum: Float64Array;
  readonly persistence: Persistence;
}

export interface Prospect {
  readonly seen: SeenLoad;
  readonly all: Work;
  readonly on: Work;
  /** How likely it is that hours of the day rule when the machine is on. */
  readonly ruled: number;
  /** Whether it was on at last. */
  readonly onNow: boolean;
}

export interface World {
  readonly work: Work;
  readonly calendar: Calendar;
  readonly runBlocks: number;
  readonly tauBlocks: number;
  /** By piece of work: cumulated weight; what is beyond the last is new. */
  readonly weight: Float64Array;
  readonly pieceBlocks: number;
  /** Of the piece that was never seen: how many times as much as was seen. */
  readonly newLevel: number;
  /** The present piece is the last so many blocks of the work; 0: it was off. */
  readonly presentBlocks: number;
  /** By component: life a block in the long run, and how it varies: variance over mean squared, in blocks. */
  readonly longRate: Float64Array;
  readonly longSpread: number;
}

export function prospectOf(seen: SeenLoad): Prospect {
  const every = Int32Array.from(seen.off, (_, i) => i);
  const { kappa, pairs } = regularity(seen);
  const evident = Math.min(1, Math.max(0, (kappa - 0.1) / 0.5));
  const anyOff = seen.off.includes(1);
  const on = every.filter((i) => seen.off[i] === 0);
  const ruled = (ruledBefore + evident * pairs) / (1 + pairs);
  return {
    seen,
    all: workOf(seen, every),
    on: workOf(seen, on),
    // Nothing was ever off: hours that nobody has seen may still be.
    ruled: anyOff || seen.watchedS < 86_400 * 7 ? ruled : 0,
    onNow: seen.off.length > 0 && seen.off[seen.off.length - 1] === 0,
  };
}

function workOf(seen: SeenLoad, block: Int32Array): Work {
  const { components, used } = seen;
  const n = block.length;
  const sum = new Float64Array(components * (n + 1));
  for (let c = 0; c < components; c++) {
    const from = c * (n + 1);
    for (let i = 0; i < n; i++) sum[from + i + 1] = sum[from + i]! + used[block[i]! * components + c]!;
  }
  const rate = Float64Array.from(block, (b) => seen.rate[b]!);
  return { block, sum, persistence: persistenceOf(rate, seen.blockS) };
}

export function drawWorld(prospect: Prospect, nowMs: number, random: Random): World {
  const { seen, ruled, onNow } = prospect;
  const byClock = random.uniform() < ruled;
  const work = byClock && prospect.on.block.length > 0 ? prospect.on : prospect.all;
  const { persistence } = work;
  const t = pickTau(persistence, random.uniform());
  const tauBlocks = persistence.tauBlocks[t]!;
  const n = work.block.length;
  const pieces = Math.max(1, Math.min(piecesMax, Math.ceil(n / (2 * tauBlocks))));
  const pieceBlocks = n / pieces;
  // What was seen of a piece that lasts longer than all that was seen is less than one piece.
  const eachWeighs = Math.min(1, pieceBlocks / (2 * tauBlocks));
  const weight = drawWeights(pieces, eachWeighs, random);
  const sigma = persistence.levelSigma[t]!;
  const age = pick(persistence.age[t]!, random.uniform());
  // One more level, about a middle that is known from so many.
  const newSigma = sigma * Math.sqrt(1 + 1 / (1 + n / (2 * tauBlocks)));
  const world = {
    work,
    calendar: byClock ? drawCalendar(seen, nowMs, random) : noCalendar(seen),
    ...{ runBlocks: Math.max(1, 2 * tauBlocks), tauBlocks, weight, pieceBlocks },
    newLevel: Math.exp(newSigma * random.normal() - (newSigma * newSigma) / 2),
    presentBlocks: byClock && !onNow ? 0 : Math.min(n, age, presentMax),
  };
  return {
    ...world,
    longRate: longRateOf(world, seen),
    longSpread: 2 * tauBlocks * Math.expm1(sigma * sigma),
  };
}

function pickTau({ probability }: Persistence, u: number): number {
  let left = u;
  let t = 0;
  while (t < probability.length - 1 && left >= probability[t]!) left -= probability[t++]!;
  return t;
}

/** Gamma weights, cumulated, of all and of the new; the last is below 1 by the share of the new. */
function drawWeights(pieces: number, each: number, random: Random): Float64Array {
  const weight = Float64Array.from({ length: pieces }, () => gamma(each, random));
  const fresh = gamma(newPieces, random);
  const total = weight.reduce((sum, w) => sum + w, fresh);
  let sum = 0;
  return weight.map((w) => {
    sum += w / total;
    return sum;
  });
}

/** Of shape at most 1, scale 1 (Johnk for a share, exponential for 1). */
function gamma(shape: number, random: Random): number {
  if (shape >= 1) return random.exponential();
  const u = random.uniform();
  const e = random.exponential();
  // Ahrens and Dieter.
  const b = 1 + shape / Math.E;
  const p = b * u;
  if (p <= 1) {
    const x = p ** (1 / shape);
    return e >= x ? x : gamma(shape, random);
  }
  const x = -Math.log((b - p) / shape);
  return e >= (1 - shape) * Math.log(x) ? x : gamma(shape, random);
}

function longRateOf(
  { work, weight, pieceBlocks, newLevel }: Pick<World, 'work' | 'weight' | 'pieceBlocks' | 'newLevel'>,
  { components }: SeenLoad,
): Float64Array {
  const n = work.block.length;
  return Float64Array.from({ length: components }, (_, c) => {
    const from = c * (n + 1);
    if (n === 0) return 0;
    const mean = work.sum[from + n]! / n;
    if (mean === 0) return 0;
    let rate = 0;
    let before = 0;
    for (let k = 0; k < weight.length; k++) {
      const low = Math.min(n - 1, Math.floor(k * pieceBlocks));
      const high = Math.max(low + 1, Math.min(n, Math.floor((k + 1) * pieceBlocks)));
      rate += ((weight[k]! - before) * (work.sum[from + high]! - work.sum[from + low]!)) / (high - low);
      before = weight[k]!;
    }
    return rate + (1 - before) * mean * newLevel;
  });
}
