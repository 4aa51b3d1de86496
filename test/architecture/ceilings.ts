// Ceilings: a function fits two screens, a file is read in one sitting. There is no list of exceptions.
import { at, lineOf, type Node, parseAll, type SourceFile, type Tree, type Violation, walk } from './tree.ts';

export const functionLinesMax = 70;
export const sourceLinesMax = 300;
export const testLinesMax = 350;

export function checkCeilings(tree: Tree): Violation[] {
  return parseAll(tree).flatMap((file) => [...longFile(file), ...longFunctions(file)]);
}

function longFile(file: SourceFile): Violation[] {
  const lines = file.text.trimEnd().split('\n').length;
  const ceiling = file.path.startsWith('test/') ? testLinesMax : sourceLinesMax;
  return lines > ceiling
    ? [{ path: file.path, line: 1, text: `has ${lines} lines, more than ${ceiling}` }]
    : [];
}

function longFunctions(file: SourceFile): Violation[] {
  const found: Violation[] = [];
  walk(file.program, (node, parent) => {
    const isFunction = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
    if (!isFunction || isSuite(parent) || isChapter(node)) return undefined;
    const lines = lineOf(file, node.end) - lineOf(file, node.start) + 1;
    if (lines > functionLinesMax) {
      found.push(at(file, node, `has a function of ${lines} lines, more than ${functionLinesMax}`));
    }
    return undefined;
  });
  return found;
}

/** A contract suite: a function that holds one `describe` and nothing else. */
function isChapter(node: Node): boolean {
  const statements = (node['body'] as Node)['body'] as Node[] | undefined;
  return statements?.length === 1 && isSuite(statements[0]!['expression'] as Node | undefined);
}

/** `describe(name, () => …)` is a chapter, not a function. */
function isSuite(call: Node | undefined): boolean {
  if (call?.type !== 'CallExpression') return false;
  let callee = call['callee'] as Node;
  while (callee.type === 'MemberExpression' || callee.type === 'CallExpression') {
    callee = (callee['object'] ?? callee['callee']) as Node;
  }
  return callee['name'] === 'describe';
}
