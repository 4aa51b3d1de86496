// The load of one future: runs of work that was seen, one after another, and when a life is used up in it.

import { pick } from './persistence.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What comes after so many is told from the mean and the spread of the world. */
const runsMin = 32;

/** Reused from one future to the next. Run r is `length` blocks of the work from `start` on, round and round the window. */
export interface Runs {
  readonly windowFrom: Int32Array;
  readonly windowBlocks: Int32Array;
  /** From the window's beginning. */
  readonly start: Int32Array;
  readonly length: Int32Array;
  /** How many times as much as was seen. */
  readonly times: Float64Array;
  count: number;
  blocks: number;
  /** Of all that comes after. */
  rest: number;
}

export function newRuns(horizonBlocks: number): Runs {
  const room = runsMin + Math.ceil(horizonBlocks) + 1;
  const whole = () => new Int32Array(room);
  return {
    ...{ windowFrom: whole(), windowBlocks: whole(), start: whole(), length: whole() },
    ...{ times: new Float64Array(room), count: 0, blocks: 0, rest: 0 },
  };
}

/** Enough runs for the horizon, and at least `runsMin`. */
export function drawRuns(runs: Runs, world: World, horizonBlocks: number, random: Random): void {
  const { work, presentBlocks, tauBlocks, runBlocks, weight, pieceBlocks, newLevel } = world;
  const n = work.block.length;
  runs.count = 0;
  runs.blocks = 0;
  runs.rest = random.normal();
  if (n === 0) return;
  // Memoryless: what the present piece has behind it says nothing of what it has before it.
  if (presentBlocks > 0)
    addRun(runs, n - presentBlocks, presentBlocks, 0, Math.ceil(tauBlocks * random.exponential()), 1);
  while (runs.count < runsMin || runs.blocks < horizonBlocks) {
    const u = random.uniform();
    const length = Math.max(1, Math.round(runBlocks * random.exponential()));
    if (u > weight[weight.length - 1]!) {
      addRun(runs, 0, n, Math.floor(random.uniform() * n), length, newLevel);
      continue;
    }
    // Round and round its own piece: a run that went on into the next would even out what the weights say.
    const piece = pick(weight, u);
    const from = Math.min(n - 1, Math.floor(piece * pieceBlocks));
    const blocks = Math.max(1, Math.min(n, Math.floor((piece + 1) * pieceBlocks)) - from);
    addRun(runs, from, blocks, Math.floor(random.uniform() * blocks), length, 1);
  }
}

export function addRun(
  runs: Runs,
  windowFrom: number,
  windowBlocks: number,
  start: number,
  length: number,
  times: number,
): void {
  const r = runs.count++;
  runs.windowFrom[r] = windowFrom;
  runs.windowBlocks[r] = windowBlocks;
  runs.start[r] = start;
  runs.length[r] = length;
  runs.times[r] = times;
  runs.blocks += length;
}

/** Blocks of work until component `c` has used `life`; Infinity where nothing of it is used. */
export function blocksUntil(runs: Runs, world: World, c: number, life: number): number {
  if (!(life > 0)) return 0;
  const { work, longRate, longSpread } = world;
  if (!(longRate[c]! > 0)) return Number.POSITIVE_INFINITY;
  const row = c * (work.block.length + 1);
  let left = life;
  let at = 0;
  for (let r = 0; r < runs.count; r++) {
    const length = runs.length[r]!;
    const used = usedBy(runs, r, work.sum, row, length) * runs.times[r]!;
    if (used >= left) return at + withinRun(runs, r, work.sum, row, left / runs.times[r]!);
    left -= used;
    at += length;
  }
  return at + passage(left / longRate[c]!, longSpread, runs.rest);
}

/** Of the first so many blocks of a run. */
function usedBy(runs: Runs, r: number, sum: Float64Array, row: number, length: number): number {
  const from = row + runs.windowFrom[r]!;
  const window = runs.windowBlocks[r]!;
  const start = runs.start[r]!;
  const base = sum[from]!;
  const end = start + length;
  const rounds = Math.floor(end / window);
  const whole = sum[from + window]! - base;
  return rounds * whole + sum[from + end - rounds * window]! - sum[from + start]!;
}

/** Blocks into the run until `used` is used of what was seen. */
function withinRun(runs: Runs, r: number, sum: Float64Array, row: number, used: number): number {
  const from = row + runs.windowFrom[r]!;
  const window = runs.windowBlocks[r]!;
  const base = sum[from]!;
  const whole = sum[from + window]! - base;
  const wanted = sum[from + runs.start[r]!]! - base + used;
  const rounds = Math.floor(wanted / whole);
  const rest = wanted - rounds * whole + base;
  let low = 0;
  let high = window;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sum[from + middle]! < rest) low = middle;
    else high = middle;
  }
  const step = sum[from + high]! - sum[from + low]!;
  const into = step > 0 ? Math.min(1, Math.max(0, (rest - sum[from + low]!) / step)) : 1;
  return Math.min(runs.length[r]!, Math.max(0, rounds * window + low + into - runs.start[r]!));
}

/**
 * When a sum that grows by 1 on average, and varies by `spread` a unit, first is at `level`, for a standard normal `z`:
 * what a process that never falls has not reached by c it has not reached before (Birnbaum and Saunders 1969).
 */
export function passage(level: number, spread: number, z: number): number {
  if (!(level > 0)) return 0;
  const off = z * Math.sqrt(spread);
  const root = (off + Math.sqrt(off * off + 4 * level)) / 2;
  return root * root;
}
