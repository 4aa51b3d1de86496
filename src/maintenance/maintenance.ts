// Keeps the maintenance plan of all machines: hears forecasts, plans anew beside the ticks when they say something else,
// and writes the calendar file when the plan has changed. Must never cost a tick its time, nor a gateway its start.
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Forecast, MaintenanceWindow } from '../core/forecast.ts';
import type { Clock, Log } from '../ports.ts';
import type { Calendar } from './calendar.ts';
import { type PlanInput, planSteps } from './planner.ts';
import type { MaintenanceConfig } from './schema.ts';
import { tasksOf } from './task.ts';
import { keyOf, type PlannedWindow, publicWindow } from './window.ts';

export interface Maintenance {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A forecast on its way to whoever is told; the plan follows it a moment later. */
  hear(forecast: Forecast): void;
  /** Of the plan as it is; undefined where none is made. */
  windowsOf(machine: string): readonly MaintenanceWindow[] | undefined;
}

export interface MaintenanceParts {
  readonly config: MaintenanceConfig;
  readonly site: string;
  readonly stateDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The plan of this machine is another. */
  readonly onChange: (machine: string) => void;
  /** A test has less patience. */
  readonly soonMs?: number;
}

/** By then other machines have told theirs; and it is between two ticks, whatever is loaded then. */
const soonMsUsual = 1030;
const hourMs = 3_600_000;

export function planFile(stateDir: string): string {
  return join(stateDir, 'maintenance.ics');
}

export function createMaintenance(parts: MaintenanceParts): Maintenance {
  const { config, clock, log, soonMs = soonMsUsual } = parts;
  const heard = new Map<string, Forecast>();
  let desk: Promise<Desk> | undefined;
  let plan: readonly PlannedWindow[] | undefined;
  let timer: NodeJS.Timeout | undefined;
  let planning: Promise<void> = Promise.resolve();
  let running = false;

  const makePlan = async () => {
    desk ??= openDesk(parts);
    const { open, keep, kept } = await desk;
    const before = plan ?? kept;
    const hours = await open();
    if (!running) return;
    plan = await inSlices({
      ...{ nowMs: clock.nowMs(), previous: before, open: hours, resources: config.resources },
      tasks: [...heard.values()].flatMap((forecast) => tasksOf(forecast, config)),
      ...{ mergeMs: config.mergeWithinH * hourMs, marginMs: config.marginH * hourMs },
      horizonMs: config.horizonDays * 24 * hourMs,
    });
    for (const machine of changedMachines(before, plan)) parts.onChange(machine);
    await keep(plan);
  };

  const planSoon = () => {
    timer = undefined;
    planning = planning.then(makePlan).catch((error: unknown) => {
      log.error({ err: error }, 'the maintenance plan could not be made');
    });
  };

  return {
    name: 'maintenance',
    async start() {
      running = config.enabled;
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      await planning;
    },
    hear(forecast) {
      if (!running) return;
      heard.set(forecast.machine, forecast);
      timer ??= setTimeout(planSoon, soonMs);
    },
    windowsOf: (machine) => plan?.filter((window) => window.machine === machine).map(publicWindow),
  };
}

/** What a plan needs of calendars and files; loaded when the first is made, for a start has other things to do. */
interface Desk {
  /** The plan of the run before. */
  readonly kept: readonly PlannedWindow[];
  /** Working hours, by the calendars as they are now. */
  readonly open: () => Promise<Calendar['open']>;
  /** Writes the calendar file, where it would be another. */
  readonly keep: (plan: readonly PlannedWindow[]) => Promise<void>;
}

async function openDesk({ config, clock, log, site, stateDir }: MaintenanceParts): Promise<Desk> {
  const [{ createCalendar }, { createHolidays }, { encodePlan }] = await Promise.all([
    import('./calendar.ts'),
    import('./holidays.ts'),
    import('./ics-plan.ts'),
  ]);
  const file = planFile(stateDir);
  const kept = await readPlan(file, log);
  const holidays = createHolidays(config, { clock, log });
  let calendar = createCalendar(config, holidays.closed);
  let written = keyOfPlan(kept);
  let complained = false;
  return {
    kept,
    async open() {
      if (await holidays.look()) calendar = createCalendar(config, holidays.closed);
      return calendar.open;
    },
    async keep(plan) {
      const key = keyOfPlan(plan);
      if (key === written) return;
      try {
        await writeWhole(file, encodePlan(plan, { site, zone: calendar.zone }));
        written = key;
        complained = false;
      } catch (error) {
        const why = (error as Error).message;
        if (!complained) log.warn({ file, why }, 'the maintenance plan cannot be written');
        complained = true;
      }
    },
  };
}

function keyOfPlan(plan: readonly PlannedWindow[]): string {
  return JSON.stringify(plan.map(keyOf));
}

const sliceMs = 4;

/** A plan for a whole hall takes its time between ticks, not out of them. */
async function inSlices(input: PlanInput): Promise<PlannedWindow[]> {
  const steps = planSteps(input);
  for (let begunMs = performance.now(); ; ) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - begunMs < sliceMs) continue;
    await breathe();
    begunMs = performance.now();
  }
}

function changedMachines(before: readonly PlannedWindow[], after: readonly PlannedWindow[]): string[] {
  const keys = (plan: readonly PlannedWindow[], of: string) =>
    JSON.stringify(plan.filter(({ machine }) => machine === of).map(keyOf));
  const machines = new Set([...before, ...after].map(({ machine }) => machine));
  return [...machines].filter((machine) => keys(before, machine) !== keys(after, machine));
}

/** Of the run before; nothing where there is none, or none that can be read: it is made anew. */
export async function readPlan(file: string, log?: Log): Promise<PlannedWindow[]> {
  try {
    const text = await readFile(file, 'utf8');
    const { decodePlan } = await import('./ics-plan.ts');
    return decodePlan(text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT')
      log?.warn({ file, why: message }, 'the maintenance plan cannot be read; it is made anew');
    return [];
  }
}

/** There whole or not at all. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomBytes(4).toString('hex')}.new`;
  try {
    const handle = await open(fresh, 'w', 0o640);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
    const folder = await open(dirname(file), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
