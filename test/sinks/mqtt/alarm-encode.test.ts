// What a display is given of an alarm: all it needs, and never more than it can take.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alarmBytesMax, encodeAlarm } from '../../../src/sinks/mqtt/alarm-encode.ts';
import { sceneMs } from '../../suites/scene.ts';
import { alarmOf, evidenceOf } from '../alarm-scene.ts';

interface Body {
  readonly evidence?: {
    readonly from: string;
    readonly to: string;
    readonly stepMs: number;
    readonly signals: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
    readonly residuals: readonly unknown[];
    readonly links: readonly object[];
  };
}

test('says what is wrong, since when, whose fault it is and what to do, with times as people write them', () => {
  const alarm = alarmOf('oil.temp.limit', {
    ...{ state: 'acknowledged', acknowledgedMs: sceneMs + 1000, by: 'anna', comment: 'seen' },
    consequences: ['pump.silent'],
  });
  expect(JSON.parse(encodeAlarm(alarm))).toEqual({
    ...{
      v: 1,
      machine: 'press-1',
      alarm: 'oil.temp.limit',
      occurrence: 7,
      state: 'acknowledged',
      active: true,
    },
    ...{ severity: 'high', trip: false, since: '2026-11-20T23:46:00.100Z', cause: 'machine' },
    ...{ text: 'oil.temp is 61.2 °C, above 60 °C', action: 'Look after the cooler.' },
    ...{ reasons: ['the twin says otherwise'], signals: ['oil.temp'], detector: 'limits', score: 0.75 },
    ...{ value: 61.2346, bound: 60, unit: 'degC', count: 1, consequences: ['pump.silent'] },
    ...{ acknowledged: '2026-11-20T23:46:01.100Z', by: 'anna', comment: 'seen' },
  });
});

test('evidence keeps its steps beside each other, its peaks and its holes', () => {
  const { evidence } = JSON.parse(encodeAlarm(alarmOf('a', { evidence: evidenceOf(8) }))) as Body;
  expect(evidence).toMatchObject({ from: '2026-11-20T23:45:30.100Z', to: '2026-11-20T23:46:10.100Z' });
  const [first, ...others] = evidence!.signals;
  expect(first!.values).toContain(99.5);
  expect(others.every(({ values }) => values.length === first!.values.length)).toBe(true);
  expect(evidence!.stepMs * first!.values.length).toBeGreaterThanOrEqual(40_000);
  expect(evidence!.stepMs * (first!.values.length - 1)).toBeLessThan(40_000);
  expect(evidence!.links).toEqual([
    { time: '2026-11-20T23:45:59.600Z', source: 'shop', up: false, reason: 'the cable is cut' },
  ]);
  const whole = JSON.parse(encodeAlarm(alarmOf('a', { evidence: evidenceOf(1, 40) }))) as Body;
  expect(whole.evidence!.stepMs).toBe(1000);
  // A hole of one step among forty is seen when nothing is thinned.
  const holed = { ...evidenceOf(1, 100), residuals: [] };
  const { evidence: seen } = JSON.parse(encodeAlarm(alarmOf('a', { evidence: holed }))) as Body;
  expect(seen!.signals[0]!.values[50]).toBeNull();
});

test('is never longer than a display can take, whatever is in it', () => {
  const words = fc.string({ maxLength: 2000 });
  fc.assert(
    fc.property(
      fc.record({ text: words, action: words, comment: words, reasons: fc.array(words, { maxLength: 30 }) }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.double(),
      (more, series, steps, spike) => {
        const evidence = evidenceOf(series, steps, spike);
        const text = encodeAlarm(alarmOf('a', { ...more, evidence, value: spike, score: spike }));
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(alarmBytesMax);
        expect(text).not.toMatch(/NaN|Infinity(?!")/);
      },
    ),
    { numRuns: 60 },
  );
});
