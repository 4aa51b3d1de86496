// What was seen of temperatures and currents, by which the model's answers are put right; and which block stands for
// which.
import type { Model } from '../model.ts';
import type { LoadProfile } from './job.ts';
import type { Question, Response } from './response.ts';
import type { SeenLoad } from './seen-load.ts';

/** What was seen to end elsewhere than the model says: it counts by half after so long. */
const driftHalfS = 3600;
/** So many blocks say nothing of it, and so many Kelvin. */
const driftPriorBlocks = 1;
const driftPriorK = 0.5;

/** Kelvin a block by which carried states end elsewhere than the model says, lately, and how well that is known. */
export function driftOf(
  { blocks, blockS }: LoadProfile,
  asked: readonly number[],
  responses: readonly Response[],
  carried: readonly number[],
  { state }: Question,
): { drift: Float64Array; driftSigma: Float64Array } {
  const drift = new Float64Array(carried.length);
  const driftSigma = new Float64Array(carried.length).fill(driftPriorK);
  const lastMs = blocks.at(-1)?.startMs ?? 0;
  for (let k = 0; k < carried.length; k++) {
    let weight = 0;
    let squares = 0;
    let sum = 0;
    let square = 0;
    for (const [i, b] of asked.entries()) {
      const block = blocks[b]!;
      const next = blocks[b + 1];
      if (block.seen < 0.99 || next === undefined || next.startMs - block.startMs > 1001 * blockS) continue;
      const end = next.start?.[carried[k]!] ?? (next === blocks.at(-1) ? state[carried[k]!] : undefined);
      if (end === undefined) continue;
      const w = 2 ** (-(lastMs - block.startMs) / 1000 / driftHalfS);
      const off = end - responses[i]!.base[k]!;
      weight += w;
      squares += w * w;
      sum += w * off;
      square += w * off * off;
    }
    if (!(weight > 0)) continue;
    const pieces = (weight * weight) / squares;
    const mean = sum / (weight + driftPriorBlocks * (weight / pieces));
    const variance = (square / weight + driftPriorK ** 2 / pieces) / (pieces + driftPriorBlocks);
    drift[k] = mean;
    driftSigma[k] = Math.sqrt(Math.max(0, variance));
  }
  return { drift, driftSigma };
}

/** By block of the load that was seen: the response of it, or of the one whose load was most like it. */
export function donors(
  load: LoadProfile,
  seen: SeenLoad,
  asked: readonly number[],
  model: Model,
): Int32Array {
  const at = new Map(asked.map((b, i) => [b, i]));
  const features = featuresOf(load, seen, model);
  const rowOf = new Map([...seen.source].map((b, i) => [b, i]));
  const others = asked.map((b) => rowOf.get(b) ?? -1);
  return Int32Array.from(seen.source, (b, i) => {
    const own = at.get(b);
    if (own !== undefined) return own;
    let best = asked.length;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < others.length; k++) {
      const apart = others[k]! < 0 ? Number.POSITIVE_INFINITY : distance(features, i, others[k]!, least);
      if (apart >= least) continue;
      least = apart;
      best = k;
    }
    return best;
  });
}

/** Mean and root mean square of each input, peaks of what follows the load at once, and how much of a life was used. */
interface Features {
  readonly width: number;
  /** A row a block; NaN of what was not kept. */
  readonly all: Float64Array;
  readonly scale: Float64Array;
}

function featuresOf({ blocks }: LoadProfile, seen: SeenLoad, model: Model): Features {
  const n = model.inputs.length;
  const direct = model.outputs.flatMap(({ observes }, o) => (observes === undefined ? [o] : []));
  const width = 2 * n + direct.length + 1;
  const all = new Float64Array(seen.source.length * width).fill(Number.NaN);
  for (let i = 0; i < seen.source.length; i++) {
    const { inputs, peak } = blocks[seen.source[i]!]!;
    const row = i * width;
    for (let k = 0; k < n && inputs.length > 0; k++) {
      let sum = 0;
      let square = 0;
      for (let at = k; at < inputs.length; at += n) {
        sum += inputs[at]!;
        square += inputs[at]! * inputs[at]!;
      }
      all[row + k] = (sum * n) / inputs.length;
      all[row + n + k] = Math.sqrt((square * n) / inputs.length);
    }
    for (let d = 0; d < direct.length; d++) all[row + 2 * n + d] = peak[direct[d]!]!;
    all[row + width - 1] = seen.rate[i]!;
  }
  return { width, all, scale: scaleOf(all, width) };
}

/** One over the variance of each; 0 of what never changes. */
function scaleOf(all: Float64Array, width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, k) => {
    let count = 0;
    let sum = 0;
    let square = 0;
    for (let at = k; at < all.length; at += width) {
      const each = all[at]!;
      if (!Number.isFinite(each)) continue;
      count++;
      sum += each;
      square += each * each;
    }
    const variance = count > 0 ? square / count - (sum / count) ** 2 : 0;
    return variance > 1e-9 * (square / Math.max(1, count)) ? 1 / variance : 0;
  });
}

/** At least `enough` when it is that much. */
function distance({ width, all, scale }: Features, i: number, j: number, enough: number): number {
  let sum = 0;
  for (let k = 0; k < width && sum < enough; k++) {
    const difference = all[i * width + k]! - all[j * width + k]!;
    if (difference * difference > 0) sum += difference * difference * scale[k]!;
  }
  return sum;
}

/** Of outputs that no carried state makes: what a second of a block had beyond what moments of it say. */
export function beyondOf(
  { blocks }: LoadProfile,
  seen: SeenLoad,
  of: Int32Array,
  responses: readonly Response[],
  outputs: readonly number[],
  carried: number,
  model: Model,
): Float64Array {
  const beyond = new Float64Array(of.length * outputs.length);
  for (let i = 0; i < of.length; i++) {
    for (let o = 0; o < outputs.length; o++) {
      if (model.outputs[outputs[o]!]!.observes !== undefined) continue;
      const peak = blocks[seen.source[i]!]!.peak[outputs[o]!]!;
      if (Number.isFinite(peak))
        beyond[i * outputs.length + o] = peak - responses[of[i]!]!.base[carried + o]!;
    }
  }
  return beyond;
}
