// One field of a line that is text: its bytes to a value, a time or a number in the row.
// Strict: what is not exactly a value of its kind is refused, and with it the line.
import { Quality } from '../../core/quality.ts';
import type { RejectReason } from '../../core/sample.ts';
import { readTime } from '../../formats/time.ts';
import { isNonFiniteWord, newReading, type Reading, readValue } from '../../formats/value.ts';
import { readDecimal } from './decimal.ts';
import { type FieldPlan, type LinePlan, Slot, type TimePlan } from './plan.ts';
import type { Row } from './row.ts';

const space = 0x20;
const tab = 0x09;

export type FieldReader = (
  slot: number,
  bytes: Buffer,
  from: number,
  to: number,
  row: Row,
) => RejectReason | undefined;

export function createFieldReader({ fields, time }: LinePlan): FieldReader {
  const reading = newReading();
  return (slot, bytes, from, to, row) => {
    if (slot === Slot.none) return undefined;
    let begin = from;
    let end = to;
    while (begin < end && isBlank(bytes[begin]!)) begin++;
    while (end > begin && isBlank(bytes[end - 1]!)) end--;
    if (slot === Slot.time) {
      row.time = readStamp(time!, bytes, begin, end);
      return Number.isNaN(row.time) ? 'type' : undefined;
    }
    const value = readDecimal(bytes, begin, end);
    if (slot === Slot.sequence) {
      row.sequence = value;
      return Number.isInteger(value) ? undefined : 'type';
    }
    const field = fields[slot]!;
    row.present[slot] = 1;
    if (!field.isNumber || !Number.isFinite(value)) {
      return readText(field, reading, bytes.toString('latin1', begin, end), value, slot, row);
    }
    row.values[slot] = value;
    row.quality[slot] = Quality.good;
    return undefined;
  };
}

export function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}

function readText(
  { rule }: FieldPlan,
  reading: Reading,
  text: string,
  value: number,
  slot: number,
  row: Row,
): RejectReason | undefined {
  // A line has no types: a number is a number before it is a text.
  const { kind } = rule;
  const digits = kind === 'int64' || kind === 'uint64';
  const raw = Number.isNaN(value) || digits ? text : value;
  if (kind === 'number' && typeof raw === 'string' && !rule.coerce && !isNonFiniteWord(raw)) return 'type';
  readValue(kind === 'boolean' ? { ...rule, coerce: true } : rule, raw, reading);
  if (reading.reject !== undefined) return reading.reject;
  if (reading.coerced && kind === 'number') row.coerced++;
  row.values[slot] = reading.value;
  row.exact[slot] = reading.exact;
  row.quality[slot] = reading.quality;
  return undefined;
}

/** Ticks where they count from the device's start, else ms since 1970. */
function readStamp(
  { format, zoneMin, ticksPerMs }: TimePlan,
  bytes: Buffer,
  from: number,
  to: number,
): number {
  const value = readDecimal(bytes, from, to);
  if (ticksPerMs !== 0) return value >= 0 && Number.isFinite(value) ? value : Number.NaN;
  return readTime(Number.isNaN(value) ? bytes.toString('latin1', from, to) : value, format, zoneMin);
}
