// JSON lines to rows: one object a line. A line that is none is told of and does not stop the rest.
import { isObject, type JsonObject, malformed, readJson, tooLarge } from '../../formats/json.ts';
import { createLines } from './lines.ts';
import type { RowListener, RowReader } from './row.ts';

const fieldsMax = 1024;

export function createJsonRows(listener: RowListener): RowReader {
  let first = true;
  const lines = createLines((text, line, tooLong) => {
    if (tooLong) return listener.fault('too_large', 'the line is longer than any row', text, line);
    if (text.trim() === '') return undefined;
    // A byte that was no UTF-8 has become this mark.
    const value = text.includes('\ufffd') ? malformed : readJson(text, fieldsMax);
    if (value === tooLarge) return listener.fault('too_large', 'too many fields', text, line);
    if (value === malformed) return listener.fault('parse', 'this is no JSON', text, line);
    if (!isObject(value)) return listener.fault('type', 'this is no object', text, line);
    if (first) listener.names(Object.keys(value), Object.keys(value).length);
    first = false;
    return listener.content(value, line);
  });
  return lines;
}

/** A field by its whole name, or down the dots of it. */
export function lookUp(object: JsonObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  if (!name.includes('.')) return undefined;
  let value: unknown = object;
  for (const step of name.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}
