// Where the configured places are on this server, today: node ids with its namespace numbers, and what its
// browse paths lead to. Asked anew in every session, as a restart may move all of them.
import type { BrowsePathResult, ClientSession } from 'node-opcua-client';
import type { Library } from '../library.ts';
import { type CallLimits, inBatches } from '../session/limits.ts';
import { numberSteps, type PathStep } from './browse-path.ts';
import { resolveNodeText } from './node-id.ts';

/** A node id the library understands, or why there is none. */
export type Found = { readonly nodeId: string } | { readonly status: number };

export interface Place {
  readonly place: string;
  readonly path: readonly PathStep[] | undefined;
}

const badNodeIdInvalid = 0x80330000;
const badNodeIdUnknown = 0x80340000;
const badNoMatch = 0x806f0000;
/** The path leads to several nodes: which of them was meant is not ours to guess. */
const badTooManyMatches = 0x806d0000;
/** HierarchicalReferences and everything below. */
const hierarchical = 'ns=0;i=33';
const rootFolder = 'ns=0;i=84';
const namespaceArray = 'ns=0;i=2255';

export async function findPlaces(
  library: Library,
  session: ClientSession,
  limits: CallLimits,
  places: readonly Place[],
): Promise<Found[]> {
  const namespaces = await readNamespaces(library, session);
  const found = places.map(({ place, path }): Found | { steps: ReturnType<typeof numberSteps> } => {
    if (path !== undefined) return { steps: numberSteps(path, namespaces) };
    const nodeId = resolveNodeText(place, namespaces);
    if (nodeId === undefined) return { status: badNodeIdUnknown };
    return isNodeId(library, nodeId) ? { nodeId } : { status: badNodeIdInvalid };
  });
  const paths = found.flatMap((one) => ('steps' in one && one.steps !== undefined ? [one.steps] : []));
  const targets = await inBatches(limits, 'translate', paths, async (batch) => {
    const results = await session.translateBrowsePath(batch.map((steps) => pathTo(library, steps)));
    return results.map((result) => targetOf(result));
  });
  return found.map((one): Found => {
    if (!('steps' in one)) return one;
    return one.steps === undefined ? { status: badNoMatch } : targets.shift()!;
  });
}

/** Not the library's: that one is asked once a session, and servers learn namespaces while they run. */
export async function readNamespaces({ AttributeIds }: Library, session: ClientSession): Promise<string[]> {
  const { value } = await session.read({ nodeId: namespaceArray, attributeId: AttributeIds.Value });
  return Array.isArray(value.value) ? value.value.map(String) : [];
}

/** One that is none is the trouble of its tags, and of no others. */
function isNodeId({ coerceNodeId }: Library, text: string): boolean {
  try {
    coerceNodeId(text);
    return true;
  } catch {
    return false;
  }
}

function pathTo({ BrowsePath, coerceNodeId }: Library, steps: NonNullable<ReturnType<typeof numberSteps>>) {
  return new BrowsePath({
    startingNode: coerceNodeId(rootFolder),
    relativePath: {
      elements: steps.map(({ namespaceIndex, name }) => ({
        referenceTypeId: coerceNodeId(hierarchical),
        isInverse: false,
        includeSubtypes: true,
        targetName: { namespaceIndex, name },
      })),
    },
  });
}

function targetOf({ statusCode, targets }: BrowsePathResult): Found {
  if (statusCode.value >>> 31 === 1) return { status: statusCode.value >>> 0 };
  // A target with path left over lies on another server.
  const ours = (targets ?? []).filter(({ remainingPathIndex }) => remainingPathIndex === 0xffffffff);
  const ids = new Set(ours.map(({ targetId }) => targetId.toString()));
  if (ids.size !== 1) return { status: ids.size === 0 ? badNoMatch : badTooManyMatches };
  const [nodeId] = ids;
  return { nodeId: nodeId! };
}
