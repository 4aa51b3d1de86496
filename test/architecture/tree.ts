// A source tree as text, parsed once per file, so that every rule is a pure function of it.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** Path from the repository root ("src/core/twin.ts") to source text. */
export type Tree = ReadonlyMap<string, string>;

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly program: Node;
}

export function treeOf(files: Record<string, string>): Tree {
  return new Map(Object.entries(files));
}

/** All TypeScript of some folders and files of the repository. */
export function readTree(root: string, places: readonly string[]): Tree {
  const tree = new Map<string, string>();
  for (const place of places) {
    const entries = readdirSync(join(root, place), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      const path = join(entry.parentPath, entry.name);
      tree.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
    }
  }
  return tree;
}

export function within(tree: Tree, folder: string): Tree {
  return new Map([...tree].filter(([path]) => path.startsWith(`${folder}/`)));
}

const parsed = new Map<string, { text: string; file: SourceFile }>();

export function parse(path: string, text: string): SourceFile {
  const known = parsed.get(path);
  if (known?.text === text) return known.file;
  const program = parseAst(text, { lang: 'ts', sourceType: 'module' }, path) as unknown as Node;
  const file = { path, text, program };
  parsed.set(path, { text, file });
  return file;
}

export function parseAll(tree: Tree): SourceFile[] {
  return [...tree].map(([path, text]) => parse(path, text));
}

export function at(file: SourceFile, node: Node, text: string): Violation {
  return { path: file.path, line: lineOf(file, node.start), text };
}

export function lineOf(file: SourceFile, offset: number): number {
  return file.text.slice(0, offset).split('\n').length;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** Visits a node and all below it; a visitor that returns false keeps out of the node's children. */
export function walk(node: Node, visit: (node: Node, parent: Node | undefined) => boolean | undefined): void {
  const into = (one: Node, parent: Node | undefined): void => {
    if (visit(one, parent) === false) return;
    for (const value of Object.values(one)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) into(child, one);
    }
  };
  into(node, undefined);
}

export function show(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line, text }) => `${path}:${line} ${text}`);
}
