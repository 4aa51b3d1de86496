// The life of one alarm after ISA-18.2, as a function without effects: an alarm and an event give the alarm after it and
// what is to be told, or words why not. Never touches the alarm it is given.
//
// Of the states `normal` has no alarm, unless it is shelved. Beside the state stand `active`, `latched`, the shelf and the
// suppression; `told` is what `isTold` says. What is not in the table changes nothing (->.) or is refused (no).
//
//                 normal,   raised            raised     acknowledged     acknowledged   cleared
//                 shelved   active            latched    active           latched
//   gone          .         latch: raised,    .          latch: ack.,     .              .
//                           latched;                     latched;
//                           told: cleared;               else: normal
//                           else: normal
//   returned      (a raise) .                 raised     .                raised         raised
//   escalate      .         raised, trip      .          raised, trip     .              .
//   ease          .         raised            .          acknowledged     .              .
//   acknowledge   no        acknowledged      ack.       no               no             normal
//   reset         no        no; accepts: ack. cleared    no; accepts: .   normal         no
//   shelve        longer    shelved           shelved    shelved          shelved        shelved
//   unshelve      removed   raised            raised     raised           raised         cleared
//   suppress      .         suppressed        suppressed suppressed       suppressed     normal
//   unsuppress    .         as it was, for all
//
// An escalation ends the shelf: who shelved a warning has not seen the trip. What leaves an alarm normal and not shelved
// removes it.
import { type Alarm, type AlarmChangeKind, isTold } from '../alarm.ts';
import type { Severity } from '../finding.ts';

export type LifeEvent =
  /** Its condition is gone, and has been for its off-delay. `latch`: it stays until somebody resets it. */
  | { readonly kind: 'gone'; readonly latch: boolean }
  /** Its condition is back, after it was cleared or while it was latched. `eased`: as a warning, of which this is the severity. */
  | { readonly kind: 'returned'; readonly eased?: Severity | undefined }
  | { readonly kind: 'escalate'; readonly severity: Severity }
  | { readonly kind: 'ease'; readonly severity: Severity }
  | { readonly kind: 'acknowledge'; readonly by: string; readonly comment?: string | undefined }
  /** `accepts`: what stands is from now on what is usual, so that it will soon be gone. */
  | {
      readonly kind: 'reset';
      readonly by: string;
      readonly comment?: string | undefined;
      readonly accepts?: boolean;
    }
  | {
      readonly kind: 'shelve';
      readonly untilMs: number;
      readonly by: string;
      readonly comment?: string | undefined;
    }
  /** By somebody, or because its time has run out. */
  | { readonly kind: 'unshelve'; readonly by?: string | undefined; readonly comment?: string | undefined }
  /** `mode`: what the machine does. */
  | { readonly kind: 'suppress'; readonly mode: string }
  | { readonly kind: 'unsuppress' };

export interface Step {
  readonly alarm: Alarm;
  /** Oldest first; none: nothing has changed. */
  readonly kinds: readonly AlarmChangeKind[];
}

/** What happens at `timeMs`; words for a request that makes no sense now. */
export function live(alarm: Alarm, event: LifeEvent, timeMs: number): Step | string {
  switch (event.kind) {
    case 'gone':
      return gone(alarm, event.latch, timeMs);
    case 'returned':
      return returned(alarm, event.eased);
    case 'escalate':
      return escalate(alarm, event.severity);
    case 'ease':
      return alarm.active && alarm.trip
        ? step({ ...alarm, trip: false, severity: event.severity }, 'eased')
        : still(alarm);
    case 'acknowledge':
      return acknowledge(alarm, event, timeMs);
    case 'reset':
      return reset(alarm, event, timeMs);
    case 'shelve':
      return step({ ...alarm, shelvedUntilMs: event.untilMs, ...said(event) }, 'shelved');
    case 'unshelve':
      return unshelve(alarm, event);
    case 'suppress':
      return suppress(alarm, event.mode);
    case 'unsuppress':
      return alarm.suppressedBy === undefined
        ? still(alarm)
        : step({ ...alarm, suppressedBy: undefined }, 'unsuppressed');
  }
}

