// What people and restarts do to a twin, between two ticks: parameters, a look at a component, a new one put in, what
// was remembered. Pure, as step.ts is: the same commands at the same ticks leave the same bits.
// It never takes a number that the twin cannot live with, and never lets wear restart below what has been told.
import { coolAtRest, isTemperature } from './absence.ts';
import { askBook } from './alarm/ask.ts';
import type { AlarmBook } from './alarm/book.ts';
import { rememberAlarms, restoreAlarms } from './alarm/memory.ts';
import type { AlarmChange } from './alarm.ts';
import { setParameters } from './calibrate/calibrate.ts';
import { type Calibrator, learntSigma } from './calibrate/calibrator.ts';
import { restoreFilters } from './calibrate/filters.ts';
import { acceptCondition, type Detection, isLearnt, noteLink, parametersSet } from './detect/detection.ts';
import { recallDetection, rememberDetection } from './detect/machine/memory.ts';
import type { Frame } from './frame.ts';
import type { ParameterSpec } from './model.ts';
import type { Twin } from './twin.ts';
import type { TwinCommand, TwinMemory, TwinNews } from './twin-command.ts';
import { passGap } from './wear/gap.ts';
import { inspectWear } from './wear/inspect.ts';
import { memoryOf, restoreWatch } from './wear/memory.ts';
import { believeFactor, componentOf, replaceComponent, type WearWatch, watchFrom } from './wear/watch.ts';

/** What of the core a command can reach, by machine. */
export interface Commanded {
  readonly frames: readonly Frame[];
  readonly twins: readonly Twin[];
  readonly watches: readonly WearWatch[];
  readonly calibrators: readonly Calibrator[];
  readonly detections: readonly Detection[];
  readonly books: readonly AlarmBook[];
  readonly alarmChanges: AlarmChange[];
  readonly news: TwinNews[];
}

type Command<K extends TwinCommand['kind']> = Extract<TwinCommand, { kind: K }>;

/** One machine as a command finds it. */
interface Place {
  readonly machine: number;
  readonly twin: Twin;
  readonly watch: WearWatch;
  readonly calibrator: Calibrator;
  readonly detection: Detection;
  readonly frame: Frame;
  readonly book: AlarmBook;
}

/** What came of it, which is in the core's news too; an unknown machine is refused with machine -1. */
export function applyCommand(core: Commanded, command: TwinCommand): TwinNews {
  const machine = core.frames.findIndex((frame) => frame.machine.id === command.machine);
  const news =
    machine < 0
      ? refused(-1, command, `there is no machine ${command.machine}`)
      : apply(
          {
            machine,
            twin: core.twins[machine]!,
            watch: core.watches[machine]!,
            calibrator: core.calibrators[machine]!,
            detection: core.detections[machine]!,
            frame: core.frames[machine]!,
            book: core.books[machine]!,
          },
          command,
          core.alarmChanges,
        );
  core.news.push(news);
  return news;
}

function apply(place: Place, command: TwinCommand, changes: AlarmChange[]): TwinNews {
  switch (command.kind) {
    case 'restore':
      return restore(place, command);
    case 'parameters':
      return takeParameters(place, command);
    case 'inspected':
      return inspect(place, command);
    case 'replaced':
      return replace(place, command);
    case 'alarm':
      return askAlarm(place, command, changes);
    case 'link':
      return takeLink(place, command);
  }
}

function refused(machine: number, { kind }: TwinCommand, why: string): TwinNews {
  return { kind: 'refused', machine, command: kind, why };
}

/** A reset of what differs from what is usual, and stands, says that it is usual. */
function askAlarm(place: Place, command: Command<'alarm'>, changes: AlarmChange[]): TwinNews {
  const { machine, book, detection } = place;
  const before = [...book.live.values()].find(({ id }) => id === command.alarm);
  const accepts = command.action === 'reset' && before?.active === true && isLearnt(detection, command.alarm);
  const reply = askBook(book, { ...command, accepts }, changes);
  if ('why' in reply) return refused(machine, command, reply.why);
  if (accepts) acceptCondition(detection, command.alarm);
  const { alarm, action } = command;
  return { kind: 'alarm', machine, alarm, action, ...reply };
}

function takeLink({ machine, detection }: Place, { source, up, reason }: Command<'link'>): TwinNews {
  noteLink(detection, source, up, reason);
  return { kind: 'link', machine, source, up };
}

function takeParameters({ machine, ...place }: Place, command: Command<'parameters'>): TwinNews {
  return { kind: 'parameters', machine, ...setByName(place, command.values, command.sigma) };
}

type Parts = Omit<Place, 'machine'>;

/** Whoever learns from the parameters hears of it: they are not what they were. */
function setByName(
  { twin, watch, calibrator, detection }: Parts,
  values: Readonly<Record<string, number>>,
  sigma: Readonly<Record<string, number>>,
) {
  const taken: Record<string, number> = {};
  const unknown: string[] = [];
  const clamped: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const p = twin.model.parameters.findIndex((spec) => spec.name === name);
    if (p < 0 || !Number.isFinite(value)) {
      unknown.push(name);
      continue;
    }
    taken[name] = within(twin.model.parameters[p]!, value);
    if (taken[name] !== value) clamped.push(name);
    twin.parameters[p] = taken[name];
  }
  const known = Object.fromEntries(
    Object.entries(sigma).filter(([name, one]) => name in taken && Number.isFinite(one) && one > 0),
  );
  setParameters(calibrator, twin, taken, known);
  parametersSet(detection, twin);
  for (const [name, one] of Object.entries(known)) believeFactor(watch, name, taken[name]!, one);
  return { values: taken, unknown, clamped };
}

