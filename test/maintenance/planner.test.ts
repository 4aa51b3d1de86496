// Where windows come to lie: before the failure, in hours, with what they need; and that they stay there.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planMaintenance } from '../../src/maintenance/planner.ts';
import {
  anyHours,
  anyWishes,
  at,
  covers,
  doublyWorked,
  hourMs,
  inputOf,
  overbooked,
  planOf,
  said,
  spans,
  taskOf,
} from './scene.ts';

describe('a window', () => {
  test('lies as late as it may: in hours, and before the margin', () => {
    expect(spans(planOf([{ before: 3 * 24 + 3 }]))).toEqual(['m bearing Wed 14:00-Wed 16:00']);
    expect(spans(planOf([{ before: 34 }]))).toEqual(['m bearing Mon 14:00-Mon 16:00']);
  });
  test('lies before the week-end when the failure comes in it', () => {
    expect(spans(planOf([{ before: 6 * 24 + 12 }]))).toEqual(['m bearing Fri 14:00-Fri 16:00']);
  });
  test('uses the margin where there is no other room', () => {
    expect(spans(planOf([{ before: 11 }]))).toEqual(['m bearing Mon 08:00-Mon 10:00']);
  });
  test('is now, whatever the hour, when no hours are left', () => {
    const [window] = planOf([{ before: 5 * 24 + 10 }], { now: 5 * 24 + 2 });
    expect(window).toMatchObject({ urgent: true, startMs: at(5 * 24 + 2) });
    expect(window!.text).toContain('no working hours are left');
  });
  test('is now when the failure may have come already', () => {
    expect(planOf([{ before: -3 }])[0]).toMatchObject({ urgent: true, startMs: at(8) });
  });
  test('waits for its parts, and says so where it cannot', () => {
    expect(spans(planOf([{ before: 200, lead: 72 }]))).toEqual(['m bearing Mon 14:00-Mon 16:00']);
    const [early] = planOf([{ before: 50, lead: 72 }]);
    expect(early!.urgent).toBe(false);
    expect(early!.text).toContain('sooner than its parts');
  });
  test('is not made for what is beyond the horizon or not in sight', () => {
    expect(planOf([{ before: 29 * 24 + 9 }, { about: 'spindle', before: Number.POSITIVE_INFINITY }])).toEqual(
      [],
    );
  });
  test('goes over several shifts only when it is longer than any', () => {
    expect(spans(planOf([{ before: 4 * 24, hours: 9 }]))).toEqual(['m bearing Thu 07:00-Thu 16:00']);
    expect(spans(planOf([{ before: 4 * 24, hours: 12 }]))).toEqual(['m bearing Wed 13:00-Thu 16:00']);
  });
  test('is not on a holiday nor in a blocked time', () => {
    const config = {
      holidays: ['2026-11-25'],
      blocked: [{ from: '2026-11-24T10:00', to: '2026-11-24T23:00' }],
    };
    expect(spans(planOf([{ before: 3 * 24 + 3 }], { config }))).toEqual(['m bearing Tue 08:00-Tue 10:00']);
  });
});

describe('several', () => {
  test('share who is there: who fails first chooses first', () => {
    const resources = { technician: 1 };
    const wish = { before: 3 * 24 + 3, resources };
    expect(
      spans(
        planOf(
          [
            { ...wish, machine: 'a', before: 3 * 24 + 4 },
            { ...wish, machine: 'b' },
          ],
          { resources },
        ),
      ),
    ).toEqual(['a bearing Wed 12:00-Wed 14:00', 'b bearing Wed 14:00-Wed 16:00']);
  });
  test('on one machine are joined when they lie close, and wait for one another when not', () => {
    const two = [{ before: 3 * 24 + 3 }, { about: 'spindle', before: 3 * 24 + 10, hours: 1 }];
    expect(spans(planOf(two, { merge: 24 }))).toEqual(['m bearing+spindle Wed 13:00-Wed 16:00']);
    expect(spans(planOf(two))).toHaveLength(2);
  });
  test('are not joined when together they come too late', () => {
    const two = [
      { before: 12, hours: 3 },
      { about: 'spindle', before: 40, hours: 6 },
    ];
    const plan = planOf(two, { merge: 48 });
    expect(plan.map(({ urgent }) => urgent)).toEqual([false, false]);
    expect(spans(plan)).toEqual(['m bearing Mon 08:00-Mon 11:00', 'm spindle Tue 07:00-Tue 13:00']);
  });
  test("are placed early where late ones stand in one another's way", () => {
    const resources = { technician: 1 };
    const config = { hours: { mon: ['08:00-14:00'] } };
    const wishes = [
      { machine: 'a', before: 12, hours: 2, resources },
      { machine: 'b', before: 14, hours: 4, resources },
    ];
    const plan = planOf(wishes, { resources, config, margin: 0 });
    expect(spans(plan)).toEqual(['a bearing Mon 08:00-Mon 10:00', 'b bearing Mon 10:00-Mon 14:00']);
    expect(plan.some(({ urgent }) => urgent)).toBe(false);
  });
});

