// Each transition of an alarm's life, and each that is none: the table of docs/alarms.md, walked.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOver, type LifeEvent, live } from '../../../src/core/alarm/life.ts';
import { type Alarm, isTold } from '../../../src/core/alarm.ts';

const base: Alarm = {
  ...{ machine: 'mill-1', id: 'hot', occurrence: 3, state: 'raised', active: true, latched: false },
  ...{ severity: 'medium', trip: false, cause: 'machine', reasons: [], text: 'hot', action: 'cool it' },
  ...{ signals: ['a'], detector: 'limits', score: 0.7, raisedMs: 1000, count: 1, consequences: [] },
};
const states = {
  'normal, shelved': { state: 'normal', active: false, shelvedUntilMs: 9000 },
  raised: {},
  'raised, latched': { active: false, latched: true },
  acknowledged: { state: 'acknowledged', by: 'Ann', acknowledgedMs: 2000 },
  'acknowledged, latched': { state: 'acknowledged', active: false, latched: true, by: 'Ann' },
  cleared: { state: 'cleared', active: false },
  'raised, trip': { trip: true, severity: 'high' },
  'raised, shelved': { shelvedUntilMs: 9000 },
  'acknowledged, shelved': { state: 'acknowledged', shelvedUntilMs: 9000 },
  'raised, suppressed': { suppressedBy: 'idle' },
  'raised, under': { under: 'link' },
} as const satisfies Record<string, Partial<Alarm>>;
type From = keyof typeof states;

const events = {
  gone: { kind: 'gone', latch: false },
  'gone, to be latched': { kind: 'gone', latch: true },
  returned: { kind: 'returned' },
  escalate: { kind: 'escalate', severity: 'high' },
  ease: { kind: 'ease', severity: 'low' },
  acknowledge: { kind: 'acknowledge', by: 'Ben', comment: 'seen' },
  reset: { kind: 'reset', by: 'Ben' },
  shelve: { kind: 'shelve', untilMs: 9999, by: 'Ben' },
  unshelve: { kind: 'unshelve' },
  suppress: { kind: 'suppress', mode: 'idle' },
  unsuppress: { kind: 'unsuppress' },
} as const satisfies Record<string, LifeEvent>;
type Event = keyof typeof events;

/** In words: the state after it with what stands beside it, `.` for no change, `no` for a refusal. */
function after(from: From, event: Event): string {
  const step = live({ ...base, ...states[from] } as Alarm, events[event], 5000);
  if (typeof step === 'string') return 'no';
  if (step.kinds.length === 0) return '.';
  const { alarm } = step;
  const beside = [
    ...(alarm.active ? ['active'] : []),
    ...(alarm.latched ? ['latched'] : []),
    ...(alarm.trip ? ['trip'] : []),
    ...(alarm.shelvedUntilMs === undefined ? [] : ['shelved']),
    ...(alarm.suppressedBy === undefined ? [] : ['suppressed']),
  ];
  return `${[alarm.state, ...beside].join(' ')}: ${step.kinds.join(' ')}`;
}

