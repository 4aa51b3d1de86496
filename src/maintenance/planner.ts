// The plan: for each piece of work a window in working hours before it is too late, with what it needs, over all
// machines. Pure: times, tasks and the plan before in, the plan out. It never puts work after the failure it is for, and
// it does not hop: a window stays where it is until that is too late, or something much better has come up.

import { type Due, type Group, groupOf, groupTasks } from './group.ts';
import type { Interval } from './interval.ts';
import {
  type Booking,
  type Fit,
  findSlot,
  isFree,
  isInHours,
  type Need,
  type Place,
  type Room,
  roomFor,
} from './place.ts';
import type { Task } from './task.ts';
import { isSame, newUid, type PlannedWindow, wordsOf } from './window.ts';

export interface PlanInput {
  readonly nowMs: number;
  readonly tasks: readonly Task[];
  /** The plan before this one. */
  readonly previous: readonly PlannedWindow[];
  readonly open: (fromMs: number, toMs: number) => readonly Interval[];
  readonly resources: Readonly<Record<string, number>>;
  readonly mergeMs: number;
  readonly marginMs: number;
  readonly horizonMs: number;
}

const hourMs = 3_600_000;
/** Somebody is on the way: it does not move for something better. */
const imminentMs = 4 * hourMs;
/** Much better is later by so much, and by half of the time there was. */
const muchMs = 48 * hourMs;
/** A forecast that does not speak of it for a moment takes nothing off the plan. */
const heldMs = hourMs;
/** What is planned already stays in the plan a little beyond the horizon. */
const beyond = 1.25;

