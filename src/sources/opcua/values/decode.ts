// An OPC UA DataValue as a sample: value, quality, source time; or the reason why it is none. Pure, knows no
// library: only the numbers of the standard (OPC 10000-6 §5.1.2 for types, 10000-4 §7.39 for status codes).
import { isBad, Quality, worse } from '../../../core/quality.ts';
import type { RejectReason, ValueKind } from '../../../core/sample.ts';
import { valueRuleOf } from '../../../formats/tag.ts';
import { newReading, readValue, type ValueRule } from '../../../formats/value.ts';
import { elementAt } from './element.ts';
import { exactOf, isSafe, numberOf } from './integer.ts';
import { memberAt, newMember } from './structure.ts';
import type { WireValue, WireVariant } from './wire.ts';

export interface TagRule {
  readonly kind: ValueKind;
  readonly scale: number;
  readonly offset: number;
  /** Words, booleans for numbers and the like, by the rules all sources share. */
  readonly plain: ValueRule;
  /** Place in an array or matrix; undefined: a scalar. */
  readonly index: readonly number[] | undefined;
  readonly dimensions: readonly number[] | undefined;
  /** Members of a structure, from the outside in. */
  readonly field: readonly string[] | undefined;
}

/** Reused by the caller from value to value. */
export interface Decoded {
  /** When set, there is no sample. */
  reject: RejectReason | undefined;
  value: number;
  /** All bits of a value of kind int64 or uint64; undefined where there is no value. */
  exact: bigint | undefined;
  quality: number;
  sourceMs: number;
  /** The server's queue ran over before this value. */
  gap: boolean;
  coerced: boolean;
}

export function newDecoded(): Decoded {
  return {
    reject: undefined,
    value: Number.NaN,
    exact: undefined,
    quality: Quality.bad,
    sourceMs: Number.NaN,
    gap: false,
    coerced: false,
  };
}

export interface TagDetails {
  readonly kind?: ValueKind | undefined;
  readonly enum?: Readonly<Record<string, number>> | undefined;
  readonly coerce?: boolean | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly index?: number | readonly number[] | undefined;
  readonly length?: number | readonly number[] | undefined;
  readonly field?: string | undefined;
}

export function newTagRule(details: TagDetails): TagRule {
  const { kind = 'number', scale = 1, offset = 0, index, length, field } = details;
  return {
    kind,
    scale,
    offset,
    plain: valueRuleOf(details),
    index: typeof index === 'number' ? [index] : index,
    dimensions: typeof length === 'number' ? [length] : length,
    field: field?.split('.'),
  };
}

export const Type = {
  null: 0,
  boolean: 1,
  sbyte: 2,
  int64: 8,
  uint64: 9,
  float: 10,
  double: 11,
  string: 12,
  dateTime: 13,
  localizedText: 21,
  structure: 22,
  variant: 24,
} as const;
/** Byte strings, XML, structures, and values inside values: bytes whose meaning we were not told. */
const opaqueTypes: ReadonlySet<number> = new Set([15, 16, 22, 23, 24, 25]);
const scalar = 0;
const overflowBits = 0x0480;
/** Times that stand for "none": the standard counts from 1601. */
const firstYearMs = Date.UTC(1602, 0, 1);
const reading = newReading();
const member = newMember();

export function decode(wire: WireValue, rule: TagRule, into: Decoded): void {
  const status = wire.statusCode.value >>> 0;
  into.reject = undefined;
  into.quality = (status & 0xffff0000) >>> 0;
  into.gap = (status & overflowBits) === overflowBits;
  into.sourceMs = (wire.sourceTimestamp ?? wire.serverTimestamp)?.getTime() ?? Number.NaN;
  into.value = Number.NaN;
  into.exact = undefined;
  into.coerced = false;
  if (isBad(into.quality)) return;
  const { value } = wire;
  if (value === undefined || value === null || value.dataType === Type.null) {
    // Good, but nothing there.
    into.quality = Quality.badOutOfRange;
  } else if (rule.field !== undefined) {
    takeMember(value, rule, rule.field, into);
  } else if (value.arrayType !== scalar || rule.index !== undefined) {
    takeElement(value, rule, into);
  } else {
    take(value.dataType, value.value, rule, into);
  }
}

