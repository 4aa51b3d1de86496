// Payload bytes to JSON under limits: encoding, depth, number of fields, no __proto__.
// Runs for every message: each guard is a search of native speed, and scans only what can be guilty.
import { isUtf8 } from 'node:buffer';

export type JsonObject = { readonly [key: string]: unknown };

/** Returned in place of a value; a symbol can never come out of JSON. */
export const malformed = Symbol('malformed');
export const tooLarge = Symbol('too large');

const depthMax = 16;
/** Shortest member of an object: `"":1,`. */
const memberBytesMin = 5;

/** The text of a payload, or undefined when it is not UTF-8. */
export function readText(payload: Uint8Array): string | undefined {
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const text = bytes.toString();
  // Bad bytes decode to U+FFFD; only a text that has one is worth the second look.
  return text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text;
}

export function readJson(text: string, fieldsMax: number): unknown {
  const nested = text.indexOf('{', 1) > 0 || text.indexOf('[', 1) > 0;
  if (nested || text.length > fieldsMax * memberBytesMin) {
    const verdict = scan(text, fieldsMax);
    if (verdict !== undefined) return verdict;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = parseNonFinite(text);
  }
  if (text.includes('__proto__') || text.includes('\\u')) {
    return hasProto(value) ? malformed : value;
  }
  return value;
}

/** Depth and number of fields, before the parser builds anything. Objects inside an array count each anew. */
function scan(text: string, fieldsMax: number): symbol | undefined {
  let depth = 0;
  let fields = 0;
  let arrays = 0; // one bit a level: is it an array?
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        i = stringEnd(text, i);
        break;
      case 0x3a: // :
        if (++fields > fieldsMax) return tooLarge;
        break;
      case 0x7b: // {
        if (((arrays >> depth) & 1) === 1) fields = 0;
        if (++depth > depthMax) return malformed;
        arrays &= ~(1 << depth);
        break;
      case 0x5b: // [
        if (++depth > depthMax) return malformed;
        arrays |= 1 << depth;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        if (--depth < 0) return malformed;
        break;
    }
  }
  return undefined;
}

/** Index of the quote that closes the string opened at `open`; the end of the text when none does. */
function stringEnd(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i;
    if (code === 0x5c) i++;
  }
  return text.length;
}

/** Many writers (Python's among them) put bare NaN and Infinity into JSON: they become null. */
function parseNonFinite(text: string): unknown {
  if (!text.includes('NaN') && !text.includes('Infinity')) return malformed;
  let mended = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) i = stringEnd(text, i);
    else if (code === 0x4e || code === 0x49 || code === 0x2d) {
      const length = nonFiniteLength(text, i);
      if (length === 0) continue;
      mended += `${text.slice(from, i)}null`;
      from = i + length;
      i = from - 1;
    }
  }
  try {
    return JSON.parse(mended + text.slice(from));
  } catch {
    return malformed;
  }
}

function nonFiniteLength(text: string, at: number): number {
  for (const word of ['NaN', 'Infinity', '-Infinity', '-NaN'])
    if (text.startsWith(word, at)) return word.length;
  return 0;
}

/** Depth is bounded by the scan, so that recursion is too. */
function hasProto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__')) return true;
  return Object.values(value).some(hasProto);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
