// Finds a node by the names that a tree shows, in whichever namespaces they are. Says what there is where a name
// leads nowhere, and chooses nothing where names lead to several nodes.
import type { ClientSession } from 'node-opcua-client';
import { didYouMean } from '../../../formats/edit-distance.ts';
import type { Library } from '../library.ts';
import type { CallLimits } from '../session/limits.ts';
import { clean } from './clean.ts';
import { stableId } from './stable-id.ts';
import { newTreeNode, type TreeNode, walk } from './walk.ts';

export interface NamedNode {
  readonly nodeId: string;
  /** With the namespace of each name: `/0:Objects/2:Machine`. */
  readonly path: string;
}

export interface NameSearch {
  readonly found: readonly NamedNode[];
  /** Where the names end to be known: the way there, what was looked for, and what there is. */
  readonly reached: string;
  readonly missing: string;
  readonly names: readonly string[];
}

export interface Asking {
  readonly library: Library;
  readonly session: ClientSession;
  readonly limits: CallLimits;
}

interface Step {
  readonly node: TreeNode;
  /** What of the text is still to be found. */
  readonly rest: string;
  readonly path: string;
}

/** Names that are the same in many places are followed so far. */
const stepsMax = 200;
const childrenMax = 20_000;
const rootFolder = 'ns=0;i=84';
const namesShown = 12;
const nearShown = 3;

/** `text` begins with a slash. A name may have its namespace, as a number or by name. */
export async function findByNames(
  asking: Asking,
  namespaces: readonly string[],
  text: string,
): Promise<NameSearch> {
  const found = new Map<string, NamedNode>();
  let steps: Step[] = [{ node: newTreeNode(rootFolder, '', 0, 'Object'), rest: text.slice(1), path: '' }];
  let last = steps;
  while (steps.length > 0) {
    last = steps;
    const next = new Map<string, Step>();
    for (const step of steps) {
      await look(asking, step.node);
      for (const child of step.node.children) {
        for (const one of stepsTo(child, step, namespaces)) {
          const { nodeId } = one.node;
          if (one.rest !== '') next.set(`${nodeId} ${one.rest}`, one);
          else if (!found.has(nodeId)) found.set(nodeId, { nodeId, path: one.path });
        }
      }
    }
    steps = [...next.values()].slice(0, stepsMax);
  }
  const [{ path, rest }] = last as [Step];
  const names = new Set(last.flatMap(({ node }) => node.children.map(({ name }) => clean(name))));
  return { found: [...found.values()], reached: path, missing: rest, names: [...names] };
}

function look({ library, session, limits }: Asking, node: TreeNode): Promise<number> {
  return walk(library, session, limits, node, { depth: 1, nodesMax: childrenMax, onProgress: () => {} });
}

/** Where the text goes on below this child; a name may have a slash in it, so there may be several ways. */
function stepsTo(child: TreeNode, { rest, path }: Step, namespaces: readonly string[]): Step[] {
  const { name, namespace } = child;
  const to = `${path}/${namespace}:${escaped(name)}`;
  const heads = new Set(
    ['', `${namespace}:`, `nsu=${namespaces[namespace] ?? ''};`].flatMap((head) =>
      [name, clean(name), escaped(name)].map((spelled) => `${head}${spelled}`),
    ),
  );
  const [first = ''] = rest.split('/', 1);
  if (isCut(first, clean(name))) heads.add(first);
  return [...heads].flatMap((head): Step[] => {
    if (head === '' || !rest.startsWith(head)) return [];
    if (rest.length === head.length) return [{ node: child, rest: '', path: to }];
    return rest[head.length] === '/' ? [{ node: child, rest: rest.slice(head.length + 1), path: to }] : [];
  });
}

/** `&` before what has a meaning in a path. */
function escaped(name: string): string {
  return name.replace(/[/&]/g, '&$&');
}

/** A tree shortens long names in the middle. */
function isCut(shown: string, name: string): boolean {
  const [head = '', tail, more] = shown.split('…');
  if (tail === undefined || more !== undefined || shown.length < 3) return false;
  return name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
}

/** Why a search has not led to one node, in words. */
export function searchWords(
  { found, reached, missing, names }: NameSearch,
  text: string,
  namespaces: readonly string[],
): string {
  if (found.length === 0) {
    const [word = ''] = missing.split('/', 1);
    const there = names.slice(0, namesShown).join(', ') + (names.length > namesShown ? ', …' : '');
    const hint = didYouMean(word, names, nearShown) || `; there is ${there || 'nothing'}`;
    return `it has no node ${clean(text)}: below ${clean(reached) || '/'} nothing is called "${clean(word)}"${hint}`;
  }
  const all = found
    .slice(0, namesShown)
    .map(({ path, nodeId }) => `${clean(path)} (${clean(stableId(nodeId, namespaces))})`);
  const more = found.length > namesShown ? `, and ${found.length - namesShown} more` : '';
  return `${clean(text)} is ${found.length} nodes: ${all.join(', ')}${more}`;
}

/** The path of a found node as a configuration keeps it: with namespaces by name, where they change. */
export function lastingPath({ path }: NamedNode, namespaces: readonly string[]): string {
  let before = '0';
  return path.replace(/(?<!&)\/(\d+):/g, (_whole, number: string) => {
    const uri = namespaces[Number(number)] ?? '';
    const named = number === '0' || uri === '' || uri.includes(';') ? `${number}:` : `nsu=${uri};`;
    const head = number === before ? '' : named;
    before = number;
    return `/${head}`;
  });
}
