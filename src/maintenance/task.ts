// From what is forecast of machines to what has to be done by when. Pure.
import { type Forecast, isUsed } from '../core/forecast.ts';
import type { MaintenanceConfig } from './schema.ts';

export interface Work {
  readonly durationMs: number;
  readonly leadMs: number;
  /** How many of each are needed. */
  readonly resources: Readonly<Record<string, number>>;
  /** Empty: what is usual. */
  readonly text: string;
}

export interface Task {
  readonly machine: string;
  /** The component, or the failure that is no component. */
  readonly about: string;
  /** p10 of the failure; Infinity while none is in sight. */
  readonly beforeMs: number;
  readonly work: Work;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;
/** Of a component that nothing is stated for; what is gauged and exchanged by number is exchanged quickly. */
const usualHours = 2;
const gaugedHours = 0.25;

/** One for each component that is used, and for each failure without a component that work is stated for. */
export function tasksOf(
  forecast: Forecast,
  { work, watchedMinH }: Pick<MaintenanceConfig, 'work' | 'watchedMinH'>,
): Task[] {
  const { machine, timeMs, components, risk, watchedHours } = forecast;
  // Of a load that was seen for a moment nobody is sent anywhere; what is over already is over.
  const isKnown = watchedHours >= watchedMinH;
  const failures = risk?.failures ?? [];
  const at = (hours: number, fromMs: number) =>
    Math.floor((fromMs + Math.max(0, hours) * hourMs) / 1000) * 1000;
  const likely = (component: string) =>
    Math.min(
      Number.POSITIVE_INFINITY,
      ...failures.filter((one) => one.component === component).map(({ hours }) => hours.p10),
    );
  const worn = components.filter(isUsed).map(({ component, rulHours, gauge }): Task => {
    const p10 = likely(component);
    const beforeMs =
      risk !== undefined && Number.isFinite(p10) ? at(p10, risk.timeMs) : at(rulHours.p10, timeMs);
    return {
      machine,
      about: component,
      beforeMs,
      work: workOf(work, machine, component, gauge !== undefined),
    };
  });
  const other = failures.flatMap(({ failure, component, hours }): Task[] => {
    const stated = component === undefined ? statedWork(work, machine, failure, false) : undefined;
    if (stated === undefined) return [];
    return [{ machine, about: failure, beforeMs: at(hours.p10, risk!.timeMs), work: toWork(stated) }];
  });
  return [...worn, ...other].filter(({ beforeMs }) => isKnown || beforeMs <= timeMs);
}

type WorkConfig = MaintenanceConfig['work'];
type Stated = WorkConfig[string];

function workOf(work: WorkConfig, machine: string, component: string, isGauged: boolean): Work {
  const hours = isGauged ? gaugedHours : usualHours;
  return toWork(statedWork(work, machine, component, true) ?? { hours, resources: [], leadH: 0 });
}

/** The most particular that is stated: of this machine, of this component, of its family, of all. */
function statedWork(work: WorkConfig, machine: string, name: string, anyOther: boolean): Stated | undefined {
  const dot = name.indexOf('.');
  const names = [name, ...(dot > 0 ? [name.slice(0, dot)] : []), ...(anyOther ? ['*'] : [])];
  const keys = [...names.map((one) => `${machine}/${one}`), ...names];
  const key = keys.find((one) => Object.hasOwn(work, one));
  return key === undefined ? undefined : work[key];
}

function toWork({ hours, leadH, resources, text = '' }: Stated): Work {
  return {
    durationMs: Math.round(hours * 60) * minuteMs,
    leadMs: leadH * hourMs,
    resources: counted(resources),
    text,
  };
}

function counted(resources: Stated['resources']): Record<string, number> {
  if (!Array.isArray(resources)) return { ...resources };
  const counts: Record<string, number> = {};
  for (const name of resources) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