const table: Readonly<Record<From, Readonly<Record<Event, string>>>> = {
  'normal, shelved': {
    ...{ gone: '.', 'gone, to be latched': '.', returned: '.', escalate: '.', ease: '.' },
    ...{ acknowledge: 'no', reset: 'no', shelve: 'normal shelved: shelved' },
    ...{ unshelve: 'normal: unshelved removed', suppress: '.', unsuppress: '.' },
  },
  raised: {
    gone: 'cleared: cleared',
    'gone, to be latched': 'raised latched: latched',
    ...{ returned: '.', escalate: 'raised active trip: escalated', ease: '.' },
    ...{ acknowledge: 'acknowledged active: acknowledged', reset: 'no' },
    ...{ shelve: 'raised active shelved: shelved', unshelve: 'no' },
    ...{ suppress: 'raised active suppressed: suppressed', unsuppress: '.' },
  },
  'raised, latched': {
    ...{
      gone: '.',
      'gone, to be latched': '.',
      returned: 'raised active: returned',
      escalate: '.',
      ease: '.',
    },
    ...{ acknowledge: 'acknowledged latched: acknowledged', reset: 'cleared: reset' },
    ...{ shelve: 'raised latched shelved: shelved', unshelve: 'no' },
    ...{ suppress: 'raised latched suppressed: suppressed', unsuppress: '.' },
  },
  acknowledged: {
    gone: 'normal: cleared removed',
    'gone, to be latched': 'acknowledged latched: latched',
    ...{
      returned: '.',
      escalate: 'raised active trip: escalated',
      ease: '.',
      acknowledge: 'no',
      reset: 'no',
    },
    ...{ shelve: 'acknowledged active shelved: shelved', unshelve: 'no' },
    ...{ suppress: 'acknowledged active suppressed: suppressed', unsuppress: '.' },
  },
  'acknowledged, latched': {
    ...{
      gone: '.',
      'gone, to be latched': '.',
      returned: 'raised active: returned',
      escalate: '.',
      ease: '.',
    },
    ...{ acknowledge: 'no', reset: 'normal: reset removed' },
    ...{ shelve: 'acknowledged latched shelved: shelved', unshelve: 'no' },
    ...{ suppress: 'acknowledged latched suppressed: suppressed', unsuppress: '.' },
  },
  cleared: {
    ...{
      gone: '.',
      'gone, to be latched': '.',
      returned: 'raised active: returned',
      escalate: '.',
      ease: '.',
    },
    ...{ acknowledge: 'normal: acknowledged removed', reset: 'no' },
    ...{ shelve: 'cleared shelved: shelved', unshelve: 'no' },
    ...{ suppress: 'normal suppressed: suppressed removed', unsuppress: '.' },
  },
  'raised, trip': {
    gone: 'cleared trip: cleared',
    'gone, to be latched': 'raised latched trip: latched',
    ...{ returned: '.', escalate: '.', ease: 'raised active: eased' },
    ...{ acknowledge: 'acknowledged active trip: acknowledged', reset: 'no' },
    ...{ shelve: 'raised active trip shelved: shelved', unshelve: 'no' },
    ...{ suppress: 'raised active trip suppressed: suppressed', unsuppress: '.' },
  },
  'raised, shelved': {
    gone: 'normal shelved: cleared',
    'gone, to be latched': 'raised latched shelved: latched',
    ...{ returned: '.', escalate: 'raised active trip: unshelved escalated', ease: '.' },
    ...{ acknowledge: 'acknowledged active shelved: acknowledged', reset: 'no' },
    ...{ shelve: 'raised active shelved: shelved', unshelve: 'raised active: unshelved' },
    ...{ suppress: 'raised active shelved suppressed: suppressed', unsuppress: '.' },
  },
  'acknowledged, shelved': {
    gone: 'normal shelved: cleared',
    'gone, to be latched': 'acknowledged latched shelved: latched',
    ...{ returned: '.', escalate: 'raised active trip: unshelved escalated', ease: '.', acknowledge: 'no' },
    ...{ reset: 'no', shelve: 'acknowledged active shelved: shelved', unshelve: 'raised active: unshelved' },
    ...{ suppress: 'acknowledged active shelved suppressed: suppressed', unsuppress: '.' },
  },
  'raised, suppressed': {
    gone: 'normal suppressed: cleared removed',
    'gone, to be latched': 'raised latched suppressed: latched',
    ...{ returned: '.', escalate: 'raised active trip suppressed: escalated', ease: '.' },
    ...{ acknowledge: 'acknowledged active suppressed: acknowledged', reset: 'no' },
    ...{ shelve: 'raised active shelved suppressed: shelved', unshelve: 'no' },
    ...{ suppress: '.', unsuppress: 'raised active: unsuppressed' },
  },
  'raised, under': {
    gone: 'normal: cleared removed',
    'gone, to be latched': 'raised latched: latched',
    ...{ returned: '.', escalate: 'raised active trip: escalated', ease: '.' },
    ...{ acknowledge: 'acknowledged active: acknowledged', reset: 'no' },
    ...{ shelve: 'raised active shelved: shelved', unshelve: 'no' },
    ...{ suppress: 'raised active suppressed: suppressed', unsuppress: '.' },
  },
};

describe('every event in every state', () => {
  const all = (Object.keys(table) as From[]).flatMap((from) =>
    (Object.keys(table[from]) as Event[]).map((event) => [from, event, table[from][event]] as const),
  );

  test.each(all)('%s: %s -> %s', (from, event, expected) => {
    expect(after(from, event)).toBe(expected);
  });

  test('is in the table', () => {
    for (const row of Object.values(table))
      expect(Object.keys(row).toSorted()).toEqual(Object.keys(events).toSorted());
    expect(Object.keys(table).toSorted()).toEqual(Object.keys(states).toSorted());
  });
});

describe('whatever happens to an alarm', () => {
  const anyEvent = fc.constantFrom(...Object.values(events)) as fc.Arbitrary<LifeEvent>;

  test('it is one of an operator, or of nobody: never both, and what is told is never touched', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (sequence) => {
        let alarm = base;
        for (const [i, event] of sequence.entries()) {
          const before = structuredClone(alarm);
          const step = live(alarm, event, 2000 + i);
          expect(alarm).toEqual(before);
          if (typeof step === 'string') continue;
          if (step.kinds.length === 0) expect(step.alarm).toEqual(before);
          if (isOver(step.alarm)) {
            expect(step.kinds.at(-1)).toBe('removed');
            return;
          }
          ({ alarm } = step);
          expect(alarm.active && alarm.latched).toBe(false);
          if (alarm.state === 'cleared' || alarm.state === 'normal')
            expect(alarm.active || alarm.latched).toBe(false);
          if (alarm.state === 'acknowledged') expect(alarm.active || alarm.latched).toBe(true);
          if (alarm.state === 'normal') expect(isTold(alarm)).toBe(false);
          expect([alarm.occurrence, alarm.raisedMs]).toEqual([base.occurrence, base.raisedMs]);
        }
      }),
    );
  });
});