/** A recording knows no negative zero, nor may the twin. */
function within({ min, max }: ParameterSpec, value: number): number {
  return Math.min(max, Math.max(min, value)) + 0;
}

/** A look so far off is a slip of the pen: what is worn out long ago is about 1. */
const wearMax = 3;

function inspect({ machine, twin, watch }: Place, command: Command<'inspected'>): TwinNews {
  const { component, wear, sigma } = command;
  if (!(wear >= 0 && wear <= wearMax))
    return refused(machine, command, `a wear is 0 to ${wearMax}, not ${wear}`);
  if (!(sigma > 0 && sigma <= 1))
    return refused(machine, command, `a sigma is above 0 and at most 1, not ${sigma}`);
  const done = inspectWear(watch, twin, component, wear, sigma);
  return done === undefined
    ? refused(machine, command, `it has no component ${component}`)
    : { kind: 'inspected', machine, component, ...done };
}

function replace({ machine, twin, watch }: Place, command: Command<'replaced'>): TwinNews {
  const { component } = command;
  const wear = replaceComponent(watch, twin, component);
  return wear === undefined
    ? refused(machine, command, `it has no component ${component}`)
    : { kind: 'replaced', machine, component, wear };
}

function restore(place: Place, { memory, gapS, integrate, told }: Command<'restore'>): TwinNews {
  const { machine, twin, watch } = place;
  setByName(place, memory.parameters, memory.sigma);
  if (memory.filters !== undefined) restoreFilters(place.calibrator, memory.filters);
  takeStates(twin, memory, gapS >= 0);
  takeInputs(twin, memory);
  restoreWatch(watch, memory.wear);
  if (memory.alarms !== undefined) restoreAlarms(place.book, memory.alarms);
  if (memory.normals !== undefined) recallDetection(place.detection, place.frame, memory.normals);
  const before = wearOf(twin);
  if (integrate) passGap(watch, twin, gapS);
  else coolAtRest(twin, gapS);
  notBelow(twin, watch, told);
  // All this is no wear that came of work: the rates are not to see it.
  watchFrom(watch, twin);
  return { kind: 'restored', machine, gapS, integrated: integrate, wear: added(before, wearOf(twin)) };
}

/** But for those that follow an input, for what the machine does now the input says; and temperatures of who knows when. */
function takeStates({ model, state }: Twin, memory: TwinMemory, datable: boolean): void {
  model.states.forEach((spec, s) => {
    const value = memory.state[spec.name];
    if (value === undefined || !Number.isFinite(value) || spec.follows !== undefined) return;
    if (!datable && isTemperature(spec)) return;
    const wears = model.wear?.some((wear) => wear.state === spec.name) === true;
    state[s] = (wears ? Math.min(wearMax, Math.max(0, value)) : value) + 0;
  });
}

/** What was the case still is until somebody says otherwise; what flows has to come anew. */
function takeInputs({ model, input }: Twin, memory: TwinMemory): void {
  model.inputs.forEach((spec, i) => {
    const value = memory.input?.[spec.name];
    if (spec.align === 'previous' && value !== undefined && Number.isFinite(value)) input[i] = value + 0;
  });
}

function notBelow(twin: Twin, watch: WearWatch, told: Readonly<Record<string, number>>): void {
  for (const [component, bound] of Object.entries(told)) {
    const c = componentOf(watch, component);
    if (c < 0 || !Number.isFinite(bound)) continue;
    const s = watch.state[c]!;
    twin.state[s] = Math.max(twin.state[s]!, Math.min(bound, wearMax)) + 0;
  }
}

/** By component. */
export function wearOf({ model, state }: Twin): Record<string, number> {
  const entries = (model.wear ?? []).map(
    ({ component, state: name }) =>
      [component, state[model.states.findIndex((spec) => spec.name === name)]!] as const,
  );
  return Object.fromEntries(entries);
}

function added(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) {
  const grown = Object.entries(after).map(([name, wear]) => [name, wear - before[name]!] as const);
  return Object.fromEntries(grown.filter(([, more]) => more > 0));
}

/** What is asked of a core to be remembered; without `books` nothing of alarms is. */
export type Remembered = Pick<Commanded, 'twins' | 'watches' | 'calibrators'> &
  Partial<Pick<Commanded, 'books' | 'detections' | 'frames'>>;

/** What the twin of a machine is to remember. */
export function rememberTwin(
  { twins, watches, calibrators, books, detections, frames }: Remembered,
  machine: number,
): TwinMemory {
  const { model, state, input, parameters } = twins[machine]!;
  return {
    model: model.id,
    modelVersion: model.version,
    state: Object.fromEntries(model.states.map(({ name }, s) => [name, state[s]!])),
    input: Object.fromEntries(
      model.inputs.flatMap(({ name, align }, i) => (align === 'previous' ? [[name, input[i]!]] : [])),
    ),
    parameters: Object.fromEntries(model.parameters.map(({ name }, p) => [name, parameters[p]!])),
    sigma: learntSigma(calibrators[machine]!, model),
    wear: memoryOf(watches[machine]!),
    ...(books !== undefined && { alarms: rememberAlarms(books[machine]!) }),
    ...(detections !== undefined &&
      frames !== undefined && { normals: rememberDetection(detections[machine]!, frames[machine]!) }),
  };
}
