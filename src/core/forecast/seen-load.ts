// What a load profile says once it is looked at: blocks of work in the order of time, the stretches in which the machine
// was off, and by day of the calendar when it was on. Reads a profile; knows nothing of what is to come.
import type { Model } from '../model.ts';
import type { LoadBlock, LoadProfile } from './job.ts';

/** A block that was watched for less says nothing of a whole one. */
const seenMin = 0.2;
/** Idle for so long, a machine is off: a shift has ended. Shorter pauses are part of the work. */
const offS = 5400;
/** Of the mean of the blocks in which it worked. */
const busyShare = 0.02;
const dayMs = 86_400_000;

export interface SeenLoad {
  readonly blockS: number;
  readonly slotsADay: number;
  /** By component: the life a block used, as if all of it had been watched; a row a block. */
  readonly used: Float64Array;
  readonly components: number;
  /** By block: when, how much of a life it used of all that matters, whether the machine was off, its index in the profile. */
  readonly timeMs: Float64Array;
  readonly rate: Float64Array;
  readonly off: Uint8Array;
  readonly source: Int32Array;
  readonly watchedS: number;
  /** Hours in which something wore. */
  readonly busyS: number;
  readonly days: readonly SeenDay[];
}

export interface SeenDay {
  /** Days since 1970. */
  readonly day: number;
  /** By slot of the day: 1 on, 0 off, -1 nobody knows. */
  readonly on: Int8Array;
  readonly known: number;
}

/**
 * `weight` by component: what a unit of life used is worth, so that blocks can be compared by one number. Where nothing
 * wears, a machine works when it draws: outputs of the model that follow the load at once.
 */
export function lookAt(profile: LoadProfile, weight: Float64Array, model?: Model): SeenLoad {
  const { blocks, blockS } = profile;
  const components = weight.length;
  const source = Int32Array.from(blocks.flatMap(({ seen }, b) => (seen >= seenMin ? [b] : [])));
  const used = new Float64Array(source.length * components);
  const rate = new Float64Array(source.length);
  let watchedS = 0;
  for (let i = 0; i < source.length; i++) {
    const block = blocks[source[i]!]!;
    watchedS += block.seen * blockS;
    for (let c = 0; c < components; c++) {
      const each = (block.used[c] ?? 0) / Math.min(1, block.seen);
      if (!(each > 0)) continue;
      used[i * components + c] = each;
      rate[i] = rate[i]! + each * weight[c]!;
    }
  }
  if (model !== undefined && !rate.some((each) => each > 0)) {
    for (let i = 0; i < source.length; i++) rate[i] = drawn(blocks[source[i]!]!, model);
  }
  const timeMs = Float64Array.from(source, (b) => blocks[b]!.startMs);
  const busy = busyOf(rate);
  const off = offOf(busy, timeMs, blockS);
  return {
    ...{ blockS, components, used, timeMs, rate, off, source, watchedS },
    slotsADay: Math.round(86_400 / blockS),
    busyS: busy.reduce((sum, each) => sum + each * blockS, 0),
    days: daysOf(timeMs, off, blockS),
  };
}

function drawn({ peak }: LoadBlock, { outputs }: Model): number {
  return outputs.reduce((sum, { observes, span, kind }, o) => {
    const follows = observes === undefined && kind !== 'enum' && span !== undefined;
    return follows && peak[o]! > 0 ? sum + peak[o]! / span : sum;
  }, 0);
}

function busyOf(rate: Float64Array): Uint8Array {
  let sum = 0;
  let count = 0;
  for (const each of rate) {
    if (!(each > 0)) continue;
    sum += each;
    count++;
  }
  const least = count > 0 ? (busyShare * sum) / count : Number.POSITIVE_INFINITY;
  return Uint8Array.from(rate, (each) => (each >= least ? 1 : 0));
}

/** Idle stretches of `offS` and more; time that nobody watched ends a stretch and is none. */
function offOf(busy: Uint8Array, timeMs: Float64Array, blockS: number): Uint8Array {
  const off = new Uint8Array(busy.length);
  let from = 0;
  for (let i = 0; i <= busy.length; i++) {
    const goesOn =
      i < busy.length && busy[i] === 0 && (i === from || timeMs[i]! - timeMs[i - 1]! <= 1500 * blockS);
    if (goesOn) continue;
    if ((i - from) * blockS >= offS) off.fill(1, from, i);
    from = i < busy.length && busy[i] === 0 ? i : i + 1;
  }
  return off;
}

function daysOf(timeMs: Float64Array, off: Uint8Array, blockS: number): SeenDay[] {
  const slots = Math.round(86_400 / blockS);
  const days = new Map<number, Int8Array>();
  for (let i = 0; i < timeMs.length; i++) {
    const day = Math.floor(timeMs[i]! / dayMs);
    let on = days.get(day);
    if (on === undefined) {
      on = new Int8Array(slots).fill(-1);
      days.set(day, on);
    }
    on[Math.min(slots - 1, Math.floor((timeMs[i]! - day * dayMs) / (blockS * 1000)))] = 1 - off[i]!;
  }
  return [...days].map(([day, on]) => ({
    day,
    on,
    known: on.reduce((sum, each) => sum + (each < 0 ? 0 : 1), 0),
  }));
}
