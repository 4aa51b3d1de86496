// Rule 1, purity: core/ reads no clock, rolls no dice, waits for nothing and keeps nothing between calls.
import { at, type Node, parseAll, type SourceFile, type Tree, type Violation, walk, within } from './tree.ts';

const forbidden = new Set([
  'Date',
  'Promise',
  'Intl',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'queueMicrotask',
  'performance',
  'process',
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'require',
  'eval',
  'WeakRef',
  'FinalizationRegistry',
  'Atomics',
]);

export function checkPurity(tree: Tree): Violation[] {
  return parseAll(within(tree, 'src/core')).flatMap((file) => [...impurities(file), ...moduleState(file)]);
}

function impurities(file: SourceFile): Violation[] {
  const found: Violation[] = [];
  walk(file.program, (node, parent) => {
    const what = impurity(node, parent);
    if (what !== undefined) found.push(at(file, node, `core uses ${what}`));
    return undefined;
  });
  return found;
}

function impurity(node: Node, parent: Node | undefined): string | undefined {
  if (node['async'] === true) return 'an async function';
  if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node['await'] === true))
    return 'await';
  if (node.type === 'MetaProperty') return 'import.meta';
  if (node.type !== 'Identifier' || isOnlyName(node, parent)) return undefined;
  const name = String(node['name']);
  if (forbidden.has(name)) return name;
  return name === 'Math' ? mathUse(node, parent) : undefined;
}

/** Math.sin is fine; Math.random is not, and neither is Math taken apart where nobody can see it. */
function mathUse(node: Node, parent: Node | undefined): string | undefined {
  const plain =
    parent?.type === 'MemberExpression' && parent['object'] === node && parent['computed'] !== true;
  if (!plain) return 'Math other than by a plain Math.name';
  return (parent['property'] as Node)['name'] === 'random' ? 'Math.random' : undefined;
}

/** `x.process`, `{ process: 1 }` and `process: number` name a member, not the global. */
function isOnlyName(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined || parent['computed'] === true) return false;
  if (parent.type === 'MemberExpression') return parent['property'] === node;
  return parent['key'] === node;
}

function moduleState(file: SourceFile): Violation[] {
  return (file.program['body'] as Node[])
    .map((statement) => (statement['declaration'] as Node | null | undefined) ?? statement)
    .filter((node) => node.type === 'VariableDeclaration' && node['kind'] !== 'const')
    .map((node) => at(file, node, 'core keeps state between calls in a module variable'));
}
