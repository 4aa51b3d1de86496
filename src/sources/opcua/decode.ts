// An OPC UA DataValue as a sample: value, quality, source time; or the reason why it is none. Pure, knows no
// library: only the numbers of the standard (OPC 10000-6 §5.1.2 for types, 10000-4 §7.39 for status codes).
import { isBad, Quality } from '../../core/quality.ts';
import type { RejectReason, ValueKind } from '../../core/sample.ts';

/** The shape of a decoded DataValue, as far as it matters here. */
export interface WireValue {
  readonly value?: { readonly dataType: number; readonly arrayType: number; readonly value?: unknown } | null;
  readonly statusCode: { readonly value: number };
  readonly sourceTimestamp?: Date | null;
  readonly serverTimestamp?: Date | null;
}

export interface TagRule {
  readonly kind: ValueKind;
  readonly scale: number;
  readonly offset: number;
}

/** Reused by the caller from value to value. */
export interface Decoded {
  /** When set, there is no sample. */
  reject: RejectReason | undefined;
  value: number;
  quality: number;
  sourceMs: number;
  /** The server's queue ran over before this value. */
  gap: boolean;
}

export function newDecoded(): Decoded {
  return { reject: undefined, value: Number.NaN, quality: Quality.bad, sourceMs: Number.NaN, gap: false };
}

const Type = { null: 0, boolean: 1, sbyte: 2, int64: 8, uint64: 9, float: 10, double: 11 } as const;
/** Byte strings, XML, structures, and values inside values: bytes whose meaning we were not told. */
const opaqueTypes: ReadonlySet<number> = new Set([15, 16, 22, 23, 24, 25]);
const scalar = 0;
const overflowBits = 0x0480;

export function decode(wire: WireValue, rule: TagRule, into: Decoded): void {
  const status = wire.statusCode.value >>> 0;
  into.reject = undefined;
  into.quality = (status & 0xffff0000) >>> 0;
  into.gap = (status & overflowBits) === overflowBits;
  into.sourceMs = (wire.sourceTimestamp ?? wire.serverTimestamp)?.getTime() ?? Number.NaN;
  into.value = Number.NaN;
  if (isBad(into.quality)) return;
  const { value } = wire;
  if (value === undefined || value === null || value.dataType === Type.null) {
    // Good, but nothing there.
    into.quality = Quality.badOutOfRange;
    return;
  }
  if (opaqueTypes.has(value.dataType)) {
    into.reject = 'opaque';
  } else if (value.arrayType !== scalar) {
    into.reject = 'type';
  } else {
    take(value.dataType, value.value, rule, into);
  }
}

function take(dataType: number, raw: unknown, rule: TagRule, into: Decoded): void {
  if ((dataType === Type.boolean) !== (rule.kind === 'boolean')) {
    into.reject = 'type';
    return;
  }
  const value = dataType === Type.boolean ? Number(raw) : numberOf(dataType, raw);
  if (value === undefined || (rule.kind === 'enum' && !Number.isInteger(value))) {
    into.reject = 'type';
    return;
  }
  if (!Number.isFinite(value)) {
    into.quality = Quality.badOutOfRange;
    return;
  }
  into.value = rule.kind === 'number' ? value * rule.scale + rule.offset : value;
}

/** Undefined for what is no number. 64-bit integers come as [high, low] words; beyond 2^53 they lose digits. */
function numberOf(dataType: number, raw: unknown): number | undefined {
  if (dataType < Type.sbyte || dataType > Type.double) return undefined;
  if (dataType !== Type.int64 && dataType !== Type.uint64) return typeof raw === 'number' ? raw : undefined;
  if (typeof raw === 'bigint' || typeof raw === 'number') return Number(raw);
  if (!Array.isArray(raw) || raw.length !== 2) return undefined;
  const [high, low]: unknown[] = raw;
  if (typeof high !== 'number' || typeof low !== 'number') return undefined;
  const top = dataType === Type.int64 ? high | 0 : high >>> 0;
  return top * 4_294_967_296 + (low >>> 0);
}
