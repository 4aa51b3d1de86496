// Walks the address space of a server from one node down, level by level, within what it takes in one call. Each
// node is looked into once, however many references lead to it, so that a cycle ends.
import type { BrowseResult, ClientSession } from 'node-opcua-client';
import type { Library } from '../library.ts';
import { type CallLimits, inBatches } from '../session/limits.ts';

export interface TreeNode {
  /** With the numbers of today: `ns=2;s=Spindle.Speed`. */
  readonly nodeId: string;
  readonly name: string;
  readonly namespace: number;
  readonly nodeClass: 'Object' | 'Variable' | 'Method';
  readonly children: TreeNode[];
  /** Ids of its properties, by name. */
  readonly properties: Map<string, string>;
  /** Why its children are not here; empty when they are. */
  left: '' | 'depth' | 'most' | 'again' | 'server' | 'refused';
}

export interface WalkOptions {
  /** Levels below the start. */
  readonly depth: number;
  readonly nodesMax: number;
  onProgress(nodes: number, level: number): void;
}

const serverNode = 'ns=0;i=2253';
const hierarchical = 'ns=0;i=33';
const hasProperty = 'ns=0;i=46';
/** A server may have more to tell for ever, also of nothing. */
const partsMax = 10_000;
const badNoContinuationPoints = 0x804b0000;
const classMask = 1 | 2 | 4;
const classes = new Map([
  [1, 'Object'],
  [2, 'Variable'],
  [4, 'Method'],
] as const);
/** Name, class, reference type and the flag of direction: all that is used. */
const resultMask = 1 | 2 | 4 | 8;

export function newTreeNode(
  nodeId: string,
  name: string,
  namespace: number,
  nodeClass: TreeNode['nodeClass'],
): TreeNode {
  return { nodeId, name, namespace, nodeClass, children: [], properties: new Map(), left: '' };
}

/** Fills in what is below `root`; the number of nodes seen. */
export async function walk(
  library: Library,
  session: ClientSession,
  limits: CallLimits,
  root: TreeNode,
  options: WalkOptions,
): Promise<number> {
  const seen = new Set([root.nodeId]);
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= options.depth) {
      for (const node of level) node.left = 'depth';
      break;
    }
    const next: TreeNode[] = [];
    for (let start = 0; start < level.length; start += limits.browse) {
      const batch = level.slice(start, start + limits.browse);
      const found = await references(library, session, limits, batch, options.nodesMax);
      for (const [i, node] of batch.entries()) take(node, found[i], seen, options.nodesMax, next);
      options.onProgress(seen.size, depth + 1);
    }
    level = next;
  }
  return seen.size;
}

type Reference = NonNullable<BrowseResult['references']>[number];

function take(
  node: TreeNode,
  references: readonly Reference[] | undefined,
  seen: Set<string>,
  nodesMax: number,
  next: TreeNode[],
): void {
  if (references === undefined) node.left = 'refused';
  for (const { nodeId, browseName, nodeClass, referenceTypeId } of references ?? []) {
    const id = nodeId.toString();
    const name = browseName.name ?? '';
    if (referenceTypeId?.toString() === hasProperty) {
      node.properties.set(name, id);
      continue;
    }
    const kind = classes.get(nodeClass as 1 | 2 | 4);
    // On another server, or of no class that has a value or holds one.
    if (kind === undefined || nodeId.serverIndex > 0) continue;
    if (seen.size >= nodesMax && !seen.has(id)) {
      node.left = 'most';
      return;
    }
    const child = newTreeNode(id, name, browseName.namespaceIndex, kind);
    node.children.push(child);
    if (seen.has(id)) child.left = 'again';
    // Thousands of nodes about the server itself, of no interest to most.
    else if (id === serverNode) child.left = 'server';
    else if (kind !== 'Method') next.push(child);
    seen.add(id);
  }
}

/** Of each node all its references, in parts where there are many; undefined where they are refused. */
async function references(
  library: Library,
  session: ClientSession,
  limits: CallLimits,
  nodes: readonly TreeNode[],
  nodesMax: number,
): Promise<(Reference[] | undefined)[]> {
  const { BrowseDirection, coerceNodeId } = library;
  const ask = (batch: readonly TreeNode[]) =>
    session.browse(
      batch.map(({ nodeId }) => ({
        nodeId: coerceNodeId(nodeId),
        referenceTypeId: coerceNodeId(hierarchical),
        includeSubtypes: true,
        browseDirection: BrowseDirection.Forward,
        nodeClassMask: classMask,
        resultMask,
      })),
    );
  const results = await inBatches(limits, 'browse', nodes, ask);
  const all: (Reference[] | undefined)[] = [];
  for (const [i, first] of results.entries()) {
    // A server that could not keep its place in so many lists at once is asked for this one alone.
    const result =
      first.statusCode.value >>> 0 === badNoContinuationPoints ? (await ask([nodes[i]!]))[0]! : first;
    const { statusCode, references, continuationPoint } = result;
    const isRefused = statusCode.value >>> 31 === 1;
    all.push(
      isRefused ? undefined : await withTheRest(session, references ?? [], continuationPoint, nodesMax),
    );
  }
  return all;
}

/** In parts, as long as there are any; what nobody will look at is not asked for. */
async function withTheRest(
  session: ClientSession,
  first: readonly Reference[],
  from: Buffer | null,
  nodesMax: number,
): Promise<Reference[]> {
  let all = [...first];
  let point = from;
  for (let parts = 0; point !== null && point !== undefined && point.length > 0; parts++) {
    const isEnough = all.length > nodesMax || parts >= partsMax;
    const more: BrowseResult = await session.browseNext(point, isEnough);
    if (isEnough || more.statusCode.value >>> 31 === 1) break;
    all = all.concat(more.references ?? []);
    point = more.continuationPoint;
  }
  return all;
}
