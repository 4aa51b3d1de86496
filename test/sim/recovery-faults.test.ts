// Faults of the machine are seen and learnt; faults of a sensor are neither. Each begins with a twin that knows its
// machine, as after the half hour of `recovery.test.ts`, which has the control: a sound machine is left alone.
import { expect, test } from 'vitest';
import { Doubts } from '../../src/core/calibrate/guard.ts';
import { findings, groupsOf, knownOf, parametersIn, startKnowing, suffer } from '../plant/campaign.ts';
import { spindleDragNm, twinDragNm, workingRpm } from '../plant/hidden-truth.ts';

const warmS = 120;
const seed = 1;

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

/** Two at once where they touch different sensors and groups. */
test.each([
  [[{ fault: 'silent', output: 'spindle.windingTemp', doubt: 'silent' }]],
  [
    [
      { fault: 'stuck-sensor', output: 'spindle.windingTemp', doubt: 'stuck' },
      { fault: 'spike', output: 'spindle.current', doubt: 'spikes' },
    ],
  ],
] as const)('a sensor that lies is caught, and not one bit of what it could teach is learnt: %j', (lies) => {
  const lesson = startKnowing(seed, warmS);
  const { core, twin } = lesson.stand;
  const { guard } = core.calibrators[0]!;
  const doubtOf = (output: string) =>
    guard.doubt[twin.model.outputs.findIndex(({ name }) => name === output)];
  const misled: readonly string[] = lies.flatMap(({ fault }) => groupsOf[fault]);
  const before = parametersIn(lesson, misled);
  for (const { fault, output } of lies) {
    expect(doubtOf(output)).toBe(Doubts.none);
    suffer(lesson, fault, 1, 0);
  }
  const { adopted } = suffer(lesson, undefined, 0, 500);
  for (const { output, doubt } of lies) expect(doubtOf(output)).toBe(Doubts[doubt]);
  expect(parametersIn(lesson, misled)).toEqual(before);
  expect(adopted.filter(({ group }) => misled.includes(group))).toEqual([]);
});
