// Tasks and plans for tests of the planner, in hours of a Monday that begins at midnight UTC.
import fc from 'fast-check';
import { createCalendar } from '../../src/maintenance/calendar.ts';
import type { Interval } from '../../src/maintenance/interval.ts';
import { type PlanInput, planMaintenance } from '../../src/maintenance/planner.ts';
import { maintenanceSchema } from '../../src/maintenance/schema.ts';
import type { Task } from '../../src/maintenance/task.ts';
import type { PlannedWindow } from '../../src/maintenance/window.ts';

export const mondayMs = Date.parse('2026-11-23T00:00:00Z');
export const hourMs = 3_600_000;
export const at = (hours: number) => mondayMs + hours * hourMs;

export interface Wish {
  readonly machine?: string;
  readonly about?: string;
  /** Hours after Monday began. */
  readonly before: number;
  readonly hours?: number;
  readonly lead?: number;
  readonly resources?: Readonly<Record<string, number>>;
}

export function taskOf({
  machine = 'm',
  about = 'bearing',
  before,
  hours = 2,
  lead = 0,
  resources = {},
}: Wish): Task {
  const work = { durationMs: hours * hourMs, leadMs: lead * hourMs, resources, text: '' };
  return { machine, about, beforeMs: at(before), work };
}

export interface Scene {
  readonly now?: number;
  readonly previous?: readonly PlannedWindow[];
  readonly resources?: Readonly<Record<string, number>>;
  readonly config?: object;
  readonly margin?: number;
  readonly merge?: number;
}

export function planOf(wishes: readonly Wish[], scene: Scene = {}): PlannedWindow[] {
  return planMaintenance(inputOf(wishes.map(taskOf), scene));
}

export function inputOf(tasks: readonly Task[], scene: Scene = {}): PlanInput {
  const { now = 8, previous = [], resources = {}, config = {}, margin = 4, merge = 0 } = scene;
  const calendar = createCalendar(maintenanceSchema.parse({ zone: 'UTC', ...config }));
  return {
    ...{ nowMs: at(now), tasks, previous, resources, open: calendar.open },
    ...{ mergeMs: merge * hourMs, marginMs: margin * hourMs, horizonMs: 28 * 24 * hourMs },
  };
}

/** As people say it: Tue 09:00. */
export function said(ms: number): string {
  const day = new Date(ms).toUTCString().slice(0, 3);
  return `${day} ${new Date(ms).toISOString().slice(11, 16)}`;
}

export function spans(plan: readonly PlannedWindow[]): string[] {
  return plan.map(
    ({ machine, about, startMs, endMs }) => `${machine} ${about.join('+')} ${said(startMs)}-${said(endMs)}`,
  );
}

const wishes = fc.record({
  machine: fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5'),
  about: fc.constantFrom('bearing', 'spindle', 'tool.1', 'tool.2'),
  before: fc.oneof(fc.integer({ min: -5, max: 60 }), fc.integer({ min: 0, max: 700 })),
  hours: fc.constantFrom(0.5, 1, 2, 4, 9, 20),
  lead: fc.constantFrom(0, 0, 24, 100),
  resources: fc.record({ technician: fc.constantFrom(0, 1, 1, 2), crane: fc.constantFrom(0, 0, 1) }),
});

export const anyWishes = fc.uniqueArray(wishes, {
  maxLength: 14,
  selector: ({ machine, about }) => `${machine} ${about}`,
});

export const anyHours = fc.record({
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'),
  hours: fc.constantFrom(
    {},
    { mon: ['06:00-14:00', '14:00-22:00'], sat: ['08:00-12:00'] },
    { mon: ['22:00-06:00'], tue: ['22:00-06:00'], wed: [], thu: ['08:00-12:00', '13:00-17:00'] },
  ),
  holidays: fc.constantFrom([], ['2026-11-24'], ['11-26', '2026-12-01/2026-12-05']),
});

/** More of a resource than there is, at any time at which anything begins. */
export function overbooked(
  plan: readonly PlannedWindow[],
  resources: Readonly<Record<string, number>>,
): string[] {
  return plan.flatMap(({ startMs }) =>
    Object.entries(resources).flatMap(([name, count]) => {
      const there = plan.filter((one) => one.startMs <= startMs && startMs < one.endMs);
      const used = there.reduce((sum, one) => sum + (one.counts[name] ?? 0), 0);
      return used > count ? [`${used} ${name} at ${said(startMs)}`] : [];
    }),
  );
}

export function covers(open: readonly Interval[], ms: number): boolean {
  return open.some(({ fromMs, toMs }) => fromMs <= ms && ms <= toMs);
}

/** Two windows of one machine at once; an urgent one that cannot wait is where it must be. */
export function doublyWorked(plan: readonly PlannedWindow[]): string[] {
  const calm = plan.filter(({ urgent }) => !urgent);
  return calm.flatMap((one) =>
    calm
      .filter((other) => other !== one && other.machine === one.machine)
      .filter((other) => other.startMs < one.endMs && one.startMs < other.endMs)
      .map(() => `${one.machine} at ${said(one.startMs)}`),
  );
}
