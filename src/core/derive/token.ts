// The words of an expression: numbers, names and signs, with the column each begins at.

export interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  /** Of a number; of the others 0. */
  readonly value: number;
  /** A name in brackets: never a function or a constant. */
  readonly quoted: boolean;
  /** Counts from 1. */
  readonly column: number;
}

const patterns = {
  space: /\s*/y,
  number: /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y,
  name: /[A-Za-z_]\w*(?:\.\w+)*/y,
  quoted: /\[([^[\]]+)\]/y,
  sign: /<=|>=|==|!=|[-+*/^<>?:(),]/y,
} as const;

/** Ends with a token of kind `end`. `failure` makes what is thrown. */
export function tokenize(text: string, failure: (column: number, what: string) => Error): Token[] {
  const tokens: Token[] = [];
  let at = match('space', text, 0)?.[0].length ?? 0;
  while (at < text.length) {
    const token = next(text, at);
    if (token === undefined) throw failure(at + 1, unreadable(text, at));
    tokens.push(token);
    at += token.quoted ? token.text.length + 2 : token.text.length;
    at += match('space', text, at)?.[0].length ?? 0;
  }
  tokens.push({ kind: 'end', text: '', value: 0, quoted: false, column: text.length + 1 });
  return tokens;
}

function next(text: string, at: number): Token | undefined {
  const column = at + 1;
  const number = match('number', text, at)?.[0];
  if (number !== undefined)
    return { kind: 'number', text: number, value: Number(number), quoted: false, column };
  const name = match('name', text, at)?.[0];
  if (name !== undefined) return { kind: 'name', text: name, value: 0, quoted: false, column };
  const quoted = match('quoted', text, at)?.[1];
  if (quoted !== undefined) return { kind: 'name', text: quoted, value: 0, quoted: true, column };
  const sign = match('sign', text, at)?.[0];
  return sign === undefined ? undefined : { kind: 'sign', text: sign, value: 0, quoted: false, column };
}

function match(kind: keyof typeof patterns, text: string, at: number): RegExpExecArray | null {
  const pattern = patterns[kind];
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unreadable(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === '[') return 'expected a name and "]" after "["';
  if (character === '=') return 'expected "==" to compare, found "="';
  return `expected a number, a name or an operator, found "${character}"`;
}
