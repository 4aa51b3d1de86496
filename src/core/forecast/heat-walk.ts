// One future of temperatures and currents, block by block: a small sum for each, until every threshold is passed.
import type { Heat, HeatFailure } from './heat.ts';
import type { Random } from './random.ts';
import type { Runs } from './runs.ts';
import type { SeenLoad } from './seen-load.ts';
import type { World } from './world.ts';

/** What one future is: the load, and by component how many times as fast it wears, and its wear now. */
export interface Future {
  readonly world: World;
  /** By block ahead: 1 where the calendar of the world has the machine on. */
  readonly on: Uint8Array;
  readonly runs: Runs;
  readonly seen: SeenLoad;
  readonly wearTimes: Float64Array;
  readonly wearNow: Float64Array;
}

/** Room for one future, used again for the next. */
export interface HeatWalk {
  readonly x: Float64Array;
  readonly next: Float64Array;
  readonly shift: Float64Array;
  readonly draws: Float64Array;
  /** By response, then by answer: what a block ends with under the parameters of this future, from nothing; how much of
   * it is its load's; and its slopes over carried states and wear. In one piece each, for they are read all the time. */
  readonly base: Float64Array;
  readonly load: Float64Array;
  readonly slope: Float64Array;
  /** The same without what the parameters do. */
  readonly plain: Float64Array;
  /** By failure: 1 once it has come. */
  readonly passed: Uint8Array;
  /** By block ahead: which one that was seen it is like, -1 at rest; and at how many times its level. */
  readonly order: Int32Array;
  readonly times: Float64Array;
}

export function newWalk(heat: Heat, blocksAhead: number): HeatWalk {
  const { carried, rows, width, sigma, failures, responses, worn } = heat;
  const moves = carried + worn.length;
  const slope = new Float64Array(responses.length * rows * moves);
  const load = new Float64Array(responses.length * rows);
  const plain = new Float64Array(responses.length * rows);
  responses.forEach((response, i) => {
    load.set(response.load, i * rows);
    for (let r = 0; r < rows; r++) {
      const own = response.slope.subarray(r * width, r * width + moves);
      slope.set(own, (i * rows + r) * moves);
      plain[i * rows + r] = response.from.reduce((sum, from, k) => sum - own[k]! * from, response.base[r]!);
    }
  });
  return {
    x: new Float64Array(carried),
    next: new Float64Array(rows),
    shift: new Float64Array(width),
    draws: new Float64Array(carried + sigma.length),
    base: new Float64Array(responses.length * rows),
    ...{ load, slope, plain },
    passed: new Uint8Array(failures.length),
    order: new Int32Array(blocksAhead),
    times: new Float64Array(blocksAhead),
  };
}

export function drawHeat({ draws }: HeatWalk, mirror: boolean, random: Random): void {
  for (let i = 0; i < draws.length; i++) draws[i] = mirror ? -draws[i]! : random.normal();
}

/** Tells each failure that comes, and in how many blocks, as far ahead as the walk has room for. */
export function walkHeat(
  heat: Heat,
  walk: HeatWalk,
  future: Future,
  tell: (failure: number, blocks: number) => void,
): void {
  const { x, next, passed, order, times } = walk;
  const { failures, carried } = heat;
  let left = begin(heat, walk, tell);
  if (left > 0) putInOrder(walk, future);
  for (let b = 0; b < order.length && left > 0; b++) {
    const block = order[b]!;
    answer(heat, walk, block, times[b]!);
    for (let f = 0; f < failures.length; f++) {
      if (passed[f] === 1) continue;
      const into = passes(heat, walk, failures[f]!, block, times[b]!);
      if (!(into <= 1)) continue;
      passed[f] = 1;
      left--;
      tell(failures[f]!.failure, b + into);
    }
    for (let k = 0; k < carried; k++) x[k] = next[k]!;
    if (block >= 0) wear(heat, walk, future, block, times[b]!);
  }
}

function wear(
  { worn, carried }: Heat,
  { shift }: HeatWalk,
  future: Future,
  block: number,
  times: number,
): void {
  const { seen, wearTimes, wearNow } = future;
  for (let w = 0; w < worn.length; w++) {
    const c = worn[w]!;
    const more = seen.used[block * seen.components + c]! * times * wearTimes[c]!;
    shift[carried + w] = Math.min(Math.max(0, 1 - wearNow[c]!), shift[carried + w]! + more);
  }
}

