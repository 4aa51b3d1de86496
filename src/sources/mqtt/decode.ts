// Payload bytes to samples, rejections and remarks. No I/O and no clock: all of it comes in and goes out by
// arguments. Whatever the bytes are, it does not throw, and each message has at least one outcome.
import { Quality } from '../../core/quality.ts';
import { isObject, malformed, readJson, readText, tooLarge } from '../../formats/json.ts';
import { isNonFiniteWord, newReading, parseNumber } from '../../formats/value.ts';
import { endNumber, isNew, type Message, type Outlet, rejectMessage, untimedQuality } from './message.ts';
import { takeField, takeRecord } from './record.ts';
import type { Route } from './route.ts';
import { takeArray, takeStatistics } from './series.ts';

const digits = /^\s*-?\d{1,40}\s*$/;

export interface DecodeLimits {
  readonly payloadBytes: number;
  readonly fieldsPerMessage: number;
}

export type Decode = (route: Route, payload: Uint8Array, retained: boolean, out: Outlet) => void;

export function createDecode(limits: DecodeLimits): Decode {
  const reading = newReading();
  return (route, payload, retained, out) => {
    const message: Message = {
      route,
      payload,
      retained,
      out,
      reading,
      timeMs: Number.NaN,
      untimed: undefined,
      remark: undefined,
      number: Number.NaN,
      numberMs: Number.NaN,
      refused: false,
      beginning: undefined,
    };
    if (payload.length > limits.payloadBytes) {
      rejectMessage(message, 'too_large');
      return;
    }
    const root = readRoot(route, payload, limits.fieldsPerMessage);
    if (root === tooLarge) rejectMessage(message, 'too_large');
    else if (root === malformed) rejectMessage(message, 'parse');
    // An object with none of our fields, an empty array: nothing in it has a place here.
    else if (take(message, root) === 0) rejectMessage(message, 'unmapped');
    endNumber(message);
  };
}

function take(message: Message, root: unknown): number {
  switch (message.route.plan.payload) {
    case 'number':
      return takeNumber(message, root);
    case 'object':
      return takeObject(message, root);
    case 'array':
      return takeArray(message, root);
    case 'statistics':
      return takeStatistics(message, root);
  }
}

function takeNumber(message: Message, root: unknown): number {
  return takeField(message, 0, root, undefined, undefined, Number.NaN, untimedQuality(message));
}

function takeObject(message: Message, root: unknown): number {
  if (!isObject(root)) return rejectMessage(message, 'type');
  if (!isNew(message, root)) return rejectMessage(message, 'duplicate');
  const quality = Number.isNaN(message.timeMs) ? untimedQuality(message) : Quality.good;
  return takeRecord(message, root, undefined, message.timeMs, quality);
}

function readRoot(route: Route, payload: Uint8Array, fieldsMax: number): unknown {
  const text = readText(payload);
  if (text === undefined) return malformed;
  const kind = route.plan.payload === 'number' ? route.plan.fields[0]!.kind : undefined;
  // JSON would make a number of it, which has no room for all digits.
  if ((kind === 'int64' || kind === 'uint64') && digits.test(text)) return text.trim();
  const value = readJson(text, fieldsMax);
  if (value !== malformed || kind === undefined) return value;
  // A bare word, or a number as people write it, is no JSON and yet plain what it is.
  const bare = text.trim();
  if (isNonFiniteWord(bare) || !Number.isNaN(parseNumber(bare))) return bare;
  return kind !== 'number' && /^[\w.-]{1,64}$/.test(bare) ? bare : malformed;
}
