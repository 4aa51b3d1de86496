// Words for what a key expects and for what was found instead. Pure; shows no value of a secret key.
import type { Path } from './problem.ts';
import { branchesOf, isGroup, type Shape } from './shape.ts';

/** Keys whose value is never shown, wherever it came from. A name that somebody gave is not one of them. */
export function isSecretKey(path: Path): boolean {
  const key = path.findLast((step) => typeof step === 'string');
  return key !== undefined && /^(\w*password(hash)?|passphrase|secret|token)$/i.test(String(key));
}

const typeWords: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
};

export function expectation(shape: Shape): string {
  const branches = branchesOf(shape);
  if (branches.length > 1) return [...new Set(branches.map(expectation))].join(' or ');
  if (shape.const !== undefined) return String(shape.const);
  if (shape.enum !== undefined) return `one of ${shape.enum.join(', ')}`;
  return typeWords[shape.type ?? ''] ?? 'another value';
}

/** `found` in "expected a number, found …". */
export function found(value: unknown, path: Path): string {
  if (value === null) return 'nothing';
  if (isSecretKey(path) && !isReference(value))
    return `a ${Array.isArray(value) ? 'list' : typeof value} (not shown)`;
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text "${shorten(value)}"`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (isGroup(value)) return 'keys with values';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}

function isReference(value: unknown): boolean {
  return typeof value === 'string' && /^\$\{[^}]*\}$/.test(value);
}

/** Credentials inside a URL are not shown either. */
function shorten(text: string): string {
  const plain = text.replace(/\/\/[^/\s@]*@/, '//…@').replace(/\s+/g, ' ');
  return plain.length > 60 ? `${plain.slice(0, 57)}…` : plain;
}

export function boundsOf(shape: Shape): string {
  if (shape.type === 'array') return amount(shape.minItems, shape.maxItems, 'entry', 'entries');
  if (shape.type === 'string') return amount(shape.minLength, shape.maxLength, 'character', 'characters');
  const what = shape.type === 'integer' ? 'a whole number' : 'a number';
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = shape;
  const low = minimum === undefined ? undefined : minimum;
  const lows = low ?? exclusiveMinimum;
  const above = low === undefined && exclusiveMinimum !== undefined;
  if (lows !== undefined && !above && isBound(maximum)) return `${what} from ${lows} to ${maximum}`;
  const parts = [
    lows === undefined ? '' : above ? `above ${lows}` : `of at least ${lows}`,
    isBound(maximum)
      ? `at most ${maximum}`
      : exclusiveMaximum === undefined
        ? ''
        : `below ${exclusiveMaximum}`,
  ];
  return `${what} ${parts.filter((part) => part !== '').join(' and ')}`;
}

/** JSON Schema of an integer carries the largest safe one; that is no bound a user set. */
function isBound(maximum: number | undefined): maximum is number {
  return maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
}

function amount(low: number | undefined, high: number | undefined, one: string, many: string): string {
  if (low !== undefined && low === high) return `${low} ${low === 1 ? one : many}`;
  if (low !== undefined && high !== undefined) return `${low} to ${high} ${many}`;
  if (low !== undefined) return `at least ${low} ${low === 1 ? one : many}`;
  return `at most ${high ?? 0} ${high === 1 ? one : many}`;
}
