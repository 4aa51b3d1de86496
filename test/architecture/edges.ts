// Who imports what: static imports, re-exports, dynamic imports, type imports and worker files.
import { posix } from 'node:path';
import { isNode, type Node, parseAll, type SourceFile, type Tree, walk } from './tree.ts';

export interface Edge {
  readonly file: SourceFile;
  readonly node: Node;
  /** A path from the root ("src/ports.ts"), "node:fs", or a package name. */
  readonly target: string;
  readonly kind: 'file' | 'node' | 'package' | 'computed';
}

export function edgesOf(tree: Tree): Edge[] {
  return parseAll(tree).flatMap(edgesOfFile);
}

function edgesOfFile(file: SourceFile): Edge[] {
  const edges: Edge[] = [];
  walk(file.program, (node) => {
    const source = sourceOf(node);
    if (source !== undefined) edges.push(edge(file, node, source));
    return undefined;
  });
  return edges;
}

const withSource = ['ImportDeclaration', 'ExportAllDeclaration', 'ExportNamedDeclaration', 'TSImportType'];

function sourceOf(node: Node): Node | undefined {
  const { type, source } = node;
  if ((withSource.includes(type) || type === 'ImportExpression') && isNode(source)) return source;
  // new URL('./writer.ts', import.meta.url): how a worker is named.
  const [first, second] = (node['arguments'] ?? []) as Node[];
  const isUrl = type === 'NewExpression' && (node['callee'] as Node)['name'] === 'URL';
  const besideUs = second?.type === 'MemberExpression' && (second['object'] as Node).type === 'MetaProperty';
  return isUrl && besideUs && String(first?.['value']).endsWith('.ts') ? first : undefined;
}

function edge(file: SourceFile, node: Node, source: Node): Edge {
  const specifier = source['value'];
  if (typeof specifier !== 'string') return { file, node, target: '(computed)', kind: 'computed' };
  if (specifier.startsWith('node:')) return { file, node, target: specifier, kind: 'node' };
  if (specifier.startsWith('.')) {
    return { file, node, target: posix.join(posix.dirname(file.path), specifier), kind: 'file' };
  }
  return { file, node, target: packageOf(specifier), kind: 'package' };
}

function packageOf(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}