function takeMember(value: WireVariant, rule: TagRule, field: readonly string[], into: Decoded): void {
  if (value.dataType !== Type.structure) {
    into.reject = 'type';
    return;
  }
  memberAt(value.value, field, member);
  if (member.found !== 'value') {
    into.reject = member.found === 'opaque' ? 'opaque' : 'type';
  } else if (rule.index === undefined) {
    take(member.dataType, member.value, rule, into);
  } else {
    const { value: list, dataType } = member;
    takeElement(
      { dataType, arrayType: Array.isArray(list) || ArrayBuffer.isView(list) ? 1 : 0, value: list },
      rule,
      into,
    );
  }
}

/** An array comes whole, so that a changed length is seen: nothing is ever cut out of another shape. */
function takeElement(value: WireVariant, rule: TagRule, into: Decoded): void {
  if (value.arrayType === scalar || rule.index === undefined) {
    into.reject = opaqueTypes.has(value.dataType) ? 'opaque' : 'type';
    return;
  }
  const element = elementAt(value, rule.index, rule.dimensions);
  if (element === undefined) into.quality = Quality.badTypeMismatch;
  else take(value.dataType, element, rule, into);
}

function take(dataType: number, raw: unknown, rule: TagRule, into: Decoded): void {
  if (raw === null || raw === undefined) {
    into.quality = Quality.badOutOfRange;
  } else if (dataType === Type.string || dataType === Type.localizedText || dataType === Type.boolean) {
    takePlain(dataType === Type.localizedText ? textOf(raw) : raw, rule, into);
  } else if (opaqueTypes.has(dataType)) {
    into.reject = 'opaque';
  } else if (rule.kind === 'int64' || rule.kind === 'uint64') {
    takeExact(dataType, raw, rule.kind, into);
  } else if (dataType === Type.dateTime) {
    takeTime(raw, rule, into);
  } else {
    takeNumber(dataType, raw, rule, into);
  }
}

function takeNumber(dataType: number, raw: unknown, rule: TagRule, into: Decoded): void {
  const value = numberOf(dataType, raw);
  if (value === undefined) {
    into.reject = 'type';
  } else if (rule.kind === 'number') {
    if (!Number.isFinite(value)) into.quality = Quality.badOutOfRange;
    else into.value = value * rule.scale + rule.offset;
    // Digits were lost on the way to a number; kind: int64 keeps them.
    if (dataType >= Type.int64 && dataType <= Type.uint64 && !isSafe(value))
      into.quality = worse(into.quality, Quality.uncertain);
  } else if (rule.kind === 'enum' && rule.plain.words === undefined) {
    if (Number.isInteger(value)) into.value = value;
    else into.reject = 'type';
  } else if (rule.kind === 'enum' || rule.plain.coerce) {
    takePlain(value, rule, into);
  } else {
    into.reject = 'type';
  }
}

/** Words, booleans, and what coercion makes of them. */
function takePlain(raw: unknown, rule: TagRule, into: Decoded): void {
  if (
    rule.kind === 'int64' ||
    rule.kind === 'uint64' ||
    (rule.kind === 'enum' && rule.plain.words === undefined)
  ) {
    into.reject = 'type';
    return;
  }
  readValue(rule.plain, raw, reading);
  into.reject = reading.reject;
  // A number where a boolean was declared is taken only because the tag says so.
  into.coerced =
    reading.reject === undefined && (reading.coerced || (rule.kind === 'boolean' && typeof raw === 'number'));
  into.quality = worse(into.quality, reading.quality);
  into.value = rule.kind === 'number' ? reading.value * rule.scale + rule.offset : reading.value;
}

/** Milliseconds since 1970, for a tag that is a number. */
function takeTime(raw: unknown, rule: TagRule, into: Decoded): void {
  if (rule.kind !== 'number' || !(raw instanceof Date)) {
    into.reject = 'type';
  } else if (raw.getTime() > firstYearMs) {
    into.value = raw.getTime() * rule.scale + rule.offset;
  } else {
    into.quality = Quality.badOutOfRange;
  }
}

function takeExact(dataType: number, raw: unknown, kind: 'int64' | 'uint64', into: Decoded): void {
  const exact = exactOf(dataType, raw);
  if (exact === undefined) {
    into.reject = 'type';
    return;
  }
  const fits = kind === 'int64' ? BigInt.asIntN(64, exact) === exact : BigInt.asUintN(64, exact) === exact;
  if (!fits) {
    into.quality = Quality.badOutOfRange;
    return;
  }
  into.exact = exact;
  into.value = Number(exact);
}

function textOf(raw: unknown): unknown {
  return typeof raw === 'object' && raw !== null && 'text' in raw ? raw.text : raw;
}
