// The book of a machine's alarms: their life, tick by tick, after ISA-18.2. Told what stands, by condition; says what
// has changed. It is never told the time but by the tick. What stands still costs nothing; allocates only on a change.
import type { AlarmChange } from '../alarm.ts';
import type { Detection, SignalOrigin } from '../detect/detection.ts';
import type { Condition, Standing } from '../finding.ts';
import type { Frame, MachineLayout } from '../frame.ts';
import { beat, chatterFrom, hasReturned, isGone, newContacts, turn } from './contact.ts';
import { completeEvidence, evidencesMax, planEvidence } from './evidence.ts';
import { leaveOrphans, promoteOrphans, regroup, settleGroups } from './group.ts';
import { knows } from './known.ts';
import { tellRestored } from './memory.ts';
import { type AlarmOptions, settingOf, usualAlarms } from './policy.ts';
import { masksOf, newRelations } from './relation.ts';
import { type AlarmBook, modeOf, type Scene } from './scene.ts';
import { apply, raise, told, worded } from './telling.ts';

export type { AlarmBook } from './scene.ts';

/** Raised in one tick; what is more waits for the next. */
const raisesMax = 128;
/** It is told that it chatters again when it has so many times as often as then. */
const chatterFactor = 4;

export interface AlarmBookSetup {
  readonly machine: string;
  readonly conditions: readonly Condition[];
  /** Absent: of nothing is known what belongs together. */
  readonly layout?: Pick<MachineLayout, 'model' | 'signals'>;
  readonly origins?: readonly SignalOrigin[] | undefined;
  /** Absent: as the conditions say. */
  readonly options?: AlarmOptions | undefined;
}

export function newAlarmBook(setup: AlarmBookSetup): AlarmBook {
  const { machine, conditions, layout = bare, origins, options = usualAlarms } = setup;
  const settings = conditions.map((condition) => settingOf(condition, options.rules));
  const { length } = conditions;
  const never = () => new Float64Array(length).fill(Number.POSITIVE_INFINITY);
  return {
    ...{ machine, conditions, settings },
    fed: Uint8Array.from(layout.signals, ({ derived }, row) =>
      derived === undefined && origins?.[row]?.source === '' ? 0 : 1,
    ),
    kinship: newRelations(layout, conditions, origins),
    bounds: { shelveMaxS: options.shelveMaxS, groupMs: options.groupS * 1000 },
    contacts: newContacts(settings),
    live: new Map(),
    root: new Int32Array(length).fill(-1),
    ...{ orphanMs: never(), regrouped: new Uint8Array(length), evidenceMs: never() },
    chatterTold: new Uint32Array(length),
    ...{ occurrences: 0, timeMs: Number.NaN, behaviour: -1, nextMs: Number.POSITIVE_INFINITY },
    ...{ restored: false, lost: [], changes: 0 },
  };
}

const bare = { signals: [], model: {} as MachineLayout['model'] };

/** One tick of their life: `changes` gets what is to be told, oldest first. */
export function liveAlarms(
  book: AlarmBook,
  standing: Standing,
  frame: Frame,
  _dtS: number,
  changes: AlarmChange[],
  detection: Detection,
): void {
  const { timeMs } = frame;
  book.timeMs = timeMs;
  watch(book, standing.level, timeMs);
  const isIdle = timeMs < book.nextMs && frame.behaviour === book.behaviour && !book.restored;
  if (isIdle) return;
  const masks = masksOf(book.kinship, book.live);
  const scene: Scene = { book, standing, frame, detection, changes, timeMs, masks, evidences: evidencesMax };
  if (book.restored) {
    tellRestored(book, changes, timeMs);
    // What stood may be gone already: it is looked at whether anything turns or not.
    book.nextMs = timeMs;
  }
  if (frame.behaviour !== book.behaviour) changeMode(scene);
  if (timeMs >= book.nextMs) settle(scene);
}

/** The only thing that is done at each tick. */
function watch(book: AlarmBook, level: Uint8Array, timeMs: number): void {
  const { contacts, settings } = book;
  const { raw } = contacts;
  for (let c = 0; c < raw.length; c++) {
    if (level[c] === raw[c] || !settings[c]!.enabled) continue;
    const dueMs = turn(contacts, c, level[c]!, timeMs);
    book.nextMs = Math.min(book.nextMs, dueMs, hasMoreToTell(book, c) ? timeMs : dueMs);
  }
}

function settle(scene: Scene): void {
  const { book, timeMs } = scene;
  const { dueMs } = book.contacts;
  const comes: number[] = [];
  for (let c = 0; c < book.conditions.length; c++) {
    if (dueMs[2 * c]! <= timeMs) {
      if (book.contacts.held[c] === 0) comes.push(c);
      else leave(scene, c);
    }
    if (dueMs[2 * c + 1]! <= timeMs && book.contacts.held[c] !== 0) changeStep(scene, c);
    if (hasMoreToTell(book, c)) tellChatter(scene, c);
  }
  promoteOrphans(scene);
  for (const c of inOrder(scene, comes).slice(0, raisesMax)) come(scene, c);
  for (const [c, alarm] of book.live) {
    if ((alarm.shelvedUntilMs ?? Number.POSITIVE_INFINITY) <= timeMs) apply(scene, c, { kind: 'unshelve' });
  }
  completeEvidence(scene);
  settleGroups(scene);
  book.nextMs = nextDue(book);
}

