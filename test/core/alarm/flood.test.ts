// Many at once, and anything in any order: nothing is lost, nothing grows without bound, numbers never repeat.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashBook, rememberAlarms, restoreAlarms } from '../../../src/core/alarm/memory.ts';
import { type AlarmAction, type AlarmChange, alarmActions, isTold } from '../../../src/core/alarm.ts';
import { hashText, newHash } from '../../../src/core/hash.ts';
import { readValue } from '../../../src/core/snapshot-read.ts';
import { writeValue } from '../../../src/core/snapshot-write.ts';
import { bookOf, condition, type TestBook } from './book-of.ts';

const thousand = Array.from({ length: 1000 }, (_, i) =>
  condition(`c${i}`, 'limits', { onDelayS: 0, rows: [i % 20] }),
);

describe('a thousand at once', () => {
  test('are all raised within a second, each once, and all cleared', () => {
    const mill = bookOf(thousand);
    for (const { id } of thousand) mill.set(id, 1);
    mill.run(0.1);
    // One tick does not bear all of them.
    expect(mill.book.live.size).toBeLessThan(300);
    mill.run(0.9);
    const raised = mill.changes.filter(({ kind }) => kind === 'raised');
    expect(new Set(raised.map(({ alarm }) => alarm.id)).size).toBe(1000);
    expect(new Set(raised.map(({ alarm }) => alarm.occurrence)).size).toBe(1000);
    mill.changes.length = 0;
    for (const { id } of thousand) mill.set(id, 0);
    mill.run(6);
    expect(mill.changes.filter(({ kind }) => kind === 'cleared')).toHaveLength(1000);
  });

  test('have evidence for those that are told first, and no more than some of them keep it', () => {
    const mill = bookOf(thousand);
    for (const { id } of thousand) mill.set(id, 1);
    mill.run(30);
    const withEvidence = [...mill.book.live.values()].filter(({ evidence }) => evidence !== undefined);
    expect(withEvidence.length).toBeGreaterThan(10);
    expect(withEvidence.length).toBeLessThanOrEqual(32);
  });

  test('that stand still are not told of, and nothing is made for them', () => {
    const mill = bookOf(thousand);
    for (const { id } of thousand) mill.set(id, 1);
    mill.run(30);
    mill.changes.length = 0;
    const before = [...mill.book.live.values()];
    mill.run(600);
    expect(mill.changes).toEqual([]);
    expect([...mill.book.live.values()].every((alarm, i) => alarm === before[i])).toBe(true);
  });
});

const some = [
  condition('link', 'link', { onDelayS: 0, offDelayS: 1, rows: [0, 1, 2, 3] }),
  condition('limit', 'limits', { onDelayS: 1, offDelayS: 2, rows: [0], suppressedIn: ['idle'] }),
  condition('latched', 'limits', { onDelayS: 0, offDelayS: 0, rows: [1], latched: true }),
  condition('residual', 'cusum', { onDelayS: 0.5, offDelayS: 3, rows: [2] }),
  condition('pattern', 'ensemble', { onDelayS: 2, offDelayS: 5, rows: [0, 1, 2, 3] }),
];
const ids = some.map(({ id }) => id);

type Act =
  | { readonly do: 'set'; readonly id: string; readonly level: 0 | 1 | 2 }
  | { readonly do: 'run'; readonly s: number; readonly skip: boolean }
  | { readonly do: 'ask'; readonly id: string; readonly action: AlarmAction; readonly forS: number }
  | { readonly do: 'know'; readonly known: boolean }
  | { readonly do: 'mode'; readonly behaviour: number };

const anyId = fc.constantFrom(...ids);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set'), id: anyId, level: fc.constantFrom(0, 1, 2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('run'),
      s: fc.constantFrom(0.1, 0.4, 2, 9, 40),
      skip: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ do: fc.constant('ask'), id: anyId },
      ...{ action: fc.constantFrom(...alarmActions), forS: fc.constantFrom(-1, 5, 60, 1e6) },
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('know'), known: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('mode'), behaviour: fc.integer({ min: -1, max: 4 }) }),
  },
) as fc.Arbitrary<Act>;

function perform(mill: TestBook, one: Act): void {
  if (one.do === 'set') mill.set(one.id, one.level);
  else if (one.do === 'run') mill.run(one.s, one.skip);
  else if (one.do === 'know') mill.know(one.known);
  else if (one.do === 'mode') mill.frame.behaviour = one.behaviour;
  else mill.ask({ alarm: one.id, action: one.action, ...(one.action === 'shelve' && { forS: one.forS }) });
}

