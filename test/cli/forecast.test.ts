// `gemel forecast` and `gemel maintenance`, beside a gateway that runs and beside none.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { riskText } from '../../src/cli/forecast-view.ts';
import { planText } from '../../src/cli/maintenance.ts';
import type { Risk } from '../../src/core/forecast.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { planOf } from '../maintenance/scene.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchText } from '../running-gateway.ts';

useCleanUp();

const config = (port: number) => `version: 1
broker: { port: 0 }
metrics: { port: ${port} }
history: { enabled: false }
forecast: { horizonH: 10, particles: 300 }
maintenance: { watchedMinH: 0, zone: UTC }
machines: { m: { model: mill, signals: {}, forecast: { failures: { current-high: off } } } }
`;

async function call(cwd: string, ...words: string[]) {
  const done = gemel(words, { cwd });
  const code = await done.ended();
  return { code, out: done.out(), err: done.err() };
}

interface Told {
  running: boolean;
  seed: number;
  particles: number;
  horizonH: number;
  failures: { failure: string; probability: number }[];
}

async function told(cwd: string, ...words: string[]): Promise<Told> {
  const { code, out, err } = await call(cwd, 'forecast', ...words, '--json');
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Told;
}

test('a gateway that runs is asked; what it kept is forecast when it does not', async () => {
  const port = await freePort();
  const gateway = await launchText(config(port), port);
  await gateway.said('first frame');
  const dir = join(gateway.file, '..');
  const looked = await call(
    dir,
    'inspect',
    'm',
    'bearing',
    '--wear',
    '0.9',
    '--sigma',
    '0.02',
    '--config',
    gateway.file,
  );
  expect(looked.code).toBe(0);
  const live = await told(dir, 'm', '--config', gateway.file, '--hours', '5');
  expect(live).toMatchObject({ running: true, horizonH: 5, particles: 300 });
  expect(live.failures.find(({ failure }) => failure === 'bearing-worn')!.probability).toBe(1);
  expect(live.failures.some(({ failure }) => failure === 'current-high')).toBe(false);
  const plan = join(dir, 'state', 'maintenance.ics');
  await poll('the plan', async () =>
    (await call(dir, 'maintenance', '--config', gateway.file)).out.includes('URGENT'),
  );
  expect(await gateway.stop()).toBe(0);

  const kept = await told(dir, '--config', gateway.file, '--seed', '7');
  expect(kept).toMatchObject({ running: false, seed: 7, horizonH: 10, particles: 300 });
  expect(kept.failures.map(({ failure }) => failure)).toEqual(live.failures.map(({ failure }) => failure));
  const { out } = await call(dir, 'maintenance', '--config', gateway.file, '--ics', 'copy.ics');
  expect(out).toBe('1 window written to copy.ics\n');
  expect(readFileSync(join(dir, 'copy.ics'), 'utf8')).toBe(readFileSync(plan, 'utf8'));
});

describe('of a few measurements', () => {
  const points =
    'tool,minutes,VB [µm]\na,10,60\na,30,140\na,60,290\nb,10,50\nb,40,170\nb,72,310\nc,10,70\nc,25,140\n';

  test('one part is told from the others', async () => {
    const dir = await stateDir();
    writeFileSync(join(dir, 'points.csv'), points);
    const { out, err } = await call(dir, 'forecast', 'wear', 'points.csv', '--part', 'tool', '--json');
    expect(err).toBe('');
    const answer = JSON.parse(out) as {
      part: string;
      left: { p05: number; p50: number; p95: number };
      wearUnit: string;
      parts: number;
      points: number;
    };
    expect(answer).toMatchObject({ part: 'c', wearUnit: 'µm', parts: 2, points: 2 });
    // At its pace of 4.7 µm a minute, 160 µm take 34 minutes; its fleet ends faster.
    expect(answer.left.p50).toBeGreaterThan(20);
    expect(answer.left.p50).toBeLessThan(45);
    expect(answer.left.p05).toBeLessThan(answer.left.p50);
    const none = await call(dir, 'forecast', 'wear', 'points.csv', '--part', 'tool', '--only', 'd');
    expect(none).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no part "d"; there is a, b, c'),
    });
  });
});

const never = Number.POSITIVE_INFINITY;
const risk: Risk = {
  ...{
    horizonH: 24,
    particles: 1000,
    seed: 7,
    timeMs: Date.parse('2026-11-23T08:00:00Z'),
    loadHours: 30,
    tookMs: 80,
  },
  ...{ probability: 0.63, level: 'high', limiting: 'tool-3-worn', notes: ['little is known'] },
  failures: [
    {
      failure: 'winding-hot',
      about: '',
      threshold: 85,
      probability: 0,
      hours: { p10: never, p50: never, p90: never },
      curve: [],
    },
    {
      failure: 'tool-3-worn',
      about: '',
      component: 'tool.3',
      threshold: 1,
      probability: 0.62,
      hours: { p10: 11, p50: 21, p90: 100 },
      curve: [],
    },
  ],
};

test('people see the likeliest first, with a bar, and what it leans on', () => {
  const lines = riskText({ machine: 'mill-1', running: false, risk }, { width: 120 }).split('\n');
  expect(lines[0]).toBe('mill-1: high risk, 63 % for a failure within 24 h');
  expect(lines[3]).toMatch(/tool-3-worn +62 % {2}█{12}░{8} +11 h +21 h +4.2 d {2}tool.3 at 1 +← the first/);
  expect(lines[4]).toMatch(/winding-hot +0 % {2}░{20} +- +- +- {2}passes 85/);
  expect(lines.join('\n')).toContain(
    '1,000 futures in 80 ms, seed 7, from 2026-11-23 08:00:00 UTC, after 30 h of load',
  );
  expect(lines.join('\n')).toContain('No gateway runs here');
  expect(lines).toContain('little is known');
});

test('a plan is read in the zone it was made in', () => {
  const resources = { technician: 2 };
  const text = planText(planOf([{ before: 75, resources }], { resources }), 'Europe/Berlin');
  expect(text).toMatch(/Wed,? 25 Nov,? 15:00 - 17:00 +m +bearing +2 technician +Thu,? 26 Nov,? 04:00/);
  expect(planText([], 'UTC')).toContain('Nothing has to be looked after');
});
