// Random cut trees over points of whole numbers: each cut falls in proportion to how far the points reach, so that a
// point that is put in or taken out leaves a tree as if it had been drawn with or without it. Typed arrays only.
import { type Chance, nextChance } from '../joint/chance.ts';

/** Points of `width` whole numbers; a tree of up to `size` of them. Nodes of all trees lie one after another. */
export interface Trees {
  readonly count: number;
  readonly size: number;
  readonly width: number;
  /** By inner node: the column and the place of its cut; at most there is left. */
  readonly cutColumn: Uint8Array;
  readonly cutAt: Int16Array;
  /** An inner node from 0 on, a leaf as -1 - its number. */
  readonly left: Int16Array;
  readonly right: Int16Array;
  readonly parent: Int16Array;
  readonly mass: Int16Array;
  /** How far the points below a node reach: lows, then highs. */
  readonly box: Int16Array;
  readonly free: Int16Array;
  readonly freeCount: Int16Array;
  /** By leaf, which is the number of its first point in the tree: what is above, how many points are the same. */
  readonly leafParent: Int16Array;
  readonly leafMass: Int16Array;
  /** By point: its leaf, `none` where it is not in the tree. */
  readonly leafOf: Int16Array;
  readonly root: Int16Array;
  readonly points: Int16Array;
}

export const none = 32_767;

export function newTrees(count: number, size: number, width: number): Trees {
  const inner = count * (size - 1);
  const trees: Trees = {
    ...{ count, size, width, cutColumn: new Uint8Array(inner), cutAt: new Int16Array(inner) },
    ...{ left: new Int16Array(inner), right: new Int16Array(inner), parent: new Int16Array(inner) },
    ...{ mass: new Int16Array(inner), box: new Int16Array(inner * 2 * width) },
    ...{ free: new Int16Array(inner), freeCount: new Int16Array(count) },
    ...{ leafParent: new Int16Array(count * size), leafMass: new Int16Array(count * size) },
    ...{ leafOf: new Int16Array(count * size), root: new Int16Array(count) },
    points: new Int16Array(count * size * width),
  };
  for (let t = 0; t < count; t++) clearTree(trees, t);
  return trees;
}

export function clearTree({ size, free, freeCount, leafOf, root }: Trees, tree: number): void {
  root[tree] = none;
  for (let i = 0; i < size - 1; i++) free[tree * (size - 1) + i] = i;
  freeCount[tree] = size - 1;
  leafOf.fill(none, tree * size, (tree + 1) * size);
}

/** How many points are in a tree. */
export function treeMass(trees: Trees, tree: number): number {
  const root = trees.root[tree]!;
  return root === none ? 0 : massOf(trees, tree, root);
}

export function massOf({ size, leafMass, mass }: Trees, tree: number, node: number): number {
  return node < 0 ? leafMass[tree * size - 1 - node]! : mass[tree * (size - 1) + node]!;
}

/** Puts point number `leaf` in, whose numbers are `x`. It was not in. */
export function plant(trees: Trees, tree: number, leaf: number, x: Int16Array, chance: Chance): void {
  const { size, width, points, leafParent, leafMass, leafOf, root } = trees;
  const at = tree * size + leaf;
  for (let j = 0; j < width; j++) points[at * width + j] = x[j]!;
  let node = root[tree]!;
  leafOf[at] = leaf;
  leafMass[at] = 1;
  leafParent[at] = none;
  if (node === none) {
    root[tree] = -1 - leaf;
    return;
  }
  let above = none;
  while (node >= 0) {
    if (splits(trees, tree, node, x, chance)) {
      graft(trees, tree, node, above, leaf, x);
      return;
    }
    above = node;
    node = widen(trees, tree, node, x);
  }
  const met = -1 - node;
  if (isSame(trees, tree, met, x)) {
    leafOf[at] = met;
    leafMass[tree * size + met] = leafMass[tree * size + met]! + 1;
    return;
  }
  cutLeaf(trees, tree, met, x, chance);
  graft(trees, tree, node, above, leaf, x);
}