/** What must hold of a book at any moment. */
function check({ book }: TestBook): void {
  for (const [c, alarm] of book.live) {
    expect(alarm.id).toBe(book.conditions[c]!.id);
    expect(alarm.active).toBe(book.contacts.held[c]! > 0);
    expect(alarm.trip).toBe(alarm.active ? book.contacts.held[c] === 2 : alarm.trip);
    expect(alarm.state !== 'normal' || alarm.shelvedUntilMs !== undefined).toBe(true);
    const root = book.root[c]!;
    expect(alarm.under).toBe(root < 0 ? undefined : book.conditions[root]!.id);
    if (root < 0) continue;
    // One level deep, and never a ring.
    expect(book.root[root]).toBe(-1);
    expect(root).not.toBe(c);
  }
  for (let c = 0; c < some.length; c++) if (!book.live.has(c)) expect(book.contacts.held[c]).toBe(0);
}

/** What a sink makes of all that it is told: it must come to what the book has. */
function retained(changes: readonly AlarmChange[]): Map<string, string> {
  const topics = new Map<string, string>();
  for (const { kind, alarm } of changes) {
    const { id, occurrence, state } = alarm;
    if (kind === 'removed') topics.delete(id);
    else topics.set(id, `${occurrence} ${state} ${isTold(alarm)} ${alarm.under ?? ''}`);
  }
  return topics;
}

describe('in any order', () => {
  test('a book keeps its promises, and whoever hears all changes knows what stands', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const mill = bookOf(some);
        for (const one of acts) {
          perform(mill, one);
          check(mill);
        }
        mill.run(0.1);
        check(mill);
        const stands = [...mill.book.live.values()].map(
          (alarm) =>
            [alarm.id, `${alarm.occurrence} ${alarm.state} ${isTold(alarm)} ${alarm.under ?? ''}`] as const,
        );
        expect(retained(mill.changes)).toEqual(new Map(stands));
        const occurrences = mill.changes
          .filter(({ kind }) => kind === 'raised')
          .map(({ alarm }) => alarm.occurrence);
        expect(occurrences).toEqual(occurrences.map((_, i) => i + 1));
      }),
      { numRuns: 300 },
    );
  });

  test('a snapshot goes on to the same bits', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), fc.array(act, { maxLength: 30 }), (first, then) => {
        const [one, two] = [bookOf(some), bookOf(some)];
        for (const each of first) perform(one, each);
        one.run(0.1);
        const data = writeValue(one.book);
        readValue(data, two.book);
        two.standing.level.set(one.standing.level);
        two.frame.behaviour = one.frame.behaviour;
        two.know(one.frame.quality[0] === 0);
        two.after(one.tick);
        one.changes.length = 0;
        for (const mill of [one, two]) for (const each of then) perform(mill, each);
        const hash = ({ book }: TestBook) => {
          const made = newHash();
          hashBook(made, book);
          return hashText(made);
        };
        expect(hash(two)).toBe(hash(one));
        expect(two.changes.map(({ kind }) => kind)).toEqual(one.changes.map(({ kind }) => kind));
      }),
      { numRuns: 100 },
    );
  });

  test('a restart keeps what stands: the same occurrence, told once as restored, numbers never twice', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const one = bookOf(some);
        for (const each of acts) perform(one, each);
        one.run(0.1);
        const memory = JSON.parse(JSON.stringify(rememberAlarms(one.book))) as ReturnType<
          typeof rememberAlarms
        >;
        const two = bookOf(some);
        restoreAlarms(two.book, memory);
        two.frame.behaviour = one.frame.behaviour;
        two.standing.level.set(one.standing.level);
        two.run((one.nowMs - two.nowMs) / 1000 + 0.1, true);
        const told = two.changes.filter(({ kind }) => kind === 'restored').map(({ alarm }) => alarm.id);
        expect(told.toSorted()).toEqual([...one.book.live.values()].map(({ id }) => id).toSorted());
        for (const { kind, alarm } of two.changes)
          if (kind === 'raised') expect(alarm.occurrence).toBeGreaterThan(one.book.occurrences);
        for (const alarm of two.book.live.values()) {
          const before = [...one.book.live.values()].find(({ id }) => id === alarm.id);
          if (before?.occurrence !== alarm.occurrence) continue;
          expect(alarm.raisedMs).toBe(before.raisedMs);
          if (before.active && alarm.active) expect(alarm.state).toBe(before.state);
        }
        check(two);
      }),
      { numRuns: 150 },
    );
  });
});
