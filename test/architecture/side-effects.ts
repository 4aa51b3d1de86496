// Rule 5: importing a file does nothing: no timer, no listener, no I/O, no registration.
import { at, type Node, parseAll, type SourceFile, type Tree, type Violation, walk } from './tree.ts';

// Started, not imported: the program, and a thread beside it.
const entries: ReadonlySet<string> = new Set([
  'src/main.ts',
  'src/source-thread.ts',
  'src/history-reader-thread.ts',
  'src/history-writer-thread.ts',
]);
const declarations = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ExportNamedDeclaration',
  'FunctionDeclaration',
  'ClassDeclaration',
  'VariableDeclaration',
  'TSTypeAliasDeclaration',
  'TSInterfaceDeclaration',
  // Types of a library that has none.
  'TSModuleDeclaration',
]);
const acting = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'console',
  'process',
]);
const harmlessModules = new Set(['node:path', 'node:url', 'node:util', 'node:os', 'node:crypto']);

export function checkSideEffects(tree: Tree): Violation[] {
  return parseAll(tree)
    .filter(({ path }) => !entries.has(path))
    .flatMap((file) => (file.program['body'] as Node[]).flatMap((statement) => judge(file, statement)));
}

function judge(file: SourceFile, statement: Node): Violation[] {
  const { type } = statement;
  if (type === 'ImportDeclaration' && isBare(file, statement)) {
    return [at(file, statement, 'imports for the side effect')];
  }
  if (!declarations.has(type)) return [at(file, statement, `acts when it is imported (${type})`)];
  return actionsIn(file, statement);
}

function isBare(file: SourceFile, statement: Node): boolean {
  const none = (statement['specifiers'] as Node[]).length === 0;
  return none && !file.text.slice(statement.start, statement.end).includes('{');
}

/** Calls that run at import time and reach outside: timers, the process, and node modules that do I/O. */
function actionsIn(file: SourceFile, statement: Node): Violation[] {
  const found: Violation[] = [];
  const reaching = new Set([...acting, ...namesFromNode(file)]);
  walk(statement, (node) => {
    if (/Function/.test(node.type)) return false;
    if (node.type === 'AwaitExpression') found.push(at(file, node, 'waits when it is imported'));
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      const name = rootName(node['callee'] as Node);
      if (reaching.has(name)) found.push(at(file, node, `calls ${name} when it is imported`));
    }
    return undefined;
  });
  return found;
}

function rootName(callee: Node): string {
  return callee.type === 'MemberExpression' ? rootName(callee['object'] as Node) : String(callee['name']);
}

function namesFromNode(file: SourceFile): string[] {
  return (file.program['body'] as Node[])
    .filter((node) => node.type === 'ImportDeclaration')
    .filter((node) => {
      const source = String((node['source'] as Node)['value']);
      return source.startsWith('node:') && !harmlessModules.has(source);
    })
    .flatMap((node) => (node['specifiers'] as Node[]).map((one) => String((one['local'] as Node)['name'])));
}
