// How much a point would disturb a tree if it were put in: the collusive displacement of robust random cut forests, not
// of one roll of the dice but of all rolls there could be, each with its probability. Allocates nothing.
import { massOf, none, type Trees } from './tree.ts';

/** Rarer ways than this are not followed. */
const reachMin = 0.005;

/** A column of which nothing is known: it is not looked at. */
export const unknown = -32_768;

/**
 * 0 to 1: displaced points by points in the tree; adds to `blame`, by column, how much of it is its doing. `x` may have
 * `unknown` in it.
 */
export function displacement(trees: Trees, tree: number, x: Int16Array, blame: Float64Array): number {
  const { size, width, box, mass, cutColumn, cutAt, left, right, root } = trees;
  let node = root[tree]!;
  if (node === none) return 0;
  const all = massOf(trees, tree, node);
  let reach = 1;
  /** The most that any group the point would be in displaces, of those met so far. */
  let group = 0;
  let sum = 0;
  while (node >= 0) {
    const at = tree * (size - 1) + node;
    const low = at * 2 * width;
    const high = low + width;
    let inside = 0;
    let outside = 0;
    for (let j = 0; j < width; j++) {
      const value = x[j]!;
      if (value === unknown) continue;
      const l = box[low + j]!;
      const h = box[high + j]!;
      inside += h - l;
      outside += value < l ? l - value : value > h ? value - h : 0;
    }
    if (outside > 0) {
      const chance = (reach * outside) / (inside + outside);
      const displaced = (chance * Math.max(mass[at]!, group)) / all;
      sum += displaced;
      for (let j = 0; j < width; j++) {
        const value = x[j]!;
        if (value === unknown) continue;
        const over = value < box[low + j]! ? box[low + j]! - value : value - box[high + j]!;
        if (over > 0) blame[j] = blame[j]! + (displaced * over) / outside;
      }
      reach -= chance;
      if (reach < reachMin) return sum;
    }
    const value = x[cutColumn[at]!]!;
    const isLeft = value === unknown ? isHeavier(trees, tree, left[at]!, right[at]!) : value <= cutAt[at]!;
    node = isLeft ? left[at]! : right[at]!;
    const own = massOf(trees, tree, node);
    group = Math.max(group, (mass[at]! - own) / (own + 1));
  }
  return sum + atLeaf(trees, tree, -1 - node, x, blame, reach / all, group);
}

function isHeavier(trees: Trees, tree: number, one: number, other: number): boolean {
  return massOf(trees, tree, one) >= massOf(trees, tree, other);
}

function atLeaf(
  { size, width, points, leafMass }: Trees,
  tree: number,
  leaf: number,
  x: Int16Array,
  blame: Float64Array,
  weight: number,
  group: number,
): number {
  const at = (tree * size + leaf) * width;
  let apart = 0;
  for (let j = 0; j < width; j++) if (x[j] !== unknown) apart += Math.abs(points[at + j]! - x[j]!);
  // With others of the same it displaces only what its group does.
  if (apart === 0) return weight * group;
  const displaced = weight * Math.max(leafMass[tree * size + leaf]!, group);
  for (let j = 0; j < width; j++) {
    if (x[j] !== unknown) blame[j] = blame[j]! + (displaced * Math.abs(points[at + j]! - x[j]!)) / apart;
  }
  return displaced;
}