/** What explains others first, so that they find it there. */
function inOrder({ book: { kinship } }: Scene, comes: number[]): number[] {
  return comes.toSorted((a, b) => kinship.rank[b]! - kinship.rank[a]! || a - b);
}

function come(scene: Scene, c: number): void {
  const { book, timeMs } = scene;
  const { contacts, live } = book;
  const isTrip = contacts.dueMs[2 * c + 1]! <= timeMs;
  contacts.dueMs[2 * c] = Number.POSITIVE_INFINITY;
  if (isTrip) contacts.dueMs[2 * c + 1] = Number.POSITIVE_INFINITY;
  contacts.held[c] = isTrip ? 2 : 1;
  hasReturned(contacts, c, timeMs);
  beat(contacts, c, timeMs);
  const before = live.get(c);
  if (before !== undefined && before.state !== 'normal') {
    contacts.count[c]!++;
    const { severity, tripSeverity } = book.settings[c]!;
    apply(scene, c, { kind: 'returned', eased: isTrip ? undefined : severity });
    if (isTrip) apply(scene, c, { kind: 'escalate', severity: tripSeverity });
    regroup(scene, c);
    return;
  }
  // What was on the shelf while it was normal ends with the next occurrence.
  if (before !== undefined) told(scene, 'removed', { ...before, shelvedUntilMs: undefined });
  contacts.count[c] = 1;
  book.chatterTold[c] = 0;
  const alarm = raise(scene, c, before);
  live.set(c, alarm);
  regroup(scene, c);
  planEvidence(scene, c);
  told(scene, 'raised', worded(scene, c));
}

function leave(scene: Scene, c: number): void {
  const { book, frame, timeMs } = scene;
  const { contacts } = book;
  const condition = book.conditions[c]!;
  if (!isGone(contacts, 2 * c, knows(condition, frame, book.fed), timeMs)) return;
  contacts.held[c] = 0;
  contacts.dueMs.fill(Number.POSITIVE_INFINITY, 2 * c, 2 * c + 2);
  leaveOrphans(scene, c);
  apply(scene, c, { kind: 'gone', latch: book.settings[c]!.latched });
}

/** A warning has become a trip, or the other way round. */
function changeStep(scene: Scene, c: number): void {
  const { book, frame, timeMs } = scene;
  const { contacts, settings } = book;
  const { severity, tripSeverity } = settings[c]!;
  const at = 2 * c + 1;
  if (contacts.held[c] === 1) {
    contacts.held[c] = 2;
    contacts.dueMs[at] = Number.POSITIVE_INFINITY;
    beat(contacts, c, timeMs);
    apply(scene, c, { kind: 'escalate', severity: tripSeverity });
    return;
  }
  if (!isGone(contacts, at, knows(book.conditions[c]!, frame, book.fed), timeMs)) return;
  contacts.held[c] = 1;
  contacts.dueMs[at] = Number.POSITIVE_INFINITY;
  apply(scene, c, { kind: 'ease', severity });
}

function changeMode(scene: Scene): void {
  const { book, frame } = scene;
  book.behaviour = frame.behaviour;
  const mode = modeOf(frame);
  for (const [c, alarm] of [...book.live]) {
    const isSuppressed = book.settings[c]!.suppressedIn.includes(mode);
    if (isSuppressed) {
      leaveOrphans(scene, c);
      apply(scene, c, { kind: 'suppress', mode });
    } else if (alarm.suppressedBy !== undefined) apply(scene, c, { kind: 'unsuppress' });
  }
  book.nextMs = Math.min(book.nextMs, nextDue(book));
}

/** It comes and goes, and much more often than when that was told. */
function hasMoreToTell({ contacts, chatterTold }: AlarmBook, c: number): boolean {
  const count = contacts.count[c]!;
  if (count < chatterFrom || contacts.held[c] === 0) return false;
  return count >= chatterTold[c]! * chatterFactor;
}

function tellChatter(scene: Scene, c: number): void {
  const { book } = scene;
  const count = book.contacts.count[c]!;
  // Often, but over days: it need not be told at once, nor called by that name.
  const isRhythm = book.contacts.comings[c]! >= chatterFrom;
  book.chatterTold[c] = count;
  const alarm = book.live.get(c);
  if (!isRhythm || alarm === undefined) return;
  const now = { ...alarm, count };
  book.live.set(c, now);
  told(scene, 'chattering', now);
}

function nextDue({ contacts, live, orphanMs, evidenceMs }: AlarmBook): number {
  let next = Number.POSITIVE_INFINITY;
  for (const columns of [contacts.dueMs, orphanMs, evidenceMs]) {
    for (let i = 0; i < columns.length; i++) if (columns[i]! < next) next = columns[i]!;
  }
  for (const { shelvedUntilMs = next } of live.values()) next = Math.min(next, shelvedUntilMs);
  return next;
}
