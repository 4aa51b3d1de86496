// Faults of the machine are seen and learnt; faults of a sensor are neither. Each begins with a twin that knows its
// machine, as after the half hour of `recovery.test.ts`.
import { expect, test } from 'vitest';
import { Doubts } from '../../src/core/calibrate/guard.ts';
import { findings, groupsOf, knownOf, parametersIn, startKnowing, suffer } from '../plant/campaign.ts';
import { spindleDragNm, twinDragNm, workingRpm } from '../plant/hidden-truth.ts';

const warmS = 120;
const seed = 1;

test('a machine that is sound is not called broken, and what is known of it hardly moves', () => {
  const lesson = startKnowing(seed, warmS);
  const { divergedS, troubledS } = suffer(lesson, undefined, 0, 300);
  expect([divergedS, troubledS]).toEqual([undefined, 0]);
  // A drift may be learnt: grease thins, tools wear.
  const { twin } = lesson.stand;
  const known = knownOf(twin.model, twin.parameters);
  for (const rpm of workingRpm) {
    expect(Math.abs(twinDragNm(rpm, known) / twinDragNm(rpm, lesson.told) - 1)).toBeLessThan(0.05);
  }
  for (const name of ['winding.rth', 'bearing.coolingRth']) {
    expect(Math.abs(known(name) / lesson.told(name) - 1)).toBeLessThan(0.05);
  }
});

test('bearing friction doubled: seen within 30 s, and the new drag is learnt', () => {
  const lesson = startKnowing(seed, warmS);
  const { truth, twin } = lesson.stand;
  const { divergedS, adopted } = suffer(lesson, 'bearing', 2 / 3, 300);
  expect(divergedS).toBeLessThan(30);
  expect(adopted.map(({ group }) => group)).toContain('spindle');
  const known = knownOf(twin.model, twin.parameters);
  for (const rpm of workingRpm) {
    expect(Math.abs(twinDragNm(rpm, known) / spindleDragNm(truth, rpm, lesson.told) - 1)).toBeLessThan(0.05);
    expect(twinDragNm(rpm, known) / twinDragNm(rpm, lesson.told)).toBeGreaterThan(1.5);
  }
});

test('cooling lost: seen within 30 s, and the new way out of the heat is learnt', () => {
  const lesson = startKnowing(seed, warmS);
  const { divergedS, adopted } = suffer(lesson, 'cooling', 1, 1100);
  expect(divergedS).toBeLessThan(30);
  expect(adopted.map(({ group }) => group)).toContain('heat');
  const found = new Map(findings(lesson).map((finding) => [finding.name, finding]));
  expect(Math.abs(found.get('bearing.coolingRth')!.error)).toBeLessThan(0.1);
  expect(found.get('bearing.coolingRth')!.value).toBeGreaterThan(3 * lesson.told('bearing.coolingRth'));
});

test.each([
  ['stuck-sensor', 'spindle.windingTemp', 'stuck'],
  ['silent', 'spindle.windingTemp', 'silent'],
  ['spike', 'spindle.current', 'spikes'],
] as const)(
  '%s: %s is caught (%s), and not one bit of what it could teach is learnt',
  (fault, output, doubt) => {
    const lesson = startKnowing(seed, warmS);
    const { core, twin } = lesson.stand;
    const { guard } = core.calibrators[0]!;
    const place = twin.model.outputs.findIndex(({ name }) => name === output);
    const before = parametersIn(lesson, groupsOf[fault]);
    expect(guard.doubt[place]).toBe(Doubts.none);
    const { adopted } = suffer(lesson, fault, 1, 500);
    expect(guard.doubt[place]).toBe(Doubts[doubt]);
    expect(parametersIn(lesson, groupsOf[fault])).toEqual(before);
    expect(adopted.filter(({ group }) => (groupsOf[fault] as readonly string[]).includes(group))).toEqual([]);
  },
);
