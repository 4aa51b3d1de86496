// What the forest knows of one mode: a sample of points that were seen, the trees over them, how columns become whole
// numbers, and how far normal points disturb the trees.

import type { Chance } from '../joint/chance.ts';
import { type Place, placeOf } from '../joint/robust.ts';
import { newTail, type Tail, tailBound, tailQuantile } from '../joint/tail.ts';
import { clearTree, newTrees, plant, type Trees, uproot } from './tree.ts';

export const treeCount = 24;
/** Points are dealt to as many groups of trees, so that trees differ in what they have seen. */
export const groups = 4;
export const treeSize = 64;
export const poolSize = groups * treeSize;

/** Steps of a sigma; and no column goes further than this from its middle, in sigmas. */
const stepsPerSigma = 512;
const sigmasMax = 30;

/** What lasts is judged over so many steps: chance cancels, a fault stays. */
export const slowSteps = 10;
/** Scores end below 1, and their tails are short. */
const scoreTail = { shoulder: 0.9, neck: 0.98, crownMax: 1, alike: 1, flatter: 1 } as const;
const slowTail = { ...scoreTail, alike: slowSteps } as const;
const boundMin = 1e-6;

export const Phase = { collecting: 0, building: 1, proving: 2, speaking: 3 } as const;

export interface ForestNormal {
  phase: number;
  /** Points as they were seen; NaN where nothing was known. */
  readonly pool: Float32Array;
  filled: number;
  /** Points this mode has shown so far. */
  seen: number;
  readonly trees: Trees;
  /** Two sets of middles and spreads: while trees are drawn anew some go by the old one. By set and column. */
  readonly middle: Float64Array;
  readonly spread: Float64Array;
  /** By tree: its set; and the newest. */
  readonly setOf: Uint8Array;
  newest: number;
  /** What is under way: columns to be placed, then trees to be drawn; `treeCount` when nothing is. */
  column: number;
  tree: number;
  leaf: number;
  /** Points at which all of it is done anew. */
  renewAt: number;
  /** A point that goes into its trees, -1 for none, and the next of them. */
  entering: number;
  enterTree: number;
  /** Of the score at each step, and of the score followed over `slowSteps`; and where normal running ends. */
  readonly tails: Tail[];
  readonly bounds: Float64Array;
  readonly usual: Float64Array;
  /** Seconds of findings on end, as far as it was judged. */
  strangeS: number;
  proved: number;
  failed: number;
  trials: number;
}

export interface ForestScratch {
  readonly point: Int16Array;
  readonly numbers: Float64Array;
  readonly spare: Float64Array;
  readonly place: Place;
  readonly chance: Chance;
}

export function newForestNormal(width: number): ForestNormal {
  return {
    phase: Phase.collecting,
    pool: new Float32Array(poolSize * width).fill(Number.NaN),
    ...{ filled: 0, seen: 0, trees: newTrees(treeCount, treeSize, width) },
    ...{ middle: new Float64Array(2 * width), spread: new Float64Array(2 * width) },
    ...{ setOf: new Uint8Array(treeCount), newest: 0, column: width, tree: treeCount, leaf: 0 },
    ...{ renewAt: Number.POSITIVE_INFINITY, entering: -1, enterTree: 0 },
    ...{
      tails: [newTail(), newTail()],
      bounds: new Float64Array(2).fill(1),
      usual: new Float64Array(2),
      strangeS: 0,
      proved: 0,
      failed: 0,
      trials: 0,
    },
  };
}

/** Where the scores of normal running mostly are, and where they end. */
export function bindForest({ bounds, usual, tails }: ForestNormal, alpha: number): void {
  for (let i = 0; i < 2; i++) {
    bounds[i] = Math.max(boundMin, tailBound(tails[i]!, alpha, i === 0 ? scoreTail : slowTail));
    usual[i] = Math.min(0.9 * bounds[i]!, tailQuantile(tails[i]!, 0.5));
  }
}

/** Middles and spreads are taken anew, then all trees drawn by them. */
export function beginRenewal(normal: ForestNormal): void {
  normal.newest = normal.newest === 0 ? 1 : 0;
  normal.column = 0;
  normal.tree = 0;
  normal.leaf = 0;
  normal.entering = -1;
}