export function planMaintenance(input: PlanInput): PlannedWindow[] {
  const steps = planSteps(input);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same in steps, a piece of work each: whoever has other things to do does them between two. */
export function* planSteps(input: PlanInput): Generator<void, PlannedWindow[]> {
  // Calendars count in seconds.
  const scene = sceneOf({ ...input, nowMs: Math.floor(input.nowMs / 1000) * 1000 });
  const latest = yield* fill(scene, 'latest');
  if (!latest.some(({ urgent }) => urgent)) return latest;
  // Where late windows stand in one another's way, early ones may not.
  const earliest = yield* fill(scene, 'earliest');
  const count = (plan: readonly PlannedWindow[]) => plan.filter(({ urgent }) => urgent).length;
  return count(earliest) < count(latest) ? earliest : latest;
}

interface Scene extends PlanInput {
  readonly hours: readonly Interval[];
  readonly groups: readonly Group[];
  /** Windows that stay whatever else is needed: that no forecast speaks of just now, and in which work has begun. */
  readonly held: readonly PlannedWindow[];
}

function sceneOf(input: PlanInput): Scene {
  const { nowMs, previous } = input;
  const due = dueTasks(input);
  const lastMs = Math.max(
    nowMs,
    ...due.map(({ beforeMs }) => beforeMs),
    ...previous.map(({ endMs }) => endMs),
  );
  // From before now: a shift that has begun is as long as it is.
  const hours = input.open(nowMs - 24 * hourMs, lastMs);
  const begun = previous.flatMap((window) => {
    const tasks = due.filter((task) => isFor(window, task));
    if (!(window.startMs <= nowMs && nowMs < window.endMs) || tasks.length === 0) return [];
    return isNeedless(window, groupOf(tasks), input, hours) ? [] : [goingOn(window, tasks, nowMs)];
  });
  const open = due.filter((task) => !begun.some((window) => isFor(window, task)));
  const held = [...begun, ...silentWindows(input)];
  return { ...input, hours, held, groups: groupTasks(lastMoments(open, input, hours), input.mergeMs) };
}

function isFor({ machine, about }: PlannedWindow, task: Task): boolean {
  return machine === task.machine && about.includes(task.about);
}

function dueTasks({ nowMs, tasks, previous, horizonMs }: PlanInput): Task[] {
  return tasks.filter((task) => {
    const isPlanned = previous.some((window) => isFor(window, task));
    return task.beforeMs <= nowMs + horizonMs * (isPlanned ? beyond : 1);
  });
}

function lastMoments(tasks: readonly Task[], input: PlanInput, open: readonly Interval[]): Due[] {
  const { nowMs, previous, marginMs } = input;
  return tasks.map((task) => {
    const need = { machine: task.machine, durationMs: task.work.durationMs, resources: {} };
    const slot = findSlot(aloneFor(need, open), nowMs, task.beforeMs - marginMs, 'latest');
    const uid = previous.find((window) => isFor(window, task))?.uid;
    return { task, lastMs: slot?.fromMs ?? nowMs, uid };
  });
}

function silentWindows({ nowMs, tasks, previous }: PlanInput): PlannedWindow[] {
  const isSpokenOf = (window: PlannedWindow) =>
    tasks.some((task) => isFor(window, task) && Number.isFinite(task.beforeMs));
  return previous.filter(
    (window) => !isSpokenOf(window) && window.endMs > nowMs && nowMs - window.neededMs < heldMs,
  );
}

/** It was begun in haste, and there is time after all. */
function isNeedless(
  window: PlannedWindow,
  group: Group,
  input: PlanInput,
  open: readonly Interval[],
): boolean {
  if (!window.urgent) return false;
  const { nowMs, marginMs } = input;
  return findSlot(aloneFor(group, open), nowMs, group.beforeMs - marginMs / 2, 'latest') !== undefined;
}

/** As if nobody else needed anything. */
function aloneFor(need: Need, open: readonly Interval[]): Room {
  return roomFor({ ...need, resources: {} }, { open, bookings: [], resources: {} });
}

function goingOn(window: PlannedWindow, tasks: readonly Task[], nowMs: number): PlannedWindow {
  return { ...window, neededMs: nowMs, beforeMs: Math.min(...tasks.map(({ beforeMs }) => beforeMs)) };
}

/** Whoever fails first chooses first. */
function* fill(scene: Scene, fit: Fit): Generator<void, PlannedWindow[]> {
  const plan = [...scene.held];
  const uids = new Set(plan.map(({ uid }) => uid));
  const left = new Set(scene.previous.filter(({ uid }) => !uids.has(uid)));
  const byDeadline = scene.groups.toSorted(
    (a, b) => a.beforeMs - b.beforeMs || (a.machine < b.machine ? -1 : 1),
  );
  for (const group of byDeadline) {
    plan.push(...windowsFor(group, scene, fit, plan, left));
    yield;
  }
  return plan.toSorted((a, b) => a.startMs - b.startMs || (a.machine < b.machine ? -1 : 1));
}

function previousOf({ machine, about }: Group, left: ReadonlySet<PlannedWindow>): PlannedWindow | undefined {
  const all = [...left].filter(
    (one) => one.machine === machine && one.about.some((name) => about.includes(name)),
  );
  const shared = (one: PlannedWindow) => one.about.filter((name) => about.includes(name)).length;
  return all.toSorted((a, b) => shared(b) - shared(a) || a.startMs - b.startMs)[0];
}

function windowsFor(
  group: Group,
  scene: Scene,
  fit: Fit,
  plan: readonly PlannedWindow[],
  left: Set<PlannedWindow>,
): PlannedWindow[] {
  const before = previousOf(group, left);
  if (before !== undefined) left.delete(before);
  const bookings = bookingsOf(plan);
  const slot = slotFor(group, scene, fit, bookings, before, left);
  if (slot !== undefined) return [made(slot, group, scene, before)];
  if (group.tasks.length === 1) return [urgent(group, scene, bookings, before)];
  // Together it takes too long: the first goes with the window there was.
  if (before !== undefined) left.add(before);
  const alone = group.tasks.map((task) => groupOf([task])).toSorted((a, b) => a.beforeMs - b.beforeMs);
  const windows: PlannedWindow[] = [];
  for (const one of alone) windows.push(...windowsFor(one, scene, fit, [...plan, ...windows], left));
  return windows;
}

interface Slot extends Interval {
  readonly early?: boolean;
}

function slotFor(
  group: Group,
  scene: Scene,
  fit: Fit,
  bookings: readonly Booking[],
  before: PlannedWindow | undefined,
  left: ReadonlySet<PlannedWindow>,
): Slot | undefined {
  const { nowMs, marginMs, hours: open, resources } = scene;
  const place: Place = { open, bookings, resources };
  // Windows of others stay where they are, if that is possible.
  const others: Place = {
    ...place,
    bookings: [...bookings, ...bookingsOf([...left].filter((one) => one.endMs > nowMs))],
  };
  const rooms = [roomFor(group, others), roomFor(group, place)] as const;
  const find = (fromMs: number, toMs: number, how: Fit = fit) =>
    findSlot(rooms[0], fromMs, toMs, how) ?? findSlot(rooms[1], fromMs, toMs, how);
  // Where there is no room for the margin, as much of it as there is.
  const findAny = (fromMs: number) => find(fromMs, goodMs) ?? find(fromMs, group.beforeMs, 'earliest');
  const fromMs = nowMs + group.leadMs;
  const goodMs = group.beforeMs - marginMs;
  const kept = before && keptSlot(group, scene, place, before);
  if (kept !== undefined) {
    const slot = find(fromMs, goodMs);
    return slot === undefined || !isBetter(slot, kept, group, scene) ? kept : slot;
  }
  const planned = findAny(fromMs);
  if (planned !== undefined || group.leadMs === 0) return planned;
  const early = findAny(nowMs);
  return early && { ...early, early: true };
}

/** Where the window is, as far as it can stay there. Of work that has become longer or shorter the beginning stays. */
function keptSlot(
  group: Group,
  { nowMs, hours }: Scene,
  place: Place,
  before: PlannedWindow,
): Interval | undefined {
  if (before.urgent || before.startMs <= nowMs) return undefined;
  const same = { fromMs: before.startMs, toMs: before.endMs };
  const slot = isInHours(same, group.durationMs, hours)
    ? same
    : findSlot(roomFor(group, place), before.startMs, group.beforeMs, 'earliest');
  if (slot?.fromMs !== before.startMs || slot.toMs > group.beforeMs) return undefined;
  return isFree(group, slot, place) ? slot : undefined;
}

/** It is too near to the failure where it is, or could be much later. */
function isBetter(slot: Interval, kept: Interval, group: Group, { nowMs, marginMs }: Scene): boolean {
  if (kept.toMs > group.beforeMs - marginMs / 2) return slot.fromMs < kept.fromMs;
  const awayMs = kept.fromMs - nowMs;
  if (awayMs <= Math.max(imminentMs, group.leadMs)) return false;
  return slot.fromMs - kept.fromMs > Math.max(muchMs, awayMs / 2);
}

/** No hours are left: now, with whoever is there. Never after the failure. */
function urgent(
  group: Group,
  scene: Scene,
  bookings: readonly Booking[],
  before: PlannedWindow | undefined,
): PlannedWindow {
  const { nowMs, resources } = scene;
  const ever: Interval = { fromMs: nowMs, toMs: Math.max(group.beforeMs, nowMs + group.durationMs) };
  const room = roomFor(group, { open: [ever], bookings, resources });
  const found = findSlot(room, nowMs, ever.toMs, 'earliest');
  const inTime = found !== undefined && found.fromMs <= group.beforeMs ? found : undefined;
  const at = inTime ?? { fromMs: nowMs, toMs: nowMs + group.durationMs };
  const free = Object.entries(group.resources).filter(([name, count]) =>
    isFree({ machine: '', durationMs: group.durationMs, resources: { [name]: count } }, at, {
      ...{ open: [], bookings, resources },
    }),
  );
  const lacking = Object.keys(group.resources).filter((name) => !free.some(([one]) => one === name));
  const why = lacking.length === 0 ? '' : ` (not free: ${lacking.join(', ')})`;
  const text = `${group.text}, now: no working hours are left before it may fail${why}`;
  const counts = Object.fromEntries(free);
  return renewed(before, { ...group, text }, { ...at, counts, urgent: true }, scene);
}

function made(slot: Slot, group: Group, scene: Scene, before: PlannedWindow | undefined): PlannedWindow {
  const note = slot.early === true ? '; sooner than its parts are usually there' : '';
  const text = `${group.text}${note}`;
  return renewed(before, { ...group, text }, { ...slot, counts: group.resources, urgent: false }, scene);
}

type At = Interval & Pick<PlannedWindow, 'counts' | 'urgent'>;

/** Whoever has it in a calendar hears of it when it is another, and only then. */
function renewed(before: PlannedWindow | undefined, group: Group, at: At, { nowMs }: Scene): PlannedWindow {
  const { machine, about, beforeMs, text } = group;
  const { fromMs: startMs, toMs: endMs, counts, urgent: isUrgent } = at;
  const window: PlannedWindow = {
    ...{ machine, about, startMs, endMs, beforeMs, text, counts, urgent: isUrgent },
    ...{ resources: wordsOf(counts), neededMs: nowMs },
    uid: before?.uid ?? newUid(machine, about, nowMs),
    sequence: before?.sequence ?? 0,
    changedMs: before?.changedMs ?? nowMs,
  };
  if (before === undefined || isSame(before, window)) return window;
  return { ...window, sequence: before.sequence + 1, changedMs: nowMs };
}

function bookingsOf(windows: readonly PlannedWindow[]): Booking[] {
  return windows.map(({ machine, startMs, endMs, counts }) => ({
    ...{ machine, fromMs: startMs, toMs: endMs, resources: counts },
  }));
}
