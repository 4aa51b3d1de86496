// How far apart rows are: their usual step, found at the beginning; gaps, times that repeat or go back, times that
// cannot be read.
import type { Layout } from './layout.ts';
import type { Table } from './table.ts';
import { createTimeOf } from './time-column.ts';

export interface Steps {
  /** The usual time between rows. */
  readonly periodS: number;
  /** Never decreasing. */
  readonly timeMs: number;
  /** In words, where no column has the time. */
  readonly from: string;
  /** To the row with this time (NaN: unknown), in seconds. */
  step(timeMs: number): number;
  /** Of a row without a time, by its number. */
  text(row: number): string;
  notes(): string[];
}

const gapSteps = 10;

export function createSteps(table: Table, layout: Layout, rateHz: number | undefined): Steps {
  const { periodS, even } = usualStep(table, layout, rateHz);
  let [nowMs, lastMs, rows] = [0, Number.NaN, 0];
  let [gaps, longestS, back, repeated, unknown] = [0, 0, 0, 0, 0];
  const stepOf = (timeMs: number): number => {
    if (Number.isNaN(lastMs) || Number.isNaN(timeMs)) return periodS;
    const dtS = (timeMs - lastMs) / 1000;
    if (dtS < 0) back++;
    if (dtS === 0) repeated++;
    if (dtS > gapSteps * periodS) {
      gaps++;
      longestS = Math.max(longestS, dtS);
      return dtS;
    }
    return even && dtS > 0 ? dtS : periodS;
  };
  return {
    periodS,
    from: rateHz === undefined ? 'no column: rows are counted' : `${rateHz} rows a second`,
    get timeMs() {
      return nowMs;
    },
    step(timeMs) {
      if (layout.time !== undefined && Number.isNaN(timeMs)) unknown++;
      const dtS = rows++ === 0 ? 0 : stepOf(timeMs);
      if (!Number.isNaN(timeMs)) lastMs = timeMs;
      nowMs = rows === 1 && !Number.isNaN(timeMs) ? timeMs : nowMs + dtS * 1000;
      return dtS;
    },
    text: (row) =>
      rateHz === undefined ? String(row) : String(Number(((row - 1) / rateHz).toPrecision(12))),
    notes() {
      const said: string[] = [];
      const some = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
      if (gaps > 0) said.push(`${some(gaps, 'gap', 'gaps')} in time, the longest of ${short(longestS)} s`);
      if (back > 0)
        said.push(`time goes back ${some(back, 'time', 'times')}: rows are judged in the order of the file`);
      if (repeated > 0)
        said.push(`${some(repeated, 'row repeats', 'rows repeat')} the time of the row before`);
      if (unknown > 0)
        said.push(`the time of ${some(unknown, 'row', 'rows')} cannot be read: taken as one step later`);
      if (!even) said.push('rows are not evenly spaced: what repeats is sought by rows, not by time');
      return said;
    },
  };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

const evenShare = 0.7;

function usualStep(
  table: Table,
  { time }: Layout,
  rateHz: number | undefined,
): { periodS: number; even: boolean } {
  if (time === undefined) return { periodS: 1 / (rateHz ?? 1), even: true };
  const timeOf = createTimeOf(time);
  const times = table.head.map(timeOf).filter((ms) => !Number.isNaN(ms));
  const all = times.slice(1).map((ms, k) => ms - times[k]!);
  const steps = all.filter((ms) => ms > 0).sort((a, b) => a - b);
  if (steps.length === 0) return { periodS: 1, even: false };
  // A clock that is coarser than the rows: many of them share a time.
  if (steps.length < 0.5 * all.length) {
    const span = steps.reduce((sum, ms) => sum + ms, 0);
    return { periodS: span / all.length / 1000, even: false };
  }
  const usual = steps[Math.floor(steps.length / 2)]!;
  const alike = steps.filter((ms) => Math.abs(ms / usual - Math.round(ms / usual)) < 0.15).length;
  return { periodS: usual / 1000, even: alike >= evenShare * steps.length };
}