/** At the temperatures of now, with parameters as they were drawn. How many failures have not come yet. */
function begin(heat: Heat, walk: HeatWalk, tell: (failure: number, blocks: number) => void): number {
  const { carried, worn, sigma, value, start, failures } = heat;
  const { x, shift, draws, passed } = walk;
  for (let w = 0; w < worn.length; w++) shift[carried + w] = 0;
  for (let k = 0; k < sigma.length; k++) {
    const [z, s] = [draws[carried + k]!, sigma[k]!];
    shift[carried + worn.length + k] = s > 0 ? value[k]! * Math.expm1(s * z - (s * s) / 2) : -s * z;
  }
  shiftBases(heat, walk);
  x.set(start);
  let left = 0;
  for (let f = 0; f < failures.length; f++) {
    const { direct, threshold, failure } = failures[f]!;
    passed[f] = direct >= 0 && x[direct]! >= threshold ? 1 : 0;
    if (passed[f] === 1) tell(failure, 0);
    else left++;
  }
  return left;
}

/** The runs of the future, one after another while the machine is on. */
function putInOrder({ order, times }: HeatWalk, { runs, world, on }: Future): void {
  const { block } = world.work;
  let run = 0;
  let into = 0;
  let at = runs.start[0]!;
  for (let b = 0; b < order.length; b++) {
    order[b] = -1;
    times[b] = 1;
    if (on[b] === 0 || runs.count === 0) continue;
    if (into >= runs.length[run]! && run < runs.count - 1) {
      into = 0;
      run++;
      at = runs.start[run]!;
    }
    order[b] = block[runs.windowFrom[run]! + at]!;
    times[b] = runs.times[run]!;
    into++;
    at++;
    if (at === runs.windowBlocks[run]) at = 0;
  }
}

/** What the parameters of a future do to each block, once for all of it. */
function shiftBases({ responses, rows, width, carried, worn }: Heat, { base, plain, shift }: HeatWalk): void {
  const moves = carried + worn.length;
  for (let i = 0; i < responses.length; i++) {
    const { slope } = responses[i]!;
    for (let r = 0; r < rows; r++) {
      let sum = plain[i * rows + r]!;
      for (let k = moves; k < width; k++) sum += slope[r * width + k]! * shift[k]!;
      base[i * rows + r] = sum;
    }
  }
}

/** Ends and peaks of a block, into `next`; `block` -1 is one at rest. */
function answer(heat: Heat, walk: HeatWalk, block: number, times: number): void {
  const { of, carried, rows, drift, driftSigma, worn } = heat;
  const { x, next, shift, draws, base, load, slope } = walk;
  const which = (block < 0 ? heat.responses.length - 1 : of[block]!) * rows;
  const moves = carried + worn.length;
  for (let k = 0; k < carried; k++) shift[k] = x[k]!;
  let at = which * moves;
  // Work of another level: what warms goes about with the root of what wears, and current with the root of that.
  const warmer = times === 1 ? 0 : Math.sqrt(times) - 1;
  for (let r = 0; r < rows; r++) {
    let sum = base[which + r]! + warmer * load[which + r]!;
    for (let k = 0; k < moves; k++) sum += slope[at++]! * shift[k]!;
    next[r] = sum;
  }
  if (block < 0) return;
  for (let k = 0; k < carried; k++) next[k] = next[k]! + drift[k]! + driftSigma[k]! * draws[k]!;
}

/** How far into the block it comes, 0 to 1; above 1 where it does not. */
function passes(
  { beyond, rows, carried }: Heat,
  { x, next }: HeatWalk,
  { row, threshold, direct }: HeatFailure,
  block: number,
  times: number,
): number {
  if (direct < 0) {
    const more = block < 0 ? 0 : beyond[block * (rows - carried) + row - carried]!;
    const level = times === 1 ? 1 : Math.sqrt(Math.sqrt(times));
    return (next[row]! + more) * level >= threshold ? 0.5 : 2;
  }
  const before = x[direct]!;
  const peak = Math.max(next[row]!, next[direct]!);
  if (!(peak >= threshold)) return 2;
  return peak > before ? Math.min(1, Math.max(0, (threshold - before) / (peak - before))) : 0;
}
