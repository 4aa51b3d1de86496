// Rule 3: runtime/ names no protocol, neither in an import nor in an identifier nor in a string.
import { at, type Node, parseAll, type Tree, type Violation, walk, within } from './tree.ts';

const protocol = /mqtt|aedes|opc[_-]?ua|serial-?port|prometheus|prom-?client|modbus|sparkplug/i;

export function checkProtocols(tree: Tree): Violation[] {
  return parseAll(within(tree, 'src/runtime')).flatMap((file) => {
    const found: Violation[] = [];
    walk(file.program, (node) => {
      const text = wordsOf(node);
      if (protocol.test(text)) found.push(at(file, node, `runtime names a protocol: ${text}`));
      return undefined;
    });
    return found;
  });
}

function wordsOf({ name, value }: Node): string {
  if (typeof name === 'string') return name;
  if (typeof value === 'string') return value;
  return String((value as { raw?: string } | null | undefined)?.raw ?? '');
}
