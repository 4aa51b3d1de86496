// Rule 5: no cycles, not even of types: two files that need each other are one, or hide a third.
import { edgesOf } from './edges.ts';
import type { Tree, Violation } from './tree.ts';

export function checkCycles(tree: Tree): Violation[] {
  const targets = new Map<string, string[]>([...tree.keys()].map((path) => [path, []]));
  for (const { file, target, kind } of edgesOf(tree)) {
    if (kind === 'file' && tree.has(target)) targets.get(file.path)!.push(target);
  }
  const violations: Violation[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      violations.push({ path, line: 1, text: `cycle: ${[...trail.slice(start), path].join(' -> ')}` });
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const target of targets.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of tree.keys()) visit(path);
  return violations;
}
