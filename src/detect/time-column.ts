// Where the times of a file stand and how they are written: by name, else by what stands there; or nowhere. A row whose
// time cannot be read still counts: it is taken to come one step after the row before.
import { GemError } from '../errors.ts';
import { printable } from '../formats/excerpt.ts';
import { readClock, zoneMinutes } from '../formats/time.ts';
import { type DateOrder, dateMs, isWordForNothing, numberOf, timeWord } from './cell.ts';
import { type Column, findColumn } from './column.ts';
import type { Cells, Table } from './table.ts';

export interface TimeWishes {
  readonly time?: string;
  readonly timeFormat?: TimeUnit | 'auto' | 'iso';
  readonly date?: DateOrder;
  readonly zone?: string;
  readonly rateHz?: number;
}

export type TimeUnit = 's' | 'ms' | 'us' | 'ns' | 'min' | 'h';

export interface TimeColumn {
  readonly index: number;
  /** Of a date and a time of day in two columns. */
  readonly dayTime: number | undefined;
  /** Of numbers, what they count; of words undefined. */
  readonly unit: TimeUnit | undefined;
  readonly order: DateOrder;
  readonly zoneMin: number;
  readonly decimalComma: boolean;
  /** In words, for people. */
  readonly from: string;
}

const timeName =
  /^(time_?stamps?|date_?times?|time|_time|times|t|ts|zeitstempel|zeit|date|datum|utc|local_?time|time_?utc|timestamp_?utc)((?:[ _]|[ _]?[([{])(s|sec|seconds|ms|us|µs|μs|ns|min|h|utc)[)\]}]?)?$/i;
const units: Readonly<Record<string, TimeUnit>> = {
  ...{ s: 's', sec: 's', seconds: 's', ms: 'ms', us: 'us', µs: 'us', μs: 'us', ns: 'ns', min: 'min', h: 'h' },
};
export const unitMs: Readonly<Record<TimeUnit, number>> = {
  ...{ s: 1000, ms: 1, us: 1e-3, ns: 1e-6, min: 60_000, h: 3_600_000 },
};

export function findTime(
  table: Table,
  columns: readonly Column[],
  wishes: TimeWishes,
): TimeColumn | undefined {
  if (wishes.rateHz !== undefined) {
    if (wishes.time === undefined) return undefined;
    const why = '--rate is for a file without times; leave out --time or --rate';
    throw new GemError('GEM_USAGE', { why });
  }
  if (wishes.time !== undefined) {
    const column = findColumn(table, columns, '--time', wishes.time);
    return planned(table, column, undefined, wishes);
  }
  const called = columns.filter(({ name }) => table.names !== undefined && timeName.test(name.trim()));
  const date = columns.find(({ name }) => /^(date|datum)$/i.test(name.trim()));
  const dayTime = columns.find(({ name }) => /^(time|zeit|uhrzeit)$/i.test(name.trim()));
  if (date !== undefined && dayTime !== undefined && table.names !== undefined) {
    const both = table.head.find((cells) => !isWordForNothing(cells?.[date.index] ?? ''));
    if (both !== undefined && timeWord(both[date.index] ?? '') !== undefined)
      return planned(table, date, dayTime, wishes);
  }
  const named = called.find((column) => readable(table, column));
  const found = named ?? columns.find((column) => looksLikeTime(table, column));
  return found === undefined ? undefined : planned(table, found, undefined, wishes);
}

function cellsOf({ head }: Table, { index }: Column, most: number): string[] {
  const found: string[] = [];
  for (const cells of head) {
    const cell = cells?.[index] ?? '';
    if (!isWordForNothing(cell)) found.push(cell.trim());
    if (found.length === most) break;
  }
  return found;
}

const looked = 200;

/** A column called "t" may be a temperature: numbers of a time do not go back and forth. */
function readable(table: Table, column: Column): boolean {
  const cells = cellsOf(table, column, looked);
  const words = cells.filter((cell) => timeWord(cell) !== undefined || !Number.isNaN(readClock(cell))).length;
  if (words >= 0.9 * cells.length) return cells.length > 0;
  const numbers = cells.map((cell) => numberOf(cell, table.decimalComma));
  if (numbers.filter((value) => !Number.isNaN(value)).length < 0.9 * cells.length) return false;
  const turns = numbers.filter((value, k) => k > 0 && value < numbers[k - 1]!).length;
  return turns <= 0.2 * cells.length || turns >= 0.95 * (cells.length - 1);
}

