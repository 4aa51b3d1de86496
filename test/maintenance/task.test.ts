// From a forecast to what has to be done: by when, how long it takes, and what it needs.
import { expect, test } from 'vitest';
import type { Forecast, Risk } from '../../src/core/forecast.ts';
import { maintenanceSchema } from '../../src/maintenance/schema.ts';
import { tasksOf } from '../../src/maintenance/task.ts';

const timeMs = Date.parse('2026-11-23T08:00:00Z');
const hourMs = 3_600_000;
const never = Number.POSITIVE_INFINITY;

function componentOf(component: string, p10: number, gauge?: { unit: string; value: number }) {
  const worn = { wear: 0.5, wearSigma: 0.1, limit: 1, ratePerH: 0.01, workShare: 1 };
  return { component, ...worn, rulHours: { p10, p50: never, p90: never }, ...(gauge && { gauge }) };
}

function failureOf(failure: string, p10: number, component?: string) {
  const hours = { p10, p50: never, p90: never };
  return {
    failure,
    about: '',
    threshold: 1,
    probability: 0.5,
    hours,
    curve: [],
    ...(component && { component }),
  };
}

function forecastOf(failures: Risk['failures'] = [], watchedHours = 10): Forecast {
  const risk: Risk = {
    ...{ horizonH: 24, particles: 1, seed: 1, timeMs: timeMs - hourMs, probability: 1, level: 'high' },
    ...{ limiting: undefined, loadHours: 1, notes: [], failures },
  };
  const tool = (wear: number) => ({
    ...componentOf('tool.3', 50, { unit: 'µm', value: 1 }),
    wear,
    ratePerH: wear,
  });
  const components = [
    componentOf('bearing', 100),
    componentOf('spindle', never),
    tool(0.1),
    { ...tool(0), component: 'tool.4' },
  ];
  return { machine: 'm', timeMs, components, limiting: undefined, counters: [], watchedHours, risk };
}

const config = (more: object = {}) => maintenanceSchema.parse(more);
const of = (tasks: ReturnType<typeof tasksOf>, about: string) => tasks.find((task) => task.about === about);

test('each component that has worked has its end; a tool that never has, has none', () => {
  const tasks = tasksOf(forecastOf(), config());
  expect(tasks.map(({ about, beforeMs }) => [about, (beforeMs - timeMs) / hourMs])).toEqual([
    ['bearing', 100],
    ['spindle', never],
    ['tool.3', 50],
  ]);
  expect(of(tasks, 'bearing')!.work).toEqual({ durationMs: 2 * hourMs, leadMs: 0, resources: {}, text: '' });
  expect(of(tasks, 'tool.3')!.work.durationMs).toBe(hourMs / 4);
});

test('where the risk tells when a component fails, that is when', () => {
  const tasks = tasksOf(
    forecastOf([
      failureOf('bearing-worn', 9, 'bearing'),
      failureOf('bearing-serviced', 4, 'bearing'),
      failureOf('spindle-worn', never, 'spindle'),
    ]),
    config(),
  );
  expect((of(tasks, 'bearing')!.beforeMs - timeMs) / hourMs).toBe(3);
  expect(of(tasks, 'spindle')!.beforeMs).toBe(never);
});

test('a failure that is no component is planned for when work names it', () => {
  const failures = [failureOf('winding-hot', 6)];
  expect(of(tasksOf(forecastOf(failures), config({ work: { '*': {} } })), 'winding-hot')).toBeUndefined();
  const task = of(
    tasksOf(forecastOf(failures), config({ work: { 'winding-hot': { hours: 1, text: 'clean the fan' } } })),
    'winding-hot',
  );
  expect(task).toMatchObject({
    beforeMs: timeMs + 5 * hourMs,
    work: { durationMs: hourMs, text: 'clean the fan' },
  });
});

test('the most particular that is stated counts', () => {
  const work = {
    '*': { hours: 9 },
    tool: { hours: 8 },
    'tool.3': { hours: 7 },
    'm/tool': { hours: 6 },
    'm/bearing': { hours: 5, resources: ['a', 'b', 'a'] },
  };
  const tasks = tasksOf(forecastOf(), config({ resources: { a: 2, b: 1 }, work }));
  const hours = (about: string) => of(tasks, about)!.work.durationMs / hourMs;
  expect([hours('bearing'), hours('spindle'), hours('tool.3')]).toEqual([5, 9, 6]);
  expect(of(tasks, 'bearing')!.work.resources).toEqual({ a: 2, b: 1 });
});

test('of a load that was seen for a moment nothing is planned but what is over', () => {
  const tasks = tasksOf(forecastOf([failureOf('bearing-worn', 0, 'bearing')], 0.1), config());
  expect(tasks.map(({ about }) => about)).toEqual(['bearing']);
  expect(tasksOf(forecastOf([], 0.1), config({ watchedMinH: 0 }))).toHaveLength(3);
});
