// Which tasks of a machine are done together: those whose last good moments lie close. Pure.
import type { Need } from './place.ts';
import type { Task } from './task.ts';

export interface Group extends Need {
  readonly about: readonly string[];
  /** The earliest p10 of its tasks. */
  readonly beforeMs: number;
  readonly leadMs: number;
  readonly text: string;
  readonly tasks: readonly Task[];
}

export interface Due {
  readonly task: Task;
  /** Its last good moment, as if nobody else needed anything. */
  readonly lastMs: number;
  /** The window it is in already. */
  readonly uid: string | undefined;
}

/** What is together stays together a little longer. */
const staying = 1.5;

/** In order of their last moments. */
export function groupTasks(due: readonly Due[], mergeMs: number): Group[] {
  const machines = new Map<string, Due[]>();
  for (const one of due) machines.set(one.task.machine, [...(machines.get(one.task.machine) ?? []), one]);
  return [...machines.values()].flatMap((all) => {
    const groups: Due[][] = [];
    for (const one of all.toSorted((a, b) => a.lastMs - b.lastMs || (a.task.about < b.task.about ? -1 : 1))) {
      const last = groups.at(-1);
      const together = last?.some(({ uid }) => uid !== undefined && uid === one.uid) === true;
      const farMs = mergeMs * (together ? staying : 1);
      if (last !== undefined && one.lastMs - last[0]!.lastMs <= farMs) last.push(one);
      else groups.push([one]);
    }
    return groups.map((group) => groupOf(group.map(({ task }) => task)));
  });
}

/** One after the other, by the same people. */
export function groupOf(tasks: readonly Task[]): Group {
  const resources: Record<string, number> = {};
  for (const { work } of tasks) {
    for (const [name, count] of Object.entries(work.resources))
      resources[name] = Math.max(resources[name] ?? 0, count);
  }
  const { machine } = tasks[0]!;
  return {
    machine,
    tasks,
    about: tasks.map(({ about }) => about).toSorted(),
    beforeMs: Math.min(...tasks.map(({ beforeMs }) => beforeMs)),
    durationMs: tasks.reduce((sum, { work }) => sum + work.durationMs, 0),
    leadMs: Math.max(...tasks.map(({ work }) => work.leadMs)),
    resources,
    text: textOf(machine, tasks),
  };
}

function textOf(machine: string, tasks: readonly Task[]): string {
  const stated = tasks.filter(({ work }) => work.text !== '').map(({ work }) => work.text);
  const other = tasks.filter(({ work }) => work.text === '').map(({ about }) => about);
  const usual = other.length === 0 ? [] : [`look after ${other.toSorted().join(', ')}`];
  return `${machine}: ${[...new Set(stated), ...usual].join('; ')}`;
}
