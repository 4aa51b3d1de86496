// One message on its way through the decoder, and the three ends a value of it can have: a sample, a
// rejection, or a whole message refused. Functions return how many outcomes they made.
import { Quality } from '../../core/quality.ts';
import type { RejectReason, Remark } from '../../core/sample.ts';
import { beginningOf, joinExcerpt } from '../../formats/excerpt.ts';
import type { JsonObject } from '../../formats/json.ts';
import { readTime } from '../../formats/time.ts';
import type { Reading } from '../../formats/value.ts';
import type { Feed } from '../../ports.ts';
import { type FieldPlan, lookup } from './plan.ts';
import { type Route, unasked } from './route.ts';
import { judgeNumber, keepNumber } from './sequence.ts';

/** What of a feed decoding needs. */
export type Outlet = Pick<Feed, 'tag' | 'push' | 'pushExact' | 'reject' | 'remark' | 'nowMs'>;

export interface Message {
  readonly route: Route;
  readonly payload: Uint8Array;
  readonly retained: boolean;
  readonly out: Outlet;
  /** Scratch, shared by all messages of a decoder. */
  readonly reading: Reading;
  /** Source time of the payload as a whole, NaN when it has none. */
  timeMs: number;
  /** Quality of values without a time of their own; found on first use. */
  untimed: number | undefined;
  /** To be said once, with the first sample that is taken. */
  remark: Remark | undefined;
  /** The number of what is being taken, and its time; kept as seen once all of it is taken. */
  number: number;
  numberMs: number;
  /** Some of it was refused for want of room: when it comes again it is welcome. */
  refused: boolean;
  /** For the excerpts; a batch may be rejected element by element. */
  beginning: string | undefined;
}

/** One sample, by the index of its field. */
export function emit(
  message: Message,
  field: number,
  value: number,
  quality: number,
  timeMs: number,
): number {
  const tag = tagOf(message, field);
  if (tag < 0) return rejectField(message, message.route.plan.fields[field]!, 'too_many_tags', value);
  const { out } = message;
  let isTaken: boolean;
  if (quality >>> 31 === 1) isTaken = out.push(tag, Number.NaN, quality, timeMs);
  else if (Number.isFinite(value)) isTaken = out.push(tag, value, quality, timeMs);
  else isTaken = out.push(tag, Number.NaN, Quality.badOutOfRange, timeMs);
  if (!isTaken) message.refused = true;
  return 1;
}

/** One of kind int64 or uint64, with all its digits. */
export function emitExact(
  message: Message,
  field: number,
  exact: bigint,
  quality: number,
  timeMs: number,
): number {
  if (quality >>> 31 === 1) return emit(message, field, Number.NaN, quality, timeMs);
  const tag = tagOf(message, field);
  if (tag < 0) return rejectField(message, message.route.plan.fields[field]!, 'too_many_tags', String(exact));
  if (!message.out.pushExact(tag, exact, quality, timeMs)) message.refused = true;
  return 1;
}

/** The feed's index of a field's tag; says what is to be said with the first sample of a message. */
function tagOf(message: Message, field: number): number {
  const { route, out } = message;
  let tag = route.tags[field]!;
  if (tag === unasked) {
    tag = out.tag(route.specs[field]!);
    route.tags[field] = tag;
  }
  if (tag >= 0 && message.remark !== undefined) {
    out.remark(message.remark);
    message.remark = undefined;
  }
  return tag;
}

export function rejectMessage(message: Message, reason: RejectReason): number {
  return reject(message, reason, message.route.topic);
}

export function rejectField(message: Message, field: FieldPlan, reason: RejectReason, raw: unknown): number {
  const text = typeof raw === 'string' || typeof raw === 'number' ? ` = ${String(raw).slice(0, 100)}` : '';
  const where = `${message.route.topic}${field.path.text === '' ? '' : ` ${field.path.text}`}${text}`;
  return reject(message, reason, where);
}

function reject(message: Message, reason: RejectReason, where: string): number {
  message.beginning ??= beginningOf(message.payload);
  message.out.reject(reason, joinExcerpt(where, message.beginning));
  return 1;
}

/** Reads the time and the number of an object payload; false when it repeats one that was taken. */
export function isNew(message: Message, root: JsonObject): boolean {
  const { time } = message.route.plan;
  if (time !== undefined) message.timeMs = readTime(lookup(root, time.path), time.format, time.zoneMin);
  return isNewNumber(message, root, message.timeMs);
}

export function isNewNumber(message: Message, object: JsonObject, timeMs: number): boolean {
  const { plan, window } = message.route;
  if (plan.sequence === undefined) return true;
  const number = lookup(object, plan.sequence);
  message.refused = false;
  message.number = Number.NaN;
  // Without a usable number a message can be no repetition.
  if (typeof number !== 'number' || !Number.isFinite(number)) return true;
  const verdict = judgeNumber(window, number, timeMs);
  // What a broker kept comes again when it is asked again, and what was before may be over.
  if (verdict === 'duplicate') return message.retained;
  if (verdict === 'gap') message.out.remark('gap');
  message.number = number;
  message.numberMs = timeMs;
  return true;
}

/** All that bears the number has been handed over: it is remembered, unless some of it found no room. */
export function endNumber(message: Message): void {
  const { number, numberMs, refused } = message;
  message.number = Number.NaN;
  if (!Number.isNaN(number) && !refused) keepNumber(message.route.window, number, numberMs);
}

/** A time was promised and is missing, or a retained value has none: how old it is, nobody knows. */
export function untimedQuality(message: Message): number {
  if (message.untimed !== undefined) return message.untimed;
  const promised = message.route.plan.time !== undefined;
  if (message.retained) message.remark = 'retained';
  else if (promised) message.remark = 'clock_unsynced';
  message.untimed = message.retained || promised ? Quality.uncertain : Quality.good;
  return message.untimed;
}
