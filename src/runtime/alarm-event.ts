// What becomes of an alarm as an event, for those who follow events: only of alarms that operators are told of, and only
// what they would call news.
import type { Alarm, AlarmChange, AlarmChangeKind } from '../core/alarm.ts';
import type { GatewayEvent } from '../ports/event.ts';

const verbs: Partial<Record<AlarmChangeKind, string>> = {
  raised: 'raised',
  promoted: 'stands by itself now',
  escalated: 'has become a trip',
  returned: 'is back',
  chattering: 'comes and goes',
  acknowledged: 'acknowledged',
  latched: 'is over and waits for a reset',
  cleared: 'is over',
  reset: 'reset',
  shelved: 'shelved',
  unshelved: 'no longer shelved',
};

const beginnings = new Set<string>(['raised', 'promoted', 'escalated', 'returned']);

/** Undefined for what is in the journal only. */
export function alarmEvent({ kind, timeMs, alarm }: AlarmChange): GatewayEvent | undefined {
  const verb = verbs[kind];
  if (verb === undefined || !isOperators(alarm, kind)) return undefined;
  const { machine, id, occurrence, state, severity, cause, count, value, bound, by, comment } = alarm;
  const details = { alarm: id, change: kind, occurrence, state, severity, cause, count };
  const more = { value: six(value), bound: six(bound), by: people.has(kind) ? by : undefined, comment };
  const known = Object.entries(more).filter(([, one]) => one !== undefined && !Number.isNaN(one));
  const who = more.by === undefined ? '' : ` by ${more.by}`;
  return {
    ...{ kind: 'alarm', timeMs, machine },
    text: `${id} ${verb}${who}: ${alarm.text}`,
    details: { ...details, ...(Object.fromEntries(known) as Record<string, number | string>) },
  };
}

/** Digits of a sensor, none of arithmetic. */
function six(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(6));
}

const people = new Set<AlarmChangeKind>(['acknowledged', 'reset', 'shelved', 'unshelved']);

/** Is, or was before it ended, on their list. */
function isOperators({ under, trip, shelvedUntilMs, suppressedBy }: Alarm, kind: AlarmChangeKind): boolean {
  if (suppressedBy !== undefined || (under !== undefined && !trip)) return false;
  return shelvedUntilMs === undefined || kind === 'shelved';
}

/** Something that people should look at. */
export function isGraveAlarm({ kind, details }: GatewayEvent): boolean {
  return kind === 'alarm' && beginnings.has(String(details?.['change']));
}