/** Column and place of the newest cut, until it has its node: module constants, no state between calls. */
const cut = new Int32Array(2);

/** Rolls a cut over the node's box with the point in it; true when it falls between the two. */
function splits(
  { box, width, size }: Trees,
  tree: number,
  node: number,
  x: Int16Array,
  chance: Chance,
): boolean {
  const low = (tree * (size - 1) + node) * 2 * width;
  const high = low + width;
  let total = 0;
  for (let j = 0; j < width; j++) {
    const value = x[j]!;
    total += Math.max(box[high + j]!, value) - Math.min(box[low + j]!, value);
  }
  let rest = Math.floor(nextChance(chance) * total);
  for (let j = 0; j < width; j++) {
    const from = Math.min(box[low + j]!, x[j]!);
    const span = Math.max(box[high + j]!, x[j]!) - from;
    if (rest >= span) {
      rest -= span;
      continue;
    }
    cut[0] = j;
    cut[1] = from + rest;
    return cut[1] < box[low + j]! || cut[1] >= box[high + j]!;
  }
  return false;
}

/** One more point below a node; the child it goes to. */
function widen(trees: Trees, tree: number, node: number, x: Int16Array): number {
  const { box, width, size, mass, cutColumn, cutAt, left, right } = trees;
  const at = tree * (size - 1) + node;
  const low = at * 2 * width;
  const high = low + width;
  for (let j = 0; j < width; j++) {
    const value = x[j]!;
    if (value < box[low + j]!) box[low + j] = value;
    if (value > box[high + j]!) box[high + j] = value;
  }
  mass[at] = mass[at]! + 1;
  return x[cutColumn[at]!]! <= cutAt[at]! ? left[at]! : right[at]!;
}

function isSame({ points, size, width }: Trees, tree: number, leaf: number, x: Int16Array): boolean {
  const at = (tree * size + leaf) * width;
  for (let j = 0; j < width; j++) if (points[at + j] !== x[j]) return false;
  return true;
}

function cutLeaf(
  { points, size, width }: Trees,
  tree: number,
  leaf: number,
  x: Int16Array,
  chance: Chance,
): void {
  const at = (tree * size + leaf) * width;
  let total = 0;
  for (let j = 0; j < width; j++) total += Math.abs(points[at + j]! - x[j]!);
  let rest = Math.floor(nextChance(chance) * total);
  for (let j = 0; j < width; j++) {
    const span = Math.abs(points[at + j]! - x[j]!);
    if (rest < span) {
      cut[0] = j;
      cut[1] = Math.min(points[at + j]!, x[j]!) + rest;
      return;
    }
    rest -= span;
  }
}

/** A new inner node at the newest cut, above `node`, with the new leaf on its other side. */
function graft(trees: Trees, tree: number, node: number, above: number, leaf: number, x: Int16Array): void {
  const { size, width, box, free, freeCount, cutColumn, cutAt, left, right, mass, parent, leafParent } =
    trees;
  const inner = tree * (size - 1);
  freeCount[tree] = freeCount[tree]! - 1;
  const made = free[inner + freeCount[tree]!]!;
  const at = inner + made;
  cutColumn[at] = cut[0]!;
  cutAt[at] = cut[1]!;
  const isLeft = x[cut[0]!]! <= cut[1]!;
  left[at] = isLeft ? -1 - leaf : node;
  right[at] = isLeft ? node : -1 - leaf;
  mass[at] = massOf(trees, tree, node) + 1;
  const low = at * 2 * width;
  const from = node < 0 ? (tree * size - 1 - node) * width : (inner + node) * 2 * width;
  const source = node < 0 ? trees.points : box;
  const apart = node < 0 ? 0 : width;
  for (let j = 0; j < width; j++) {
    box[low + j] = Math.min(source[from + j]!, x[j]!);
    box[low + width + j] = Math.max(source[from + apart + j]!, x[j]!);
  }
  parent[at] = above;
  leafParent[tree * size + leaf] = made;
  setParent(trees, tree, node, made);
  replaceChild(trees, tree, above, node, made);
}

