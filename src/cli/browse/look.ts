// Connects to a server as a source does, looks around, and leaves nothing behind. Loaded when it is needed: the
// protocol library is large.
import type { ClientSession } from 'node-opcua-client';
import { GemError } from '../../errors.ts';
import { factsOfVariables } from '../../sources/opcua/browse/variable-facts.ts';
import { newTreeNode, type TreeNode, walk } from '../../sources/opcua/browse/walk.ts';
import { parseBrowsePath } from '../../sources/opcua/items/browse-path.ts';
import { findPlaces, readNamespaces } from '../../sources/opcua/items/places.ts';
import { type Library, loadLibrary } from '../../sources/opcua/library.ts';
import { explain } from '../../sources/opcua/refusal.ts';
import { identityWords, readUserCertificate } from '../../sources/opcua/security/identity.ts';
import { configuredCertificate, ensureOwnCertificate } from '../../sources/opcua/security/own-certificate.ts';
import { openConnection } from '../../sources/opcua/session/connection.ts';
import { type CallLimits, readLimits } from '../../sources/opcua/session/limits.ts';
import { type BrowsedNode, browsedTree } from './node.ts';
import type { Progress } from './progress.ts';
import type { BrowseOptions, BrowseTarget } from './target.ts';

const objectsFolder = 'i=85';

export interface Found {
  readonly root: BrowsedNode;
  /** Nodes looked at. */
  readonly seen: number;
}

interface Reached {
  readonly library: Library;
  readonly session: ClientSession;
  readonly limits: CallLimits;
}

export async function look(target: BrowseTarget, options: BrowseOptions, progress: Progress): Promise<Found> {
  const { config, pkiDir, stateDir } = target;
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  const stop = () => broken.reject(new Error('stopped'));
  process.once('SIGINT', stop);
  let close = async (): Promise<unknown> => undefined;
  let own = '';
  try {
    const library = await loadLibrary();
    const ours = await certificateOf(target);
    own = ours.file;
    const connection = openConnection(
      { library, config, pkiDir, own: ours, user: await readUserCertificate(config), leftBehind: undefined },
      {
        onHeard: () => {},
        onServerTime: () => {},
        onLost: (why) => broken.reject(new Error(why)),
        onRemark: (text) => progress.note(text),
      },
    );
    close = () => connection.close(false);
    connection.session.catch(() => {});
    const session = await Promise.race([connection.session, broken.promise]);
    return await Promise.race([explore(library, session, options, progress), broken.promise]);
  } catch (error) {
    if (error instanceof GemError) throw error;
    const { why } = explain(error, { own, user: identityWords(config) });
    throw new GemError('GEM_BROWSE_FAILED', { url: config.url, why, stateDir }, error);
  } finally {
    process.off('SIGINT', stop);
    progress.clear();
    await close();
  }
}

function certificateOf({ config, pkiDir }: BrowseTarget) {
  const { certificate, key } = config.security;
  return certificate !== undefined && key !== undefined
    ? configuredCertificate({ certificate, key })
    : ensureOwnCertificate(loadLibrary, pkiDir, Date.now());
}

async function explore(
  library: Library,
  session: ClientSession,
  options: BrowseOptions,
  progress: Progress,
): Promise<Found> {
  const limits = await readLimits(library, session);
  const namespaces = await readNamespaces(library, session);
  const reached = { library, session, limits };
  const root = await startNode(reached, options);
  const seen = await walk(library, session, limits, root, {
    depth: options.depth,
    nodesMax: options.max,
    onProgress: (nodes, level) => progress.say(`browsing: ${nodes} nodes, level ${level}`),
  });
  const variables = variablesOf(root);
  const facts = await factsOfVariables(reached, variables, (done) =>
    progress.say(`reading: ${done} of ${variables.length} values`),
  );
  const byId = new Map(variables.map(({ nodeId }, i) => [nodeId, facts[i]!]));
  return { root: browsedTree(root, byId, namespaces), seen };
}

/** The node the words of the call mean, with its own name and class. */
async function startNode({ library, session, limits }: Reached, options: BrowseOptions): Promise<TreeNode> {
  const place = options.path ?? options.node ?? objectsFolder;
  const path = options.path === undefined ? undefined : parseBrowsePath(options.path);
  const [found] = await findPlaces(library, session, limits, [
    { place, path: typeof path === 'string' ? [] : path },
  ]);
  if (found === undefined || !('nodeId' in found)) throw new Error(`it has no node ${place}`);
  // As the library writes it: `i=85` is `ns=0;i=85`.
  const nodeId = library.coerceNodeId(found.nodeId).toString();
  const { AttributeIds } = library;
  const [name, nodeClass] = await session.read([
    { nodeId, attributeId: AttributeIds.BrowseName },
    { nodeId, attributeId: AttributeIds.NodeClass },
  ]);
  if (name!.statusCode.value >>> 31 === 1) throw new Error(`it has no node ${place}`);
  const { name: text, namespaceIndex } = name!.value.value as { name: string; namespaceIndex: number };
  const kind = nodeClass!.value.value === library.NodeClass.Variable ? 'Variable' : 'Object';
  return newTreeNode(nodeId, text, namespaceIndex, kind);
}

/** Each once, in the order of the tree. */
function variablesOf(root: TreeNode): TreeNode[] {
  const own = root.nodeClass === 'Variable' && root.left !== 'again' ? [root] : [];
  return [...own, ...root.children.flatMap(variablesOf)];
}
