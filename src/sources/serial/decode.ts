// One line to a row, or the reason why not. All or nothing: of a damaged line nothing is believed.
import type { RejectReason } from '../../core/sample.ts';
import { isObject, type JsonObject, malformed, readJson, readText, tooLarge } from '../../formats/json.ts';
import { readTime } from '../../formats/time.ts';
import { newReading, type Reading, readValue } from '../../formats/value.ts';
import { createFieldReader, type FieldReader, isBlank } from './field.ts';
import { type KeyPlan, type LinePlan, Slot } from './plan.ts';
import { clearRow, type Row } from './row.ts';

/** Fills the row; says why the line was not taken. */
export type Decode = (bytes: Buffer, from: number, to: number, row: Row) => RejectReason | undefined;

const jsonFieldsMax = 64;

export function createDecode(plan: LinePlan): Decode {
  const decode = decoderOf(plan);
  return (bytes, from, to, row) => {
    clearRow(row);
    return decode(bytes, from, to, row);
  };
}

function decoderOf(plan: LinePlan): Decode {
  switch (plan.line) {
    case 'csv':
      return csv(plan, createFieldReader(plan));
    case 'keyvalue':
      return keyValue(plan, createFieldReader(plan));
    case 'json':
      return json(plan);
    case 'number': {
      const read = createFieldReader(plan);
      return (bytes, from, to, row) => read(0, bytes, from, to, row);
    }
  }
}

function csv({ columns, separator }: LinePlan, read: FieldReader): Decode {
  const last = columns.length - 1;
  return (bytes, from, to, row) => {
    let begin = from;
    let reject: RejectReason | undefined;
    for (let column = 0; column <= last; column++) {
      let end = begin;
      while (end < to && bytes[end] !== separator) end++;
      // The last one ends with the line, the others do not.
      if (end < to !== column < last) return 'parse';
      reject ??= read(columns[column]!, bytes, begin, end, row);
      begin = end + 1;
    }
    return reject;
  };
}

function keyValue({ keys, separator, assign }: LinePlan, read: FieldReader): Decode {
  const seen = new Uint8Array(keys.length);
  return (bytes, from, to, row) => {
    seen.fill(0);
    let reject: RejectReason | undefined;
    let begin = from;
    let found = 0;
    for (let expected = 0; begin < to; ) {
      let end = begin;
      while (end < to && bytes[end] !== separator) end++;
      let equals = begin;
      while (equals < end && bytes[equals] !== assign) equals++;
      const empty = isEmpty(bytes, begin, end);
      if (!empty && equals === end) return 'parse';
      const key = empty ? -1 : findKey(keys, expected, bytes, begin, equals);
      if (key >= 0) {
        // A key that comes twice: two lines have run together.
        if (seen[key] === 1) return 'parse';
        seen[key] = 1;
        if (keys[key]!.slot >= 0) found++;
        expected = key + 1;
        reject ??= read(keys[key]!.slot, bytes, equals + 1, end, row);
      }
      begin = end + 1;
    }
    return reject ?? (found === 0 ? 'unmapped' : undefined);
  };
}

function isEmpty(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isBlank(bytes[at]!)) return false;
  return true;
}

/** Devices keep their order: the key after the last one is tried first. */
function findKey(
  keys: readonly KeyPlan[],
  expected: number,
  bytes: Buffer,
  from: number,
  to: number,
): number {
  let begin = from;
  let end = to;
  while (begin < end && isBlank(bytes[begin]!)) begin++;
  while (end > begin && isBlank(bytes[end - 1]!)) end--;
  for (let step = 0; step < keys.length; step++) {
    const index = (expected + step) % keys.length;
    if (isSame(keys[index]!.bytes, bytes, begin, end)) return index;
  }
  return -1;
}

export function isSame(text: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let at = 0; at < text.length; at++) if (text[at] !== bytes[from + at]) return false;
  return true;
}

function json(plan: LinePlan): Decode {
  const reading = newReading();
  return (bytes, from, to, row) => {
    const text = readText(bytes.subarray(from, to));
    if (text === undefined) return 'parse';
    const value = readJson(text, jsonFieldsMax);
    if (value === malformed) return 'parse';
    if (value === tooLarge) return 'too_large';
    if (!isObject(value)) return 'type';
    let found = 0;
    for (const { name, path, slot } of plan.keys) {
      const raw = lookup(value, name, path);
      if (raw === undefined) continue;
      const reject = readMember(plan, slot, raw, reading, row);
      if (reject !== undefined) return reject;
      if (slot >= 0) found++;
    }
    return found === 0 ? 'unmapped' : undefined;
  };
}

/** A key with dots in its name is found before the path it could be. */
function lookup(object: JsonObject, name: string, path: readonly string[]): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  if (path.length === 1) return undefined;
  let value: unknown = object;
  for (const step of path) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

function readMember(
  plan: LinePlan,
  slot: number,
  raw: unknown,
  reading: Reading,
  row: Row,
): RejectReason | undefined {
  if (slot === Slot.time) {
    const { format, zoneMin, ticksPerMs } = plan.time!;
    if (ticksPerMs !== 0) row.time = typeof raw === 'number' && raw >= 0 ? raw : Number.NaN;
    else row.time = readTime(raw, format, zoneMin);
    return Number.isNaN(row.time) ? 'type' : undefined;
  }
  if (slot === Slot.sequence) {
    row.sequence = typeof raw === 'number' ? raw : Number.NaN;
    return Number.isInteger(row.sequence) ? undefined : 'type';
  }
  readValue(plan.fields[slot]!.rule, raw, reading);
  if (reading.reject !== undefined) return reading.reject;
  if (reading.coerced) row.coerced++;
  row.present[slot] = 1;
  row.values[slot] = reading.value;
  row.exact[slot] = reading.exact;
  row.quality[slot] = reading.quality;
  return undefined;
}
