import { expect, test } from 'vitest';
import type { ComponentForecast } from '../../../src/core/forecast.ts';
import { createOutlook } from '../../../src/runtime/twins/outlook.ts';

const quantiles = { p10: 1, p50: 2, p90: 3 };
const component = (c: number): ComponentForecast => ({
  ...{
    component: `tool.${c}`,
    wear: 0,
    wearSigma: 0,
    limit: 1,
    ratePerH: 0,
    workShare: 0,
    rulHours: quantiles,
  },
});

/** Machines of `components` each, of which the first `worn` take time; ticks of 100 ms. */
function bench(machines: number, components: number, worn: number) {
  const told: { machine: string; atMs: number; components: number }[] = [];
  const most = { aTick: 0, costly: 0 };
  let nowMs = 0;
  const outlook = createOutlook(
    {
      ...{ machines, components: () => components, takesTime: (_, c) => c < worn },
      component(_, c) {
        if (c < worn) most.costly++;
        return component(c);
      },
      gather: (m, made) => ({
        ...{ machine: `mill-${m}`, timeMs: nowMs, components: made },
        ...{ limiting: undefined, counters: [], watchedHours: 0 },
      }),
    },
    (forecast) =>
      told.push({ machine: forecast.machine, atMs: nowMs, components: forecast.components.length }),
  );
  const run = (ms: number) => {
    for (const end = nowMs + ms; nowMs < end; nowMs += 100) {
      most.costly = 0;
      outlook.look(nowMs);
      most.aTick = Math.max(most.aTick, most.costly);
    }
  };
  return { told, most, run, outlook };
}

test('it is told at 2, 10 and 30 s, then every minute', () => {
  const { told, run } = bench(1, 2, 0);
  run(200_000);
  expect(told.map(({ atMs }) => atMs)).toEqual([2000, 10_000, 30_000, 90_000, 150_000]);
});

test('no tick makes more than four components that take time, and every forecast is whole', () => {
  const { told, most, run } = bench(10, 27, 25);
  run(60_000);
  expect(most.aTick).toBe(4);
  expect(told.length).toBeGreaterThanOrEqual(30);
  expect(new Set(told.map(({ machine }) => machine)).size).toBe(10);
  expect(told.every(({ components }) => components === 27)).toBe(true);
});

test('a change while it is made begins it anew, and one later has it told at once', () => {
  const { told, run, outlook } = bench(1, 25, 25);
  run(2400);
  outlook.changed(0);
  run(600);
  expect(told).toEqual([]);
  run(200);
  expect(told).toEqual([{ machine: 'mill-0', atMs: 3000, components: 25 }]);
  outlook.changed(0);
  run(800);
  expect(told.length).toBe(2);
});
