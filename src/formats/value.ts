// One raw JSON value to a number and a quality, by what the configuration says of its field.
// Never a guess: what does not fit is refused with a reason, and nothing bad becomes a zero.
import { Quality } from '../core/quality.ts';
import type { RejectReason, ValueKind } from '../core/sample.ts';

/** What the configuration says of a value. */
export interface ValueRule {
  readonly kind: ValueKind;
  /** Words and their numbers, for kind enum. */
  readonly words: ReadonlyMap<string, number> | undefined;
  readonly coerce: boolean;
  /** The value is an array, of which one element is taken. */
  readonly inArray: boolean;
  readonly index: number;
  /** Expected length of that array, or of the column in statistics. */
  readonly length: number | undefined;
}

/** Written by `readValue`; one object reused for all, so that a sample costs no allocation. */
export interface Reading {
  value: number;
  quality: number;
  /** All the digits, of kind int64 or uint64. */
  exact: bigint | undefined;
  coerced: boolean;
  reject: RejectReason | undefined;
}

export function newReading(): Reading {
  return { value: Number.NaN, quality: Quality.good, exact: undefined, coerced: false, reject: undefined };
}

const nonFinite = new Set([
  'NaN',
  'nan',
  '-NaN',
  'Infinity',
  '+Infinity',
  '-Infinity',
  'inf',
  '+inf',
  '-inf',
]);
const numberPattern = /^\s*([+-]?(?:\d{1,40}(?:[.,]\d{0,40})?|[.,]\d{1,40})(?:[eE][+-]?\d{1,4})?)\s*$/;
const integerPattern = /^-?\d{1,40}$/;
const yes = new Set(['true', 'True', 'TRUE', 'on', 'On', 'ON', 'yes', 'Yes', 'YES', '1']);
const no = new Set(['false', 'False', 'FALSE', 'off', 'Off', 'OFF', 'no', 'No', 'NO', '0']);

/** Scale and offset are not applied here: they come after the unit. */
export function readValue(field: ValueRule, raw: unknown, out: Reading): void {
  out.exact = undefined;
  out.coerced = false;
  out.reject = undefined;
  out.quality = Quality.good;
  out.value = Number.NaN;
  const item = field.inArray ? element(field, raw, out) : raw;
  if (out.reject !== undefined || out.quality !== Quality.good) return;
  if (item === null || item === Number.POSITIVE_INFINITY || item === Number.NEGATIVE_INFINITY) {
    out.quality = Quality.badOutOfRange;
  } else if (field.kind === 'number') readNumber(field, item, out);
  else if (field.kind === 'boolean') readBoolean(field, item, out);
  else if (field.kind === 'enum') readWord(field, item, out);
  else readInteger(field, item, out);
}

/** A decimal number as people and machines write it, comma included; NaN when it is none. */
export function parseNumber(text: string): number {
  const found = numberPattern.exec(text);
  return found === null ? Number.NaN : Number(found[1]!.replace(',', '.'));
}

export function isNonFiniteWord(text: string): boolean {
  return nonFinite.has(text);
}

/** A changed length means that the elements have changed their places: none of them is believed. */
function element(field: ValueRule, raw: unknown, out: Reading): unknown {
  if (!Array.isArray(raw)) {
    out.reject = 'type';
    return undefined;
  }
  if ((field.length !== undefined && raw.length !== field.length) || field.index >= raw.length) {
    out.quality = Quality.badTypeMismatch;
    return undefined;
  }
  return raw[field.index];
}

function readNumber(field: ValueRule, item: unknown, out: Reading): void {
  if (typeof item === 'number') {
    out.value = item;
    return;
  }
  if (typeof item === 'string') {
    if (nonFinite.has(item)) {
      out.quality = Quality.badOutOfRange;
      return;
    }
    if (field.coerce) out.value = parseNumber(item);
  } else if (typeof item === 'boolean' && field.coerce) out.value = Number(item);
  out.coerced = !Number.isNaN(out.value);
  if (!out.coerced) out.reject = 'type';
  else if (!Number.isFinite(out.value)) badOutOfRange(out);
}

function badOutOfRange(out: Reading): void {
  out.value = Number.NaN;
  out.quality = Quality.badOutOfRange;
}

function readBoolean(field: ValueRule, item: unknown, out: Reading): void {
  if (typeof item === 'boolean') out.value = Number(item);
  else if (item === 0 || item === 1) out.value = item;
  else if (field.coerce && typeof item === 'string' && (yes.has(item) || no.has(item))) {
    out.value = Number(yes.has(item));
    out.coerced = true;
  } else out.reject = 'type';
}

function readWord(field: ValueRule, item: unknown, out: Reading): void {
  const words = field.words!;
  const known = typeof item === 'string' ? words.get(item) : undefined;
  if (known !== undefined) out.value = known;
  else if (typeof item === 'number' && [...words.values()].includes(item)) out.value = item;
  else out.reject = 'type';
}

/** As a number up to 2^53, beyond it as a string: a larger number in JSON has lost digits already. */
function readInteger(field: ValueRule, item: unknown, out: Reading): void {
  if (typeof item === 'string' && nonFinite.has(item)) {
    badOutOfRange(out);
    return;
  }
  const fits =
    typeof item === 'number'
      ? Number.isSafeInteger(item)
      : typeof item === 'string' && integerPattern.test(item);
  if (!fits) {
    out.reject = 'type';
    return;
  }
  const exact = BigInt(item as number | string);
  const wrapped = field.kind === 'int64' ? BigInt.asIntN(64, exact) : BigInt.asUintN(64, exact);
  if (wrapped !== exact) {
    badOutOfRange(out);
    return;
  }
  out.exact = exact;
  out.value = Number(exact);
}
