// What the forest has learnt, as lists of numbers by name, and back: its points as whole numbers, from which the trees
// are drawn anew. What does not fit this machine is left out.
import {
  beginRenewal,
  bindForest,
  type ForestNormal,
  isRenewing,
  newForestNormal,
  Phase,
  poolSize,
  workForest,
} from './normal.ts';
import type { ForestState } from './state.ts';

/** Of a sigma; nothing lies further out than so many of these. */
const stepsPerSigma = 64;
const stepsMax = 40 * stepsPerSigma;
/** A number of which nothing was known. */
const gap = 1_000_000;

export function rememberForest({ normals }: ForestState): Record<string, readonly number[]> {
  const memory: Record<string, readonly number[]> = {};
  for (const [mode, normal] of normals.entries()) {
    if (normal === null || normal.phase !== Phase.speaking || isRenewing(normal)) continue;
    const { width } = normal.trees;
    const [from, to] = [normal.newest * width, (normal.newest + 1) * width];
    const sound = (n: number) => (Number.isFinite(n) ? n : 0);
    memory[`${mode}.middle`] = Array.from(normal.middle.subarray(from, to), sound);
    memory[`${mode}.spread`] = Array.from(normal.spread.subarray(from, to), sound);
    memory[`${mode}.points`] = pointsOf(normal, from);
    for (const [i, tail] of normal.tails.entries()) {
      memory[`${mode}.tail.${i}`] = Array.from(tail.counts, (n) => Number(n.toPrecision(4)));
    }
    memory[`${mode}.seen`] = [normal.seen, normal.renewAt];
  }
  return memory;
}

function pointsOf({ pool, filled, middle, spread, trees: { width } }: ForestNormal, from: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < filled * width; i++) {
    const j = i % width;
    const value = pool[i]!;
    const sigma = spread[from + j]!;
    const steps = sigma > 0 ? Math.round(((value - middle[from + j]!) / sigma) * stepsPerSigma) : 0;
    out.push(Number.isNaN(value) ? gap : Math.max(-stepsMax, Math.min(stepsMax, steps)));
  }
  return out;
}

export function recallForest(state: ForestState, memory: Readonly<Record<string, readonly number[]>>): void {
  for (let mode = 0; mode < state.setup.modes; mode++) {
    const normal = readNormal(state, memory, mode);
    if (normal === undefined) continue;
    beginRenewal(normal);
    while (isRenewing(normal)) workForest(normal, state.scratch);
    normal.phase = Phase.speaking;
    bindForest(normal, state.options.alpha);
    state.normals[mode] = normal;
  }
}

function readNormal(
  { watched: { length: width } }: ForestState,
  memory: Readonly<Record<string, readonly number[]>>,
  mode: number,
): ForestNormal | undefined {
  const normal = newForestNormal(width);
  const read = (what: string, length: number): readonly number[] | undefined => {
    const numbers = memory[`${mode}.${what}`];
    return numbers?.length === length && numbers.every(Number.isFinite) ? numbers : undefined;
  };
  const [middle, spread] = [read('middle', width), read('spread', width)];
  const [seen, renewAt] = read('seen', 2) ?? [];
  const points = memory[`${mode}.points`];
  if (middle === undefined || spread === undefined || seen === undefined || renewAt === undefined)
    return undefined;
  if (points === undefined || width === 0) return undefined;
  const filled = points.length / width;
  if (!Number.isInteger(filled) || filled < 1 || filled > poolSize) return undefined;
  if (!points.every(Number.isFinite) || spread.some((n) => n < 0)) return undefined;
  for (const [i, steps] of points.entries()) {
    const j = i % width;
    normal.pool[i] = steps === gap ? Number.NaN : middle[j]! + (steps / stepsPerSigma) * spread[j]!;
  }
  for (const [i, tail] of normal.tails.entries()) {
    const counts = read(`tail.${i}`, tail.counts.length);
    if (counts?.every((n) => n >= 0) !== true) return undefined;
    tail.counts.set(counts);
    tail.total = counts.reduce((sum, n) => sum + n, 0);
  }
  return Object.assign(normal, { filled, seen, renewAt });
}