/** Without a name for it: words that are dates, or a first column of numbers that go up evenly. */
function looksLikeTime(table: Table, column: Column): boolean {
  const cells = cellsOf(table, column, looked);
  if (cells.length < 3) return false;
  if (cells.filter((cell) => timeWord(cell) !== undefined).length >= 0.9 * cells.length) return true;
  if (column.index > 0 || table.width < 2) return false;
  const clocks = cells.filter((cell) => !Number.isNaN(readClock(cell))).length;
  if (clocks >= 0.9 * cells.length) return true;
  const name = column.name.trim();
  if (
    table.names !== undefined &&
    name !== '' &&
    !/^(unnamed.*|index|idx|row|frame|sample|step|\d+)$/i.test(name)
  )
    return false;
  const numbers = cells.map((cell) => numberOf(cell, table.decimalComma));
  const steps = numbers.slice(1).map((value, k) => value - numbers[k]!);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)]!;
  const epoch = numbers.every((value) => value > 1e8);
  const even = steps.filter((step) => Math.abs(step - usual) <= 0.02 * usual).length;
  return steps.every((step) => step > 0) && (epoch || even >= 0.95 * steps.length);
}

function planned(table: Table, column: Column, dayTime: Column | undefined, wishes: TimeWishes): TimeColumn {
  const cells = cellsOf(table, column, looked);
  const first = cells[0] ?? '';
  const isNumber = Number.isNaN(numberOf(first, table.decimalComma)) === false;
  const asked =
    wishes.timeFormat === undefined || wishes.timeFormat === 'auto' ? undefined : wishes.timeFormat;
  const unit = asked === 'iso' || !isNumber ? undefined : (asked ?? unitOf(column.name, Number(first)));
  const words = cells.map(timeWord).filter((word) => word !== undefined);
  if (!isNumber && words.length === 0 && cells.every((cell) => Number.isNaN(readClock(cell)))) {
    const why = `--time: "${printable(column.name)}" has no times that can be read, such as "${printable(first.slice(0, 30))}"`;
    throw new GemError('GEM_USAGE', { why });
  }
  const order = wishes.date ?? (words.find(({ sure }) => sure) ?? words[0])?.order ?? 'iso';
  const how = unit === undefined ? (order === 'iso' ? '' : `, ${order}`) : `, ${unit}`;
  const also = dayTime === undefined ? '' : ` and "${dayTime.name}"`;
  return {
    ...{ index: column.index, dayTime: dayTime?.index, unit, order },
    zoneMin: wishes.zone === undefined ? 0 : zoneMinutes(wishes.zone),
    decimalComma: table.decimalComma,
    from: `the column "${column.name}"${also}${how}`,
  };
}

function unitOf(name: string, first: number): TimeUnit {
  const said =
    timeName.exec(name.trim())?.[3]?.toLowerCase() ??
    /[([{ _](s|ms|us|µs|ns|min|h)[)\]}]?$/i.exec(name.trim())?.[1]?.toLowerCase();
  const unit = said === undefined ? undefined : units[said];
  if (unit !== undefined) return unit;
  // 1e11 s is the year 5138 and 1e11 ms is 1973: between them nothing is mistaken for the other.
  const size = Math.abs(first);
  return size < 1e11 ? 's' : size < 1e14 ? 'ms' : size < 1e17 ? 'us' : 'ns';
}

const dayMs = 86_400_000;

/** From cells to ms; NaN where there is none. Times of day alone go on over midnight. */
export function createTimeOf(time: TimeColumn): (cells: Cells) => number {
  let [midnightMs, lastMs] = [0, Number.NaN];
  const clock = (text: string) => {
    const ms = readClock(text);
    if (ms < lastMs - dayMs / 2) midnightMs += dayMs;
    if (!Number.isNaN(ms)) lastMs = ms;
    return midnightMs + ms;
  };
  return (cells) => {
    const cell = cells?.[time.index]?.trim() ?? '';
    if (time.unit !== undefined) return numberOf(cell, time.decimalComma) * unitMs[time.unit];
    const text = time.dayTime === undefined ? cell : `${cell} ${cells?.[time.dayTime]?.trim() ?? ''}`;
    const ms = dateMs(text, time.order, time.zoneMin);
    return Number.isNaN(ms) ? clock(text) : ms;
  };
}

/** As it stands in the file. */
export function timeText({ index, dayTime }: TimeColumn, cells: Cells): string {
  const cell = cells?.[index]?.trim() ?? '';
  return dayTime === undefined ? cell : `${cell} ${cells?.[dayTime]?.trim() ?? ''}`.trim();
}