export function isRenewing({ tree }: ForestNormal): boolean {
  return tree < treeCount;
}

/** A tree that is being drawn says nothing. */
export function isWhole(normal: ForestNormal, tree: number): boolean {
  return (
    !isRenewing(normal) || (normal.column >= widthOf(normal) && tree !== normal.tree) || normal.leaf === 0
  );
}

function widthOf({ trees }: ForestNormal): number {
  return trees.width;
}

/** One bounded piece of what is under way. */
export function workForest(normal: ForestNormal, scratch: ForestScratch): void {
  const width = widthOf(normal);
  if (normal.entering >= 0) enterNext(normal, scratch);
  else if (!isRenewing(normal)) return;
  else if (normal.column < width) placeColumn(normal, scratch, normal.column++);
  else drawNext(normal, scratch);
}

function placeColumn(
  { pool, filled, middle, spread, newest, trees: { width } }: ForestNormal,
  { numbers, spare, place }: ForestScratch,
  column: number,
): void {
  let count = 0;
  for (let i = 0; i < filled; i++) {
    const value = pool[i * width + column]!;
    if (!Number.isNaN(value)) numbers[count++] = value;
  }
  placeOf(numbers, count, spare, place);
  const at = newest * width + column;
  middle[at] = place.middle;
  spread[at] = count * 2 >= filled ? place.spread : 0;
}

function drawNext(normal: ForestNormal, scratch: ForestScratch): void {
  const { trees, tree, filled, setOf, newest } = normal;
  if (normal.leaf === 0) {
    clearTree(trees, tree);
    setOf[tree] = newest;
  }
  const slot = normal.leaf * groups + (tree % groups);
  if (slot < filled) plantSlot(normal, scratch, tree, slot);
  normal.leaf++;
  if (normal.leaf < treeSize && slot + groups < filled) return;
  normal.leaf = 0;
  normal.tree++;
}

function plantSlot(normal: ForestNormal, scratch: ForestScratch, tree: number, slot: number): void {
  const { pool, trees, setOf } = normal;
  readPoint(normal, pool, slot * trees.width, setOf[tree]!, scratch.point, 0);
  plant(trees, tree, Math.floor(slot / groups), scratch.point, scratch.chance);
}

function enterNext(normal: ForestNormal, scratch: ForestScratch): void {
  const { trees, entering, enterTree } = normal;
  const leaf = Math.floor(entering / groups);
  uproot(trees, enterTree, leaf);
  plantSlot(normal, scratch, enterTree, entering);
  normal.enterTree += groups;
  if (normal.enterTree >= treeCount) normal.entering = -1;
}

/** As whole numbers of a set; what is not known, and what never moves, becomes `blank`. */
export function readPoint(
  { middle, spread, trees: { width } }: ForestNormal,
  values: Float32Array | Float64Array,
  from: number,
  set: number,
  out: Int16Array,
  blank: number,
): void {
  for (let j = 0; j < width; j++) {
    const value = values[from + j]!;
    const at = set * width + j;
    const sigma = spread[at]!;
    if (Number.isNaN(value) || !(sigma > 0)) out[j] = sigma > 0 ? blank : 0;
    else {
      const z = (value - middle[at]!) / sigma;
      out[j] = Math.round(Math.max(-sigmasMax, Math.min(sigmasMax, z)) * stepsPerSigma);
    }
  }
}

/** Takes a point into the pool: at first each, later ever fewer, so that all the time that counts is in it alike. */
export function keepPoint(normal: ForestNormal, values: Float64Array, horizon: number, dice: number): void {
  const { pool, trees } = normal;
  normal.seen++;
  if (normal.entering >= 0 || isRenewing(normal)) return;
  const full = normal.filled === poolSize;
  if (full && dice >= poolSize / Math.min(horizon, normal.seen)) return;
  // Of the dice that let it in, what is left says where.
  const slot = full
    ? Math.min(poolSize - 1, Math.floor(dice * Math.min(horizon, normal.seen)))
    : normal.filled++;
  for (let j = 0; j < trees.width; j++) pool[slot * trees.width + j] = values[j]!;
  if (normal.phase === Phase.collecting) return;
  normal.entering = slot;
  normal.enterTree = slot % groups;
}