function setParent({ size, parent, leafParent }: Trees, tree: number, node: number, above: number): void {
  if (node < 0) leafParent[tree * size - 1 - node] = above;
  else parent[tree * (size - 1) + node] = above;
}

function replaceChild(
  { size, left, right, root }: Trees,
  tree: number,
  above: number,
  was: number,
  is: number,
): void {
  if (above === none) root[tree] = is;
  else {
    const at = tree * (size - 1) + above;
    if (left[at] === was) left[at] = is;
    else right[at] = is;
  }
}

/** Takes point number `leaf` out again; nothing happens when it is not in. */
export function uproot(trees: Trees, tree: number, point: number): void {
  const { size, leafOf, leafMass, leafParent, left, right, parent, free, freeCount, root } = trees;
  const leaf = leafOf[tree * size + point]!;
  if (leaf === none) return;
  leafOf[tree * size + point] = none;
  const at = tree * size + leaf;
  const above = leafParent[at]!;
  if (leafMass[at]! > 1) {
    leafMass[at] = leafMass[at]! - 1;
    if (leaf === point) rename(trees, tree, leaf);
    lighten(trees, tree, above);
    return;
  }
  if (above === none) {
    root[tree] = none;
    return;
  }
  const inner = tree * (size - 1);
  const other = left[inner + above] === -1 - leaf ? right[inner + above]! : left[inner + above]!;
  const over = parent[inner + above]!;
  setParent(trees, tree, other, over);
  replaceChild(trees, tree, over, above, other);
  free[inner + freeCount[tree]!] = above;
  freeCount[tree] = freeCount[tree]! + 1;
  lighten(trees, tree, over);
}

/** A leaf has the number of a point that is in it: another of the same takes over. */
function rename(trees: Trees, tree: number, leaf: number): void {
  const { size, width, leafOf, leafMass, leafParent, points } = trees;
  const from = tree * size;
  let heir = none;
  for (let i = 0; i < size; i++) {
    if (leafOf[from + i] !== leaf) continue;
    if (heir === none) heir = i;
    leafOf[from + i] = heir;
  }
  leafMass[from + heir] = leafMass[from + leaf]!;
  leafParent[from + heir] = leafParent[from + leaf]!;
  const at = (from + leaf) * width;
  points.copyWithin((from + heir) * width, at, at + width);
  replaceChild(trees, tree, leafParent[from + leaf]!, -1 - leaf, -1 - heir);
}

/** One point less in a node and all above it. */
function lighten(trees: Trees, tree: number, from: number): void {
  const { size, mass, parent } = trees;
  let shrinks = true;
  for (let node = from; node !== none; node = parent[tree * (size - 1) + node]!) {
    const at = tree * (size - 1) + node;
    mass[at] = mass[at]! - 1;
    if (shrinks) shrinks = shrink(trees, tree, at);
  }
}

/** The box of a node from those below; false when it stays as it is, and with it all above. */
function shrink({ size, width, box, points, left, right }: Trees, tree: number, at: number): boolean {
  const inner = tree * (size - 1);
  const l = left[at]!;
  const r = right[at]!;
  const lFrom = l < 0 ? (tree * size - 1 - l) * width : (inner + l) * 2 * width;
  const rFrom = r < 0 ? (tree * size - 1 - r) * width : (inner + r) * 2 * width;
  const lBox = l < 0 ? points : box;
  const rBox = r < 0 ? points : box;
  const lApart = l < 0 ? 0 : width;
  const rApart = r < 0 ? 0 : width;
  const low = at * 2 * width;
  let changed = false;
  for (let j = 0; j < width; j++) {
    const least = Math.min(lBox[lFrom + j]!, rBox[rFrom + j]!);
    const most = Math.max(lBox[lFrom + lApart + j]!, rBox[rFrom + rApart + j]!);
    if (box[low + j] === least && box[low + width + j] === most) continue;
    box[low + j] = least;
    box[low + width + j] = most;
    changed = true;
  }
  return changed;
}
