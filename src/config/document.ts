// YAML text to a plain value, and from a path in it back to line and column. Reads no files.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { didYouMean } from '../formats/edit-distance.ts';
import type { Path, Position } from './problem.ts';
import { explainSyntax, withoutEchoes } from './syntax.ts';

export interface SyntaxProblem extends Position {
  readonly text: string;
}

export interface ConfigDocument {
  /** Undefined when the text could not be read as one mapping. */
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly problems: readonly SyntaxProblem[];
  /** The key, or the value behind it; where the path ends early, the last key that is there. */
  locate(path: Path, which: 'key' | 'value'): Position;
}

const textLimit = 1_048_576;
const aliasLimit = 100;

export function readDocument(input: string): ConfigDocument {
  const text = input.replace(/^\uFEFF/, '');
  if (text.length > textLimit) return failed('the file is larger than 1 MiB; that is not a configuration');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    strict: true,
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: SyntaxProblem[] = withoutEchoes([...document.errors, ...document.warnings]).map((error) => {
    const { offset, text: what } = explainSyntax(error, document, text, (place) => at(place).line);
    return { ...at(offset), text: what };
  });
  const locate = (path: Path, which: 'key' | 'value'): Position => at(offsetOf(document, path, which));
  const readable = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  if (!readable) return { value: undefined, problems, locate };
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return failed('the file is empty; a configuration starts with "version: 1"');
  }
  if (!isMap(document.contents)) {
    const place = at(document.contents.range?.[0] ?? 0);
    const found = isSeq(document.contents) ? 'a list' : 'a single value';
    const wanted = 'expected keys with values, such as "version: 1"';
    return { value: undefined, problems: [{ ...place, text: `${wanted}, found ${found}` }], locate };
  }
  problems.push(...keyProblems(document).map(({ offset, text }) => ({ ...at(offset), text })));
  const aliases = aliasProblems(document);
  problems.push(...aliases.map(({ offset, text }) => ({ ...at(offset), text })));
  if (aliases.length > 0) return { value: undefined, problems, locate };
  return { value: plainValue(document), problems, locate };
}

function failed(text: string): ConfigDocument {
  const start = { line: 1, column: 1 };
  return { value: undefined, problems: [{ ...start, text }], locate: () => start };
}

interface Offset {
  readonly offset: number;
  readonly text: string;
}

/** Only after aliasProblems found none: this is where aliases are expanded. */
function plainValue(document: Document.Parsed): Record<string, unknown> {
  return document.toJS({ maxAliasCount: aliasLimit }) as Record<string, unknown>;
}

/** Anchors and aliases are welcome in the small; a bomb of them is not. */
function aliasProblems(document: Document.Parsed): Offset[] {
  const anchors = new Set<string>();
  const found: Offset[] = [];
  let count = 0;
  let last = 0;
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) {
        count += 1;
        last = node.range?.[0] ?? 0;
        if (!anchors.has(node.source)) {
          const hint = didYouMean(node.source, anchors);
          found.push({
            offset: last,
            // Not its name: what was meant as a password may begin with *.
            text: `a value that begins with * is an alias, and no anchor of its name stands before it${hint}; put text in quotes`,
          });
        }
      } else if (node.anchor !== undefined) anchors.add(node.anchor);
      return undefined;
    },
  });
  if (found.length > 0) return found;
  const bomb = `the aliases expand to more than ${aliasLimit} copies; write the values out`;
  if (count > aliasLimit) return [{ offset: last, text: bomb }];
  try {
    plainValue(document);
    return [];
  } catch (error) {
    const excessive = error instanceof ReferenceError && error.message.startsWith('Excessive');
    const text = excessive ? bomb : `the alias cannot be used here: ${(error as Error).message}`;
    return [{ offset: last, text }];
  }
}

/** Keys that a JavaScript program could trip over, or that no configuration has. */
function keyProblems(document: Document.Parsed): Offset[] {
  const found: Offset[] = [];
  visit(document, {
    Pair(_index, pair) {
      const key = pair.key;
      const offset = (key as Node | null)?.range?.[0] ?? 0;
      if (!isScalar(key)) found.push({ offset, text: 'a key must be a word, not a list or a group of keys' });
      else if (key.value === '__proto__') found.push({ offset, text: 'the key "__proto__" is not allowed' });
      return undefined;
    },
  });
  return found;
}

function offsetOf(document: Document.Parsed, path: Path, which: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const found = childOf(document, node, step);
    if (found === undefined) return offset;
    const last = depth === path.length - 1;
    const value = found.value?.range;
    const filled = value !== undefined && value !== null && value[1] > value[0];
    offset = last && which === 'value' && filled ? value[0] : (found.keyOffset ?? value?.[0] ?? offset);
    node = found.value;
  }
  return offset;
}

interface Child {
  readonly keyOffset: number | undefined;
  readonly value: Node | null;
}

function childOf(document: Document.Parsed, parent: unknown, step: string | number): Child | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item = node.items[Number(step)] as Node | undefined;
    return item === undefined ? undefined : { keyOffset: item.range?.[0], value: item };
  }
  if (!isMap(node)) return undefined;
  for (const { key, value } of node.items) {
    if (!isScalar(key) || String(key.value) !== String(step)) continue;
    return { keyOffset: key.range?.[0], value: value as Node | null };
  }
  const merged = node.items.find(({ key }) => isScalar(key) && typeof key.value === 'symbol');
  return merged === undefined ? undefined : childOf(document, merged.value, step);
}
