// What is kept of a book of alarms over a restart, and how it goes on from there: what stood and still stands is the same
// occurrence, known to whoever knew it.
import { type Alarm, type AlarmChange, alarmStates, isTold } from '../alarm.ts';
import { type Hash, hashNumber, hashNumbers } from '../hash.ts';
import type { AlarmMemory } from '../twin-command.ts';
import { resume, resumeRhythm, rhythmOf } from './contact.ts';
import { isOver } from './life.ts';
import type { AlarmBook } from './scene.ts';

/** The gravest first, then the newest: all that are not normal, and what is shelved. */
export function listAlarms(book: AlarmBook): Alarm[] {
  return [...book.live].map(([c, alarm]) => ({ ...alarm, count: countOf(book, c) })).toSorted(byWeight);
}

export function alarmOf(book: AlarmBook, id: string): Alarm | undefined {
  const c = book.conditions.findIndex((condition) => condition.id === id);
  const alarm = book.live.get(c);
  return alarm && { ...alarm, count: countOf(book, c) };
}

const weights = { critical: 3, high: 2, medium: 1, low: 0 } as const;

export function byWeight(a: Alarm, b: Alarm): number {
  const told = Number(isTold(b)) - Number(isTold(a));
  return told || weights[b.severity] - weights[a.severity] || b.raisedMs - a.raisedMs || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function countOf({ contacts }: AlarmBook, c: number): number {
  return Math.max(1, contacts.count[c]!);
}

/** Without what was seen around them, which the journal has. */
export function rememberAlarms(book: AlarmBook): AlarmMemory {
  const alarms = [...book.live].map(([c, alarm]) => ({
    ...alarm,
    evidence: undefined,
    count: countOf(book, c),
  }));
  const rhythms = book.conditions.flatMap(({ id }, c) => {
    const rhythm = rhythmOf(book.contacts, c);
    return rhythm === undefined ? [] : [[id, rhythm] as const];
  });
  return {
    ...{ occurrences: book.occurrences, shelveMaxS: book.bounds.shelveMaxS, alarms },
    ...(rhythms.length > 0 && { rhythms: Object.fromEntries(rhythms) }),
  };
}

/** Before its first tick, which tells them. Of what this machine has no more it tells that it is removed. */
export function restoreAlarms(book: AlarmBook, { occurrences, alarms, rhythms = {} }: AlarmMemory): void {
  if (occurrences > book.occurrences) book.occurrences = Math.floor(occurrences);
  const index = new Map(book.conditions.map(({ id }, c) => [id, c]));
  for (const each of alarms) {
    if (!isAlarm(each)) continue;
    const alarm: Alarm = { ...each, machine: book.machine };
    book.occurrences = Math.max(book.occurrences, alarm.occurrence);
    const c = index.get(alarm.id) ?? -1;
    const setting = book.settings[c];
    if (setting?.enabled !== true || isOver(alarm)) {
      book.lost.push({ ...alarm, state: 'normal', active: false, shelvedUntilMs: undefined });
      continue;
    }
    const severity = alarm.trip ? setting.tripSeverity : setting.severity;
    book.live.set(c, { ...alarm, severity });
    resume(book.contacts, c, alarm.active ? (alarm.trip ? 2 : 1) : 0, alarm.count);
    book.chatterTold[c] = alarm.count;
  }
  for (const [id, rhythm] of Object.entries(rhythms)) {
    const c = index.get(id);
    if (c !== undefined) resumeRhythm(book.contacts, c, rhythm);
  }
  for (const [c, alarm] of book.live) regroup(book, c, alarm, index);
  book.restored = book.live.size + book.lost.length > 0;
}

function regroup(book: AlarmBook, c: number, alarm: Alarm, index: ReadonlyMap<string, number>): void {
  const root = alarm.under === undefined ? -1 : (index.get(alarm.under) ?? -1);
  const cause = book.live.get(root);
  book.root[c] = cause?.active === true ? root : -1;
  book.regrouped[c] = 1;
  // Its cause is gone with the time before.
  if (alarm.under !== undefined && book.root[c]! < 0) book.live.set(c, { ...alarm, under: undefined });
}

/** What a recording or an older version says need not be one. */
function isAlarm(value: unknown): value is Alarm {
  const { id, occurrence, state, raisedMs, count, signals, consequences } = value as Partial<Alarm>;
  return (
    typeof id === 'string' &&
    alarmStates.some((one) => one === state) &&
    [occurrence, raisedMs, count].every((one) => typeof one === 'number') &&
    Array.isArray(signals) &&
    Array.isArray(consequences)
  );
}

/** Of a restart: each once. What a clock that was wrong then says of a shelf binds nobody for longer than is allowed. */
export function tellRestored(book: AlarmBook, changes: AlarmChange[], timeMs: number): void {
  book.restored = false;
  const shelvedMaxMs = timeMs + book.bounds.shelveMaxS * 1000;
  for (const [c, alarm] of book.live) {
    if ((alarm.shelvedUntilMs ?? timeMs) > shelvedMaxMs)
      book.live.set(c, { ...alarm, shelvedUntilMs: shelvedMaxMs });
  }
  for (const alarm of book.lost.splice(0)) changes.push({ kind: 'removed', timeMs, alarm });
  for (const alarm of book.live.values()) changes.push({ kind: 'restored', timeMs, alarm });
  book.changes++;
}

/** Everything that makes a difference to what comes. */
export function hashBook(hash: Hash, book: AlarmBook): void {
  hashNumber(hash, book.occurrences);
  hashNumber(hash, book.changes);
  hashNumbers(hash, book.contacts.held);
  for (const [c, alarm] of book.live) {
    hashNumbers(hash, [
      c,
      alarm.occurrence,
      alarmStates.indexOf(alarm.state),
      book.root[c]!,
      countOf(book, c),
    ]);
    const { raisedMs, clearedMs = 0, acknowledgedMs = 0, shelvedUntilMs = 0 } = alarm;
    hashNumbers(hash, [raisedMs, clearedMs, acknowledgedMs, shelvedUntilMs, Number(alarm.latched)]);
  }
}
