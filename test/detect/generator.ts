// Records with something wrong in them, and where. Knows nothing of what will look for it.
import { type Chance, newChance } from './chance.ts';
import { type Course, makeShape, type Shape } from './shapes.ts';

export const faults = ['spike', 'level', 'drift', 'louder', 'quieter', 'frozen', 'season', 'apart'] as const;
export type Fault = (typeof faults)[number];

export interface Wish {
  readonly shape: Shape;
  readonly faults: readonly Fault[];
  readonly rows: number;
  readonly seed: number;
  /** 1 ms to an hour, and more. */
  readonly stepMs?: number;
  /** So many pauses of a hundred steps. */
  readonly gaps?: number;
}

export interface Event {
  readonly fault: Fault;
  readonly column: number;
  /** Rows, the end not included. */
  readonly from: number;
  readonly to: number;
}

export interface Made {
  readonly names: readonly string[];
  readonly timeMs: Float64Array;
  readonly columns: readonly Float64Array[];
  readonly label: Uint8Array;
  readonly events: readonly Event[];
}

/** Nothing is wrong before this share of the rows. */
const firstShare = 0.4;

export function make({ shape, faults: wanted, rows, seed, stepMs = 1000, gaps = 0 }: Wish): Made {
  const chance = newChance(seed * 7919 + shape.length * 31 + shape.charCodeAt(0));
  const courses = makeShape(shape, rows, chance);
  const columns = courses.map(({ course, noise }) => course.map((value, i) => value + noise[i]!));
  const label = new Uint8Array(rows);
  const room = ((1 - firstShare) * rows) / Math.max(1, wanted.length);
  const events = wanted.map((fault, k) => {
    const begin = firstShare * rows + k * room + chance.between(0.1, 0.4) * room;
    const event = place(fault, Math.floor(begin), rows, courses.length, chance);
    apply(event, courses, columns, chance);
    label.fill(1, event.from, event.to);
    return event;
  });
  for (const [c, { step }] of courses.entries()) {
    if (step > 0) columns[c] = columns[c]!.map((value) => Math.round(value / step) * step);
  }
  return {
    names: courses.map(({ name }) => name),
    timeMs: timesOf(rows, stepMs, gaps, chance),
    columns,
    label,
    events,
  };
}

function timesOf(rows: number, stepMs: number, gaps: number, chance: Chance): Float64Array {
  const pauses = new Set(Array.from({ length: gaps }, () => Math.floor(chance.between(0.1, 0.9) * rows)));
  let at = 1_767_225_600_000;
  return Float64Array.from({ length: rows }, (_, i) => {
    at += pauses.has(i) ? 100 * stepMs : stepMs;
    return at;
  });
}

function place(fault: Fault, from: number, rows: number, columns: number, chance: Chance): Event {
  const length =
    fault === 'spike' ? 1 + Math.floor(chance.between(0, 3)) : Math.floor(rows * chance.between(0.05, 0.1));
  return { fault, column: Math.floor(chance.next() * columns), from, to: Math.min(rows, from + length) };
}

function apply(
  { fault, column, from, to }: Event,
  courses: readonly Course[],
  columns: Float64Array[],
  chance: Chance,
) {
  const { course, noise, sigma } = courses[column]!;
  const values = columns[column]!;
  const sign = chance.next() < 0.5 ? -1 : 1;
  const height = sigma * chance.between(7, 11) * sign;
  const middle = mean(noise);
  const held = values[from - 1]!;
  const other = fault === 'apart' ? makeOther(values, chance) : undefined;
  for (let i = from; i < to; i++) {
    const share = (i - from + 1) / (to - from);
    const about = (times: number) => course[i]! + middle + times * (noise[i]! - middle);
    if (fault === 'spike') values[i] = values[i]! + height;
    if (fault === 'level') values[i] = values[i]! + 0.6 * height;
    if (fault === 'drift') values[i] = values[i]! + share * height;
    if (fault === 'louder') values[i] = about(4);
    if (fault === 'quieter') values[i] = about(0.1);
    if (fault === 'frozen') values[i] = held;
    if (fault === 'season')
      values[i] = course[Math.max(0, from - Math.round((i - from) * 0.7) - 1)]! + noise[i]!;
    if (fault === 'apart') values[i] = other![i]!;
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** As its own past, from another place: each value is as likely as ever, and goes with no other column. */
function makeOther(values: Float64Array, chance: Chance): Float64Array {
  const shift = Math.floor(values.length * chance.between(0.2, 0.35));
  return values.map((_, i) => values[(i - shift + values.length) % values.length]!);
}

/** As CSV, with a label column if wanted. */
export function csvOf({ names, timeMs, columns, label }: Made, withLabel = false): string {
  const head = ['time', ...names, ...(withLabel ? ['is_anomaly'] : [])].join(',');
  const lines = Array.from(timeMs, (ms, i) =>
    [
      new Date(ms).toISOString(),
      ...columns.map((column) => String(Number(column[i]!.toPrecision(8)))),
      ...(withLabel ? [String(label[i])] : []),
    ].join(','),
  );
  return `${head}\n${lines.join('\n')}\n`;
}
