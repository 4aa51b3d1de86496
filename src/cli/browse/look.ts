// Connects to a server as a source does, looks around, and leaves nothing behind. Loaded when it is needed: the
// protocol library is large.
import type { ClientSession } from 'node-opcua-client';
import { type GemCode, GemError } from '../../errors.ts';
import { findByNames, searchWords } from '../../sources/opcua/browse/by-name.ts';
import { factsOfVariables } from '../../sources/opcua/browse/variable-facts.ts';
import { newTreeNode, type TreeNode, walk } from '../../sources/opcua/browse/walk.ts';
import { parseBrowsePath } from '../../sources/opcua/items/browse-path.ts';
import { findPlaces, readNamespaces } from '../../sources/opcua/items/places.ts';
import { type Library, loadLibrary } from '../../sources/opcua/library.ts';
import { explain, type Patience, Refusal } from '../../sources/opcua/refusal.ts';
import { identityWords, readUserCertificate } from '../../sources/opcua/security/identity.ts';
import { ownCertificate } from '../../sources/opcua/security/protection.ts';
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
  let connected = false;
  try {
    const library = await loadLibrary();
    const ours = await ownCertificate(config, pkiDir);
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
    connected = true;
    return await Promise.race([explore(library, session, options, progress), broken.promise]);
  } catch (error) {
    if (error instanceof GemError) throw error;
    const { why, patience } = explain(error, { own, user: identityWords(config) });
    throw new GemError(
      codeOf(patience, connected && error instanceof Refusal),
      { url: config.url, why, stateDir },
      error,
    );
  } finally {
    process.off('SIGINT', stop);
    progress.clear();
    await close();
  }
}

/** Each has another hint: what comes right by itself is no matter of trust or login. */
function codeOf(patience: Patience, absent: boolean): GemCode {
  if (absent) return 'GEM_BROWSE_NOTHING';
  return patience === 'soon' ? 'GEM_BROWSE_UNREACHABLE' : 'GEM_BROWSE_FAILED';
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
  const root = await startNode(reached, options, namespaces);
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
async function startNode(
  reached: Reached,
  options: BrowseOptions,
  namespaces: readonly string[],
): Promise<TreeNode> {
  const { library, session, limits } = reached;
  const place = options.path ?? options.node ?? objectsFolder;
  const steps = options.path === undefined ? undefined : parseBrowsePath(options.path);
  const path = typeof steps === 'string' ? [] : steps;
  let [found] = await findPlaces(library, session, limits, [{ place, path }]);
  if (found !== undefined && !('nodeId' in found) && options.path !== undefined)
    found = { nodeId: await byNames(reached, namespaces, options.path) };
  if (found === undefined || !('nodeId' in found)) throw new Refusal(`it has no node ${place}`);
  // As the library writes it: `i=85` is `ns=0;i=85`.
  const nodeId = library.coerceNodeId(found.nodeId).toString();
  const { AttributeIds } = library;
  const [name, nodeClass] = await session.read([
    { nodeId, attributeId: AttributeIds.BrowseName },
    { nodeId, attributeId: AttributeIds.NodeClass },
  ]);
  if (name!.statusCode.value >>> 31 === 1) throw new Refusal(`it has no node ${place}`);
  const { name: text, namespaceIndex } = name!.value.value as { name: string; namespaceIndex: number };
  const kind = nodeClass!.value.value === library.NodeClass.Variable ? 'Variable' : 'Object';
  return newTreeNode(nodeId, text, namespaceIndex, kind);
}

/** The one node that has these names, in whichever namespaces. */
async function byNames(reached: Reached, namespaces: readonly string[], path: string): Promise<string> {
  const search = await findByNames(reached, namespaces, path);
  const [first, second] = search.found;
  if (first !== undefined && second === undefined) return first.nodeId;
  throw new Refusal(searchWords(search, path, namespaces));
}

/** Each once, in the order of the tree. */
function variablesOf(root: TreeNode): TreeNode[] {
  const own = root.nodeClass === 'Variable' && root.left !== 'again' ? [root] : [];
  return [...own, ...root.children.flatMap(variablesOf)];
}
