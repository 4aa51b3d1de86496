// YAML's own complaints in words for somebody who does not know YAML's grammar. Pure.
import { type Document, type ErrorCode, isScalar, visit, type YAMLError } from 'yaml';

export interface Syntax {
  readonly offset: number;
  readonly text: string;
}

/** One slip of the indentation is two errors to the parser: of those in one place the plainer is kept. */
export function withoutEchoes(errors: readonly YAMLError[]): YAMLError[] {
  const severalLines = new Set(
    errors.filter(({ code }) => code === 'MULTILINE_IMPLICIT_KEY').map(({ pos }) => pos[0]),
  );
  return errors.filter(({ code, pos }) => code !== 'BLOCK_AS_IMPLICIT_KEY' || !severalLines.has(pos[0]));
}

/** `lineAt` gives the line of an offset, so that a repeated key can name its first place. */
export function explainSyntax(
  error: YAMLError,
  document: Document.Parsed,
  text: string,
  lineAt: (offset: number) => number,
): Syntax {
  const offset = error.pos[0];
  const deeper = error.code === 'MULTILINE_IMPLICIT_KEY' ? deeperKey(error.pos, text) : undefined;
  if (deeper !== undefined) return { offset: deeper, text: tooDeep };
  if (error.code === 'DUPLICATE_KEY') return { offset, text: explainDuplicate(offset, document, lineAt) };
  if (error.message.startsWith('Missing closing')) {
    const quote = error.message.includes('"') ? '"' : "'";
    return { offset: openQuote(offset, document), text: `the ${quote} that opens here is never closed` };
  }
  return { offset, text: explain(error) };
}

function explain({ code, message }: YAMLError): string {
  if (message.startsWith('Block scalar header')) return `a value that begins with | or > ${quoted}`;
  // What comes after a colon is text of the file, which may be a password.
  return words[code]?.(message) ?? `YAML cannot be read here: ${lowerFirst(message.replace(/: .*/s, ''))}`;
}

const quoted = 'means something else in YAML; put it in quotes';
const tooDeep =
  'this key stands deeper than the one above it, which has a value on its own line already; ' +
  'keys of one group must start in the same column';
const noValue = 'a key without ": " and a value; a key and its ":" must stand on one line';

const words: Partial<Record<ErrorCode, (message: string) => string>> = {
  TAB_AS_INDENT: () => 'a tab stands where only spaces may indent; replace it by two spaces',
  MULTIPLE_DOCS: () => 'a second document starts here ("---"); a configuration is one document',
  BAD_INDENT: explainIndent,
  MULTILINE_IMPLICIT_KEY: explainKey,
  BLOCK_AS_IMPLICIT_KEY: explainKey,
  MISSING_CHAR: (message) => (message.startsWith('Implicit') ? noValue : lowerFirst(message)),
  BAD_SCALAR_START: (message) =>
    `${message.replace('Plain value', 'a value without quotes')}; put it in quotes`,
  BAD_ALIAS: () => `a value that begins with * ${quoted}`,
  TAG_RESOLVE_FAILED: () => `a value that begins with ! ${quoted}`,
  BAD_DQ_ESCAPE: (message) =>
    `${lowerFirst(message)} in double quotes; use single quotes or write the backslash twice`,
};

function explainKey(message: string): string {
  return message.startsWith('Nested mappings')
    ? 'a second "key: value" on one line; put it on its own line, or the value in quotes'
    : noValue;
}

/** Where a key begins that the parser takes for more of the value behind the key of the line above. */
function deeperKey([start, end]: readonly [number, number], text: string): number | undefined {
  const afterKey = text.slice(text.lastIndexOf('\n', start - 1) + 1, start).trim() !== '';
  const line = text.lastIndexOf('\n', end - 1) + 1;
  if (!afterKey || line <= start) return undefined;
  return line + (/^ */.exec(text.slice(line, end))?.[0].length ?? 0);
}

function explainIndent(message: string): string {
  const bracket = /end with a ([\]}])/.exec(message)?.[1];
  return bracket === undefined
    ? 'the indentation does not fit: keys of one group must start in the same column'
    : `the closing ${bracket} is missing before this line`;
}

/** Where the text starts that runs to the end of the file. */
function openQuote(end: number, document: Document.Parsed): number {
  let start = end;
  visit(document, {
    Scalar(_key, node) {
      const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
      if (quoted && node.range && node.range[1] >= end) start = node.range[0];
    },
  });
  return start;
}

/** The parser keeps both pairs, so the first of them can be named. */
function explainDuplicate(
  offset: number,
  document: Document.Parsed,
  lineAt: (offset: number) => number,
): string {
  let text = 'a key is there twice';
  visit(document, {
    Map(_key, map) {
      const again = map.items.find(({ key }) => isScalar(key) && key.range?.[0] === offset)?.key;
      if (!isScalar(again)) return undefined;
      const first = map.items.find(({ key }) => isScalar(key) && key.value === again.value)?.key;
      const line = isScalar(first) && first.range ? lineAt(first.range[0]) : lineAt(offset);
      text = `the key "${String(again.value)}" is there twice, first on line ${line}`;
      return visit.BREAK;
    },
  });
  return text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
