// The calendar file: what others read in it, and that the next run finds its plan again.
import fc from 'fast-check';
import ICAL from 'ical.js';
import { expect, test } from 'vitest';
import { decodePlan, encodePlan } from '../../src/maintenance/ics-plan.ts';
import { planMaintenance } from '../../src/maintenance/planner.ts';
import type { PlannedWindow } from '../../src/maintenance/window.ts';
import { anyWishes, at, inputOf, planOf, taskOf } from './scene.ts';

const labels = { site: 'hall-3', zone: 'Europe/Berlin' };

test('a calendar program finds the work, when it is, and who is needed', () => {
  const resources = { technician: 2, crane: 1 };
  const plan = planOf([{ before: 75, resources }], { resources });
  const text = encodePlan(plan, labels);
  expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
  const calendar = new ICAL.Component(ICAL.parse(text) as [string, [], []]);
  const [event] = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
  expect(event!.uid).toBe(plan[0]!.uid);
  expect(event!.summary).toBe('m: look after bearing');
  expect(event!.startDate.toJSDate().toISOString()).toBe('2026-11-25T14:00:00.000Z');
  expect(event!.endDate.toJSDate().toISOString()).toBe('2026-11-25T16:00:00.000Z');
  expect(event!.component.getFirstProperty('resources')!.getValues()).toEqual(['2 technician', 'crane']);
  expect(event!.description).toContain('one in ten has failed by Thu, 26 Nov 2026, 04:00 (Europe/Berlin)');
  expect(calendar.getFirstPropertyValue('x-wr-calname')).toBe('Maintenance of hall-3');
});

test('what is urgent says so', () => {
  const text = encodePlan(planOf([{ before: 7 }]), labels);
  const event = new ICAL.Component(ICAL.parse(text) as [string, [], []]).getFirstSubcomponent('vevent')!;
  expect(event.getFirstPropertyValue('priority')).toBe(1);
  expect(event.getFirstPropertyValue('summary')).toMatch(/^URGENT m: look after bearing, now/);
});

test('the next run has the same plan', () => {
  const seconds = (plan: readonly PlannedWindow[]) =>
    plan.map((one) => ({ ...one, about: [...one.about], resources: [...one.resources] }));
  fc.assert(
    fc.property(anyWishes, fc.integer({ min: 0, max: 167 }), (wishes, now) => {
      const plan = planMaintenance(
        inputOf(wishes.map(taskOf), { now, resources: { technician: 2, crane: 1 }, merge: 24 }),
      );
      expect(decodePlan(encodePlan(plan, labels))).toEqual(seconds(plan));
    }),
    { numRuns: 60 },
  );
});

test('words of all kinds come back as they were', () => {
  const words = fc.string({ unit: 'grapheme', maxLength: 200 }).filter((text) => !/\p{Cc}/u.test(text));
  fc.assert(
    fc.property(words, fc.array(words, { minLength: 1, maxLength: 3 }), (text, about) => {
      const [window] = planOf([{ before: 75 }]);
      const odd: PlannedWindow = { ...window!, text: `m: ${text}`, about };
      const [back] = decodePlan(encodePlan([odd], labels));
      expect(back).toEqual(odd);
    }),
  );
});

test('events of others and a file that is none are no plan', () => {
  const foreign = [
    'BEGIN:VCALENDAR',
    'BEGIN:VEVENT',
    'UID:x',
    'DTSTART:20261125T140000Z',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  expect(decodePlan(foreign.join('\r\n'))).toEqual([]);
  expect(() => decodePlan('nothing')).toThrow();
  expect(at(0)).toBe(Date.parse('2026-11-23T00:00:00Z'));
});
