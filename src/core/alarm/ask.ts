// What an operator asks of an alarm: done, or refused with words. Pure: the same request at the same tick does the same.
import type { Alarm, AlarmAction, AlarmChange } from '../alarm.ts';
import { type LifeEvent, live, type Step } from './life.ts';
import type { AlarmBook } from './scene.ts';
import { tellAll } from './telling.ts';

export interface AlarmRequest {
  readonly alarm: string;
  readonly action: AlarmAction;
  readonly by: string;
  readonly forS?: number | undefined;
  readonly comment?: string | undefined;
  /** Of a reset: the detectors take what stands for usual from now on. */
  readonly accepts?: boolean;
}

export type AlarmReply = { readonly text: string; readonly now: Alarm } | { readonly why: string };

const nameMax = 64;
const commentMax = 500;
/** Named when somebody asks for one that is not there. */
const namedMax = 5;

export function askBook(book: AlarmBook, request: AlarmRequest, changes: AlarmChange[]): AlarmReply {
  const c = book.conditions.findIndex(({ id }) => id === request.alarm);
  const before = book.live.get(c);
  if (before === undefined) return { why: whyNone(book, c, request.alarm) };
  if (!Number.isFinite(book.timeMs)) return { why: 'no tick has been since the start: ask again' };
  const step = answer(before, request, book.timeMs, book.bounds.shelveMaxS);
  if ('why' in step) return step;
  const alarm = { ...step.alarm, count: book.contacts.count[c]! };
  book.live.set(c, alarm);
  if (alarm.shelvedUntilMs !== undefined) book.nextMs = Math.min(book.nextMs, alarm.shelvedUntilMs);
  tellAll({ book, changes, timeMs: book.timeMs }, c, step.kinds, alarm);
  return { text: step.text, now: alarm };
}

/** What comes of a request for one alarm: of a book, or of what is kept of one while no gateway runs. */
export function answer(
  before: Alarm,
  request: AlarmRequest,
  timeMs: number,
  shelveMaxS: number,
): { readonly why: string } | (Step & { readonly text: string }) {
  const event = eventOf(request, timeMs, shelveMaxS);
  if (typeof event === 'string') return { why: event };
  const step = live(before, event, timeMs);
  if (typeof step === 'string') return { why: `${before.id}: ${step}` };
  return { ...step, text: textOf(before.machine, request) };
}

function eventOf(
  { action, by, forS, comment, accepts = false }: AlarmRequest,
  timeMs: number,
  shelveMaxS: number,
): LifeEvent | string {
  if (by.trim() === '') return 'say who you are: what is done to an alarm has a name to it';
  if (by.length > nameMax) return `a name has at most ${nameMax} characters`;
  if (comment !== undefined && comment.length > commentMax)
    return `a comment has at most ${commentMax} characters`;
  if (action !== 'shelve') {
    if (forS !== undefined) return 'only a shelving has a time';
    return action === 'reset' ? { kind: action, by, comment, accepts } : { kind: action, by, comment };
  }
  if (forS === undefined) return 'say for how long it is to be shelved';
  if (!(forS > 0)) return `it is shelved for a time above 0, not for ${forS} s`;
  if (forS > shelveMaxS)
    return `it is shelved for at most ${durationText(shelveMaxS)}, not for ${durationText(forS)}`;
  return { kind: 'shelve', untilMs: timeMs + forS * 1000, by, comment };
}

const done: Readonly<Record<AlarmAction, string>> = {
  acknowledge: 'acknowledged',
  reset: 'reset',
  shelve: 'shelved',
  unshelve: 'taken off the shelf',
};

function textOf(machine: string, { alarm, action, by, forS }: AlarmRequest): string {
  const time = action === 'shelve' ? ` for ${durationText(forS ?? 0)}` : '';
  return `${machine}: ${alarm} was ${done[action]}${time} by ${by}`;
}

function whyNone({ conditions, live: alarms }: AlarmBook, c: number, id: string): string {
  if (c >= 0) return `${id} is normal: there is nothing to do about it`;
  const there = [...alarms.values()].slice(0, namedMax).map((alarm) => alarm.id);
  const hint = there.length === 0 ? 'no alarm stands' : `there stand ${there.join(', ')}`;
  return conditions.length === 0
    ? `it has no alarm ${id}: nothing is detected`
    : `it has no alarm ${id}; ${hint}`;
}

export function durationText(s: number): string {
  const [count, unit] = s < 120 ? [s, 's'] : s < 7200 ? [s / 60, 'min'] : [s / 3600, 'h'];
  return `${Number(count.toFixed(1))} ${unit}`;
}
