// What of the maintenance plan must fit the rest: a zone and days that exist, work that names what there is, resources
// that are enough. Pure.
import type { Model } from '../core/model.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { MachineConfig } from './machine.ts';
import { dotted, type Path } from './problem.ts';

interface Written {
  readonly zone?: string | undefined;
  readonly holidays: readonly string[];
  readonly blocked: readonly { readonly from: string; readonly to: string }[];
  readonly resources: Readonly<Record<string, number>>;
  readonly work: Readonly<
    Record<string, { readonly resources: readonly string[] | Readonly<Record<string, number>> }>
  >;
}

export interface MaintenanceComplaint {
  readonly path: Path;
  readonly which: 'key' | 'value';
  readonly text: string;
}

export interface MaintenanceScene {
  readonly machines: Readonly<Record<string, MachineConfig>>;
  readonly models: ReadonlyMap<string, Model>;
  /** Some machine was cut out as wrong: what work names may be its. */
  readonly unsure: boolean;
}

const base: Path = ['maintenance'];

export function checkMaintenance(maintenance: Written, scene: MaintenanceScene): MaintenanceComplaint[] {
  const { zone, holidays, blocked, work } = maintenance;
  return [
    ...(zone === undefined || isZone(zone) ? [] : [complain(['zone'], `unknown time zone "${zone}"`)]),
    ...holidays.flatMap((text, i) => holidayComplaint(text, i)),
    ...blocked.flatMap((one, i) => blockedComplaint(one, i)),
    ...Object.entries(work).flatMap(([key, { resources }]) => [
      ...(scene.unsure ? [] : workComplaint(key, scene)),
      ...resourceComplaints(key, resources, maintenance.resources),
    ]),
  ];
}

function complain(at: Path, text: string, which: 'key' | 'value' = 'value'): MaintenanceComplaint {
  const path = [...base, ...at];
  return { path, which, text: `${dotted(path)}: ${text}` };
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone !== '';
  } catch {
    return false;
  }
}

/** 2024 has every day there is. */
function isDate(text: string): boolean {
  const whole = text.length === 5 ? `2024-${text}` : text;
  const time = Date.parse(`${whole}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(whole);
}

function holidayComplaint(text: string, i: number): MaintenanceComplaint[] {
  const days = text.split('/');
  const wrong = days.find((day) => !isDate(day));
  if (wrong !== undefined) return [complain(['holidays', i], `there is no ${wrong}`)];
  const [from = '', to = from] = days;
  return to < from ? [complain(['holidays', i], `it ends before it begins`)] : [];
}

function blockedComplaint({ from, to }: { from: string; to: string }, i: number): MaintenanceComplaint[] {
  for (const [key, time] of [
    ['from', from],
    ['to', to],
  ] as const) {
    const real = isDate(time.slice(0, 10)) && !Number.isNaN(Date.parse(`${time}Z`));
    if (!real) return [complain(['blocked', i, key], `there is no ${time}`)];
  }
  return to > from ? [] : [complain(['blocked', i, 'to'], 'it ends before it begins')];
}

function workComplaint(key: string, { machines, models }: MaintenanceScene): MaintenanceComplaint[] {
  if (key === '*') return [];
  const slash = key.indexOf('/');
  const machine = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (machine !== undefined && !Object.hasOwn(machines, machine)) {
    const there = Object.keys(machines);
    const hint = didYouMean(machine, there) || `; there is ${there.join(', ') || 'none'}`;
    return [complain(['work', key], `unknown machine "${machine}"${hint}`, 'key')];
  }
  const asked = machine === undefined ? Object.values(machines) : [machines[machine]!];
  const known = [...new Set(asked.flatMap((one) => namesOf(one, models)))];
  if (name === '*' || known.includes(name) || asked.length === 0) return [];
  const hint = didYouMean(name, known) || `; there is ${known.join(', ') || 'none'}`;
  return [complain(['work', key], `no machine has a component or failure "${name}"${hint}`, 'key')];
}

/** Components, the families they are numbered in, and failures. */
function namesOf({ model: id, forecast }: MachineConfig, models: ReadonlyMap<string, Model>): string[] {
  const model = models.get(id);
  const components = (model?.wear ?? []).map(({ component }) => component);
  const families = components.flatMap((one) => (one.includes('.') ? [one.slice(0, one.indexOf('.'))] : []));
  const failures = (model?.failures ?? []).map(({ name }) => name);
  return [...families, ...components, ...failures, ...Object.keys(forecast.failures)];
}

function resourceComplaints(
  key: string,
  needed: readonly string[] | Readonly<Record<string, number>>,
  there: Readonly<Record<string, number>>,
): MaintenanceComplaint[] {
  return countsOf(needed).flatMap(([name, count]) => {
    const at = ['work', key, 'resources'];
    if (!Object.hasOwn(there, name)) {
      const names = Object.keys(there);
      const hint = didYouMean(name, names) || `; there is ${names.join(', ') || 'none'}`;
      return [
        complain(at, `unknown resource "${name}"${hint}; maintenance.resources says how many there are`),
      ];
    }
    if (count <= there[name]!) return [];
    return [complain(at, `it needs ${count} of "${name}", and there are ${there[name]}`)];
  });
}

function countsOf(needed: readonly string[] | Readonly<Record<string, number>>): [string, number][] {
  if (!isList(needed)) return Object.entries(needed);
  const counts = new Map<string, number>();
  for (const name of needed) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts];
}

function isList(needed: readonly string[] | Readonly<Record<string, number>>): needed is readonly string[] {
  return Array.isArray(needed);
}