function gone(alarm: Alarm, latch: boolean, timeMs: number): Step {
  if (!alarm.active) return still(alarm);
  const over: Alarm = { ...alarm, active: false, clearedMs: timeMs };
  if (latch) return step({ ...over, latched: true }, 'latched');
  // Nobody is asked to acknowledge what he was not told.
  const isKnown = alarm.state === 'acknowledged' || !isTold(alarm);
  return step({ ...over, state: isKnown ? 'normal' : 'cleared' }, 'cleared');
}

function returned(alarm: Alarm, eased: Severity | undefined): Step {
  const isGone = alarm.state === 'cleared' || (alarm.latched && !alarm.active);
  if (!isGone) return still(alarm);
  const level = eased === undefined ? {} : { trip: false, severity: eased };
  const back: Alarm = { ...unknown(alarm), ...level, active: true, latched: false, clearedMs: undefined };
  return step(back, 'returned');
}

function escalate(alarm: Alarm, severity: Severity): Step {
  if (!alarm.active || alarm.trip) return still(alarm);
  const trip: Alarm = { ...unknown(alarm), trip: true, severity };
  if (alarm.shelvedUntilMs === undefined) return step(trip, 'escalated');
  return step({ ...trip, ...nobody, shelvedUntilMs: undefined }, 'unshelved', 'escalated');
}

type Event<K extends LifeEvent['kind']> = Extract<LifeEvent, { kind: K }>;

function acknowledge(alarm: Alarm, event: Event<'acknowledge'>, timeMs: number): Step | string {
  if (alarm.state === 'normal') return 'it is normal: there is nothing to acknowledge';
  if (alarm.state === 'acknowledged') {
    const who = alarm.by === undefined ? '' : `, by ${alarm.by}`;
    return `it has been acknowledged already${who}`;
  }
  const state = alarm.state === 'cleared' ? 'normal' : 'acknowledged';
  return step({ ...alarm, state, acknowledgedMs: timeMs, ...said(event) }, 'acknowledged');
}

function reset(alarm: Alarm, event: Event<'reset'>, timeMs: number): Step | string {
  if (alarm.active && event.accepts === true)
    return step({ ...alarm, state: 'acknowledged', acknowledgedMs: timeMs, ...said(event) }, 'acknowledged');
  if (alarm.active) return 'its condition still holds: what stands cannot be reset';
  if (!alarm.latched) return 'it is not latched: it needs no reset';
  const state = alarm.state === 'acknowledged' ? 'normal' : 'cleared';
  return step({ ...alarm, state, latched: false, clearedMs: timeMs, ...said(event) }, 'reset');
}

function unshelve(alarm: Alarm, event: Extract<LifeEvent, { kind: 'unshelve' }>): Step | string {
  if (alarm.shelvedUntilMs === undefined) return 'it is not shelved';
  const isOver = alarm.state === 'normal' || alarm.state === 'cleared';
  const back = isOver ? alarm : unknown(alarm);
  const by = event.by === undefined ? nobody : said({ ...event, by: event.by });
  return step({ ...back, shelvedUntilMs: undefined, ...by }, 'unshelved');
}

function suppress(alarm: Alarm, mode: string): Step {
  if (alarm.state === 'normal' || alarm.suppressedBy === mode) return still(alarm);
  const isOver = alarm.state === 'cleared';
  return step({ ...alarm, suppressedBy: mode, state: isOver ? 'normal' : alarm.state }, 'suppressed');
}

/** As if nobody had said that he knows. */
function unknown(alarm: Alarm): Alarm {
  const isKnown = alarm.state === 'acknowledged';
  return { ...alarm, state: 'raised', acknowledgedMs: undefined, ...(isKnown && nobody) };
}

/** What happens by itself is not to bear the name, nor the words, of whoever did something before. */
const nobody = { by: undefined, comment: undefined };

function said({ by, comment }: { readonly by: string; readonly comment?: string | undefined }) {
  return { by, comment };
}

function step(alarm: Alarm, ...kinds: readonly AlarmChangeKind[]): Step {
  return isOver(alarm) ? { alarm, kinds: [...kinds, 'removed'] } : { alarm, kinds };
}

function still(alarm: Alarm): Step {
  return { alarm, kinds: [] };
}

/** There is nothing more to say of it. */
export function isOver({ state, shelvedUntilMs }: Alarm): boolean {
  return state === 'normal' && shelvedUntilMs === undefined;
}
