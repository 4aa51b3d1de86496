// A few runs of the fault campaign, minutes each: one fault of the machine, one of a sensor, one of the way.
// `npm run bench -- campaign` has all of them, an hour each; CAMPAIGN_RUNS asks for as many of the quick ones.
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/plant/fault.ts';
import { expected, meetRun, type Outcome, summarise } from './fault-campaign.ts';
import { recordRun } from './fault-record.ts';
import { campaignRuns } from './fault-runs.ts';

/** What a fault is measured by is known from here on, and there is twice its time left. Of a machine's it takes longest. */
const known: Partial<Record<Fault | 'sound', readonly [atS: number, seconds: number]>> = {
  'stuck-sensor': [280, 330],
  silent: [120, 150],
};
const whole = [770, 900] as const;
const quick: readonly (Fault | undefined)[] = ['dull-tool', 'stuck-sensor', 'silent'];
const asked = process.env['CAMPAIGN_RUNS'];
const cast = campaignRuns(3001, Number(asked ?? 8));
const chosen = cast.filter(({ fault }) => asked !== undefined || quick.includes(fault));

describe('a machine with one fault', () => {
  const outcomes: Outcome[] = [];

  test.each(chosen)('seed $seed, $fault: is found in time, and nothing is told before', (spec) => {
    const [atS, seconds] = known[spec.fault ?? 'sound'] ?? whole;
    const outcome = meetRun(recordRun({ ...spec, atS, seconds }));
    outcomes.push(outcome);
    expect(outcome.falseAlarms).toEqual([]);
    if (spec.fault === undefined) return expect(outcome.found).toBeUndefined();
    const { tauS, cause } = expected[spec.fault];
    expect(outcome.found?.shownS).toBeLessThanOrEqual(2 * tauS);
    expect(outcome.settled).toBe(cause);
  });

  test('control: the account sees what is missed, what is false and whom it blames', () => {
    const [spec] = campaignRuns(1, 1, 3600);
    const alarm = { atS: 5, id: 'x', signals: [], cause: 'sensor', reasons: [] } as const;
    const missed: Outcome = { spec: spec!, healthyH: 50, falseAlarms: [alarm] };
    const found = { ...alarm, afterS: 9, shownS: 9 };
    const summary = summarise([missed, { ...missed, falseAlarms: [], found, settled: 'sensor' }]);
    expect(summary).toMatchObject({ detection: 0.5, attribution: 0, falsePer100H: 1 });
  });
});
