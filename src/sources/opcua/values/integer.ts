// Numbers as they come off the wire; 64-bit integers come as [high, low] words.

const sbyte = 2;
const int64 = 8;
const uint64 = 9;
const double = 11;

/** Undefined for what is no number. A 64-bit integer beyond 2^53 loses digits. */
export function numberOf(dataType: number, raw: unknown): number | undefined {
  if (dataType < sbyte || dataType > double) return undefined;
  if (dataType !== int64 && dataType !== uint64) return typeof raw === 'number' ? raw : undefined;
  if (typeof raw === 'bigint' || typeof raw === 'number') return Number(raw);
  if (!isWords(raw)) return undefined;
  return top(dataType, raw[0]) * 4_294_967_296 + (raw[1] >>> 0);
}

/** Every bit of a whole number; undefined for what is none. */
export function exactOf(dataType: number, raw: unknown): bigint | undefined {
  if (dataType < sbyte || dataType > double) return undefined;
  if (typeof raw === 'bigint') return raw;
  if (typeof raw === 'number') return Number.isInteger(raw) ? BigInt(raw) : undefined;
  if ((dataType !== int64 && dataType !== uint64) || !isWords(raw)) return undefined;
  return (BigInt(top(dataType, raw[0])) << 32n) | BigInt(raw[1] >>> 0);
}

export function isSafe(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function top(dataType: number, high: number): number {
  return dataType === int64 ? high | 0 : high >>> 0;
}

function isWords(raw: unknown): raw is readonly [number, number] {
  return Array.isArray(raw) && raw.length === 2 && typeof raw[0] === 'number' && typeof raw[1] === 'number';
}
