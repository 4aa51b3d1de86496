// What `gemel browse` found, in the words that its tree, its JSON and its YAML share.

import { clean } from '../../sources/opcua/browse/clean.ts';
import { stableId } from '../../sources/opcua/browse/stable-id.ts';
import type { VariableFacts } from '../../sources/opcua/browse/variable-facts.ts';
import type { TreeNode } from '../../sources/opcua/browse/walk.ts';
import { exactOf } from '../../sources/opcua/values/integer.ts';
import type { WireVariant } from '../../sources/opcua/values/wire.ts';

export interface BrowsedNode {
  readonly tree: TreeNode;
  /** Names from the start down, itself included; empty for the start. */
  readonly path: readonly string[];
  /** That keeps its meaning over restarts of the server: `nsu=…;s=…`. */
  readonly stableId: string;
  readonly facts: VariableFacts | undefined;
  readonly children: readonly BrowsedNode[];
}

const shownMax = 24;
const elementsMax = 4;
const structure = 22;

export function browsedTree(
  tree: TreeNode,
  facts: ReadonlyMap<string, VariableFacts>,
  namespaces: readonly string[],
  path: readonly string[] = [],
): BrowsedNode {
  return {
    tree,
    path,
    stableId: stableId(tree.nodeId, namespaces),
    facts: tree.nodeClass === 'Variable' ? facts.get(tree.nodeId) : undefined,
    children: tree.children.map((child) => browsedTree(child, facts, namespaces, [...path, child.name])),
  };
}

/** Nodes whose path or id has the text, and all above them; undefined when there are none. */
export function filtered(node: BrowsedNode, text: string): BrowsedNode | undefined {
  const wanted = text.toLowerCase();
  const fits = `${node.path.join('/')} ${node.stableId}`.toLowerCase().includes(wanted);
  const own = node.path.at(-1)?.toLowerCase().includes(wanted) === true;
  // Below a node that fits by its own name all of it is of interest.
  if (own) return node;
  const children = node.children.flatMap((child) => filtered(child, text) ?? []);
  return children.length > 0 || (fits && node.children.length === 0 && node.path.length > 0)
    ? { ...node, children }
    : undefined;
}

export function allNodes(node: BrowsedNode): BrowsedNode[] {
  return [node, ...node.children.flatMap(allNodes)];
}

export function typeText({ dataType, dimensions }: VariableFacts): string {
  if (dimensions === undefined) return dataType;
  return `${dataType}[${dimensions.map((length) => (length === 0 ? '' : length)).join(',')}]`;
}

/** A value of any type, short; `-` where there is none. */
export function valueText(variant: WireVariant | undefined): string {
  if (variant === undefined) return '-';
  const { value, dataType, arrayType } = variant;
  if (arrayType === 0) return oneText(dataType, value);
  const list =
    Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>) : [];
  const shown = list.slice(0, elementsMax).map((one) => oneText(dataType, one));
  return `[${shown.join(', ')}${list.length > elementsMax ? ', …' : ''}]`;
}

function oneText(dataType: number, value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (dataType === 8 || dataType === 9) return exactOf(dataType, value)?.toString() ?? '?';
  if (typeof value === 'number')
    return Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(6))}`;
  if (typeof value === 'boolean') return `${value}`;
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '-' : value.toISOString();
  if (Buffer.isBuffer(value)) return `${value.length} bytes`;
  if (typeof value !== 'object') return '?';
  if ('text' in value) return quoted(typeof value.text === 'string' ? value.text : '');
  // A node id, a status, a qualified name: as the library writes it.
  return dataType === structure
    ? '{…}'
    : clean((value as { toString(): string }).toString()).slice(0, shownMax);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > shownMax ? `${text.slice(0, shownMax - 1)}…` : text);
}
