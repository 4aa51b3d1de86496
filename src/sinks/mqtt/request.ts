// What operators ask of alarms in a message, taken apart and judged. Pure: the desk decides what becomes of it.
import { type AlarmAction, alarmActions } from '../../core/alarm.ts';
import type { AlarmAnswer, AlarmWish } from '../../ports.ts';
import { isoTime } from './encode.ts';

export interface AlarmRequest {
  /** Whoever asked knows the answer by it. */
  readonly id: string | number | undefined;
  readonly wish: AlarmWish;
}

export interface Refused {
  readonly id: string | number | undefined;
  readonly why: string;
}

export const requestBytesMax = 4096;
/** A button that was pressed before has been answered by something else since. */
export const requestAgeMs = 60_000;
const idMax = 128;
const nameMax = 128;
const byMax = 64;
const commentMax = 500;
const minutesMax = 7 * 24 * 60;

const text = new TextDecoder('utf-8', { fatal: true });

export function readRequest(machine: string, payload: Uint8Array, nowMs: number): AlarmRequest | Refused {
  if (payload.length > requestBytesMax) return refused(`longer than ${requestBytesMax} bytes`);
  const fields = objectOf(payload);
  if (fields === undefined) return refused('expected an object as JSON');
  const id = idOf(fields['id']);
  const why = (words: string): Refused => ({ id, why: words });
  const { alarm, action, by, minutes, comment, time } = fields;
  if (!isText(alarm, nameMax)) return why('"alarm" is missing: the last level of the alarm\'s topic');
  if (!isAction(action)) return why(`"action" is none of ${alarmActions.join(', ')}`);
  if (!isText(by, byMax)) return why(`"by" is missing: who asks, in at most ${byMax} characters`);
  if (comment !== undefined && !isText(comment, commentMax))
    return why(`"comment" is no text of at most ${commentMax} characters`);
  const untimely = time === undefined ? undefined : untimelyWords(time, nowMs);
  if (untimely !== undefined) return why(untimely);
  if (action === 'shelve' && !isMinutes(minutes))
    return why(`"minutes" is missing: for how long, more than 0 and at most ${minutesMax}`);
  const wish = { machine, alarm, action, by, ...(comment !== undefined && { comment }) };
  return { id, wish: action === 'shelve' ? { ...wish, forS: (minutes as number) * 60 } : wish };
}

/** What is answered at once, by whom it may be read. */
export function encodeAnswer(
  request: AlarmRequest | Refused,
  answer: AlarmAnswer | { readonly ok: false; readonly why: string },
  nowMs: number,
): string {
  const about = 'wish' in request ? { alarm: request.wish.alarm, action: request.wish.action } : {};
  const outcome = answer.ok
    ? { text: answer.text, state: answer.alarm.state, shelvedUntil: untilOf(answer.alarm.shelvedUntilMs) }
    : { why: answer.why };
  return JSON.stringify({ v: 1, id: request.id, ok: answer.ok, ...about, ...outcome, time: isoTime(nowMs) });
}

function untilOf(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : isoTime(timeMs);
}

function refused(why: string): Refused {
  return { id: undefined, why };
}

function objectOf(payload: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.decode(payload));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function idOf(id: unknown): string | number | undefined {
  if (typeof id === 'string') return id.slice(0, idMax);
  return typeof id === 'number' && Number.isFinite(id) ? id : undefined;
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= most;
}

function isAction(value: unknown): value is AlarmAction {
  return alarmActions.some((action) => action === value);
}

function isMinutes(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= minutesMax;
}

/** In words, why it is not of now. */
function untimelyWords(time: unknown, nowMs: number): string | undefined {
  const timeMs = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (!Number.isFinite(timeMs) || Math.abs(timeMs) > 8.64e15)
    return '"time" is no time: ISO 8601 or milliseconds since 1970';
  const agoMs = nowMs - timeMs;
  if (Math.abs(agoMs) <= requestAgeMs) return undefined;
  const far = Math.round(Math.abs(agoMs) / 1000);
  return agoMs > 0
    ? `it is ${far} s old, and here it is ${isoTime(nowMs)}: ask again`
    : `its time is ${far} s ahead of ours, ${isoTime(nowMs)}: set a clock`;
}
