// The form of a snapshot: what stands for each kind of value, and which parts of a core are constant. Both who writes
// and who reads go by it, and neither knows a single field of a twin or of a filter.
import { hashNumber, hashText, newHash } from './hash.ts';

/** Another order of marks, or another meaning: another number. */
export const snapshotForm = 1;
/** 'GMLC' */
export const snapshotMagic = 0x474d4c43;

export const Mark = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  text: 5,
  columns: 6,
  list: 7,
  object: 8,
  map: 9,
  /** One that was there before: the number of it follows. */
  again: 10,
  /** A digest of it: whoever reads must have the same. */
  constant: 11,
  /** Nothing of it is state. */
  function: 12,
} as const;

/** Which tag feeds which track: made anew as sources name their tags, and another in each run. */
export const wiring: ReadonlySet<string> = new Set(['byTag']);

/**
 * What setup and model say, and no step changes. It is compared and not copied: a number of this name that did change
 * would be a refusal. Objects are looked at once, for it takes time; tests see to it that none of them ever changes.
 */
const constantObjects: ReadonlySet<string> = new Set([
  ...['machine', 'model', 'policy', 'lagTicks', 'required', 'observed', 'seenBy'],
  ...['group', 'groups', 'program', 'operands', 'hidden'],
  ...['conditions', 'settings', 'kinship', 'plan', 'origins'],
]);
const constantValues: ReadonlySet<string> = new Set([
  ...[
    'startMs',
    'periodMs',
    'gapMaxS',
    'changeMax',
    'marginMin',
    'auto',
    'period',
    'from',
    'scale',
    'offset',
  ],
  ...['statistic', 'windowMs', 'samplesMax', 'row'],
]);

export function isConstant(key: string, value: unknown): boolean {
  return (typeof value === 'object' && value !== null ? constantObjects : constantValues).has(key);
}

export const columnKinds = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
  BigInt64Array,
  BigUint64Array,
] as const;
export type Columns = InstanceType<(typeof columnKinds)[number]>;

/** Index into `columnKinds`, -1 for what is none. */
export function columnKind(value: object): number {
  return columnKinds.findIndex((kind) => value instanceof kind);
}

export function bytesOf({ buffer, byteOffset, byteLength }: Columns): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const digests = new WeakMap<object, string>();

/** Equal for equal content, whoever made it; functions, and fields that say nothing, do not count. */
export function digestOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return digest(value);
  const known = digests.get(value) ?? digest(value);
  digests.set(value, known);
  return known;
}

/** The scratch of a program is no part of what it is. */
const scratch = 'stack';

function digest(value: unknown): string {
  const hash = newHash();
  const text = (words: string) => {
    hashNumber(hash, words.length);
    for (let i = 0; i < words.length; i++) hashNumber(hash, words.charCodeAt(i));
  };
  const walk = (one: unknown): void => {
    if (typeof one === 'number') hashNumber(hash, one);
    else if (typeof one !== 'object' || one === null) text(typeof one === 'function' ? '' : String(one));
    else {
      const entries = Object.entries(one).filter(([key, each]) => key !== scratch && each !== undefined);
      text(`${Array.isArray(one) ? 'list' : columnKind(one)} ${entries.length}`);
      for (const [key, each] of entries) {
        text(key);
        walk(each);
      }
    }
  };
  walk(value);
  return hashText(hash);
}