describe('a plan does not hop', () => {
  const wish = { before: 3 * 24 + 3 };
  const first = planOf([wish]);
  const again = (before: number, now = 8.5, more: object = {}) =>
    planOf([{ before }], { now, previous: first, ...more });

  test('while the forecast moves a little', () => {
    for (const before of [74, 75.5, 78, 100, 120]) expect(spans(again(before))).toEqual(spans(first));
    expect(again(76)[0]).toMatchObject({ uid: first[0]!.uid, sequence: 0, changedMs: first[0]!.changedMs });
  });
  test('but moves when it would be too late, as the same piece of work', () => {
    const [moved] = again(60);
    expect(said(moved!.endMs)).toBe('Tue 16:00');
    expect(moved).toMatchObject({ uid: first[0]!.uid, sequence: 1, changedMs: at(8.5) });
  });
  test('and when much more time has come up', () => {
    expect(said(again(300)[0]!.startMs)).toBe('Fri 14:00');
  });
  test('stays while somebody works in it, and is made anew when it has passed', () => {
    expect(spans(again(80, 2 * 24 + 15))).toEqual(spans(first));
    expect(again(80, 2 * 24 + 17)[0]).toMatchObject({ uid: first[0]!.uid, sequence: 1 });
  });
  test('stays an hour when no forecast speaks of it, and goes at once when the part is new', () => {
    const never = Number.POSITIVE_INFINITY;
    expect(spans(again(never, 8.9))).toEqual(spans(first));
    expect(again(never, 9.1)).toEqual([]);
    expect(again(5000)).toEqual([]);
  });
  test('an urgent one stays where it is until it is over', () => {
    const [urgent] = planOf([{ before: 9 }], { now: 8 });
    expect(urgent!.urgent).toBe(true);
    const later = planOf([{ before: 9.2 }], { now: 8.5, previous: [urgent!] });
    expect(later[0]).toMatchObject({ startMs: urgent!.startMs, sequence: 0 });
    const calm = planOf([{ before: 60 }], { now: 8.5, previous: [urgent!] });
    expect(calm[0]).toMatchObject({ urgent: false, uid: urgent!.uid });
  });
});

describe('in a night in which the clocks change', () => {
  const nothing = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };
  const config = { zone: 'Europe/Berlin', hours: { ...nothing, sat: ['22:00-06:00'] } };
  const plan = (hours: number, now: string, before: string) => {
    const input = inputOf([], { config, margin: 0 });
    const task = { ...taskOf({ before: 0, hours }), beforeMs: Date.parse(before) };
    return planMaintenance({ ...input, nowMs: Date.parse(now), tasks: [task] });
  };
  test('nine hours fit into the long one', () => {
    const [window] = plan(9, '2026-10-24T12:00Z', '2026-10-26T00:00Z');
    expect(window).toMatchObject({ urgent: false, startMs: Date.parse('2026-10-24T20:00Z') });
    expect(window!.endMs).toBe(Date.parse('2026-10-25T05:00Z'));
  });
  test('and eight do not fit into the short one', () => {
    expect(plan(7, '2027-03-27T12:00Z', '2027-03-29T00:00Z')[0]).toMatchObject({ urgent: false });
    expect(plan(8, '2027-03-27T12:00Z', '2027-03-29T00:00Z')[0]).toMatchObject({ urgent: true });
  });
});

describe('whatever is wanted', () => {
  test('windows end before the failure, in hours, with what there is; urgent ones begin at once', () => {
    fc.assert(
      fc.property(
        anyWishes,
        anyHours,
        fc.integer({ min: 0, max: 167 }),
        fc.boolean(),
        (wishes, config, now, merge) => {
          const resources = { technician: 2, crane: 1 };
          const input = inputOf(wishes.map(taskOf), { now, config, resources, merge: merge ? 24 : 0 });
          const plan = planMaintenance(input);
          const open = input.open(at(now) - 48 * hourMs, at(1400));
          expect(overbooked(plan, resources)).toEqual([]);
          expect(doublyWorked(plan)).toEqual([]);
          for (const window of plan) {
            if (window.urgent) {
              expect(window.startMs).toBeLessThanOrEqual(Math.max(at(now), window.beforeMs));
              continue;
            }
            expect(window.endMs).toBeLessThanOrEqual(window.beforeMs);
            expect(window.startMs).toBeGreaterThanOrEqual(at(now));
            expect(covers(open, window.startMs) && covers(open, window.endMs)).toBe(true);
            const inside = open.some(({ fromMs, toMs }) => fromMs <= window.startMs && window.endMs <= toMs);
            const longest = Math.max(...open.map(({ fromMs, toMs }) => toMs - fromMs));
            if (window.endMs - window.startMs <= longest) expect(inside).toBe(true);
          }
          const due = wishes.filter(({ before }) => at(before) <= at(now) + input.horizonMs);
          const planned = plan.flatMap(({ machine, about }) => about.map((one) => `${machine} ${one}`));
          expect(planned.toSorted()).toEqual(
            due.map(({ machine, about }) => `${machine} ${about}`).toSorted(),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
  test('a plan made again from itself is the same', () => {
    fc.assert(
      fc.property(anyWishes, anyHours, fc.integer({ min: 0, max: 167 }), (wishes, config, now) => {
        const scene = { now, config, resources: { technician: 2, crane: 1 }, merge: 24 };
        const tasks = wishes.map(taskOf);
        const first = planMaintenance(inputOf(tasks, scene));
        const second = planMaintenance(inputOf(tasks, { ...scene, previous: first }));
        const third = planMaintenance(inputOf(tasks, { ...scene, previous: second }));
        expect(third.map(({ uid, startMs }) => [uid, startMs])).toEqual(
          second.map(({ uid, startMs }) => [uid, startMs]),
        );
        expect(second.map(({ sequence }) => sequence).every((count) => count <= 1)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
