// When work can be done: working hours, without holidays and what is blocked, as stretches of time. Days are counted in
// the zone, so a shift over a change of the clocks is as long as it really is.
import { Temporal } from 'temporal-polyfill';
import { GemError } from '../errors.ts';
import { type Interval, joined, within, without } from './interval.ts';
import type { MaintenanceConfig } from './schema.ts';

export interface Calendar {
  readonly zone: string;
  /** Sorted, apart from one another. What was asked for last is kept. */
  readonly open: (fromMs: number, toMs: number) => Interval[];
}

/** Times in which nobody works, from files: by the stretch that is asked for. */
export type Closed = (fromMs: number, toMs: number) => readonly Interval[];

const weekdays = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'] as const;
const minuteMs = 60_000;
const dayMs = 86_400_000;
const none: Closed = () => [];

/** When a day begins, the next and the one after. */
type Starts = [number, number, number];

export function createCalendar(config: MaintenanceConfig, closed: Closed = none): Calendar {
  const zone = zoneOf(config.zone);
  const blocked = joined(
    config.blocked.map(({ from, to }) => ({ fromMs: localMs(from, zone), toMs: localMs(to, zone) })),
  );
  const isHoliday = holidaysOf(config.holidays);
  let kept = { fromMs: Number.NaN, toMs: Number.NaN, open: [] as Interval[] };

  const expand = (fromMs: number, toMs: number) => {
    const shifts: Interval[] = [];
    const away: Interval[] = [...blocked, ...closed(fromMs, toMs)];
    // A shift over midnight belongs to the day on which it begins; zones are up to a day from UTC.
    const first = Math.floor(fromMs / dayMs) - 2;
    const last = Math.floor(toMs / dayMs) + 1;
    let starts: Starts = [startOf(first, zone), startOf(first + 1, zone), startOf(first + 2, zone)];
    for (let day = first; day <= last; day++) {
      if (isHoliday(dateOf(day))) away.push({ fromMs: starts[0], toMs: starts[1] });
      for (const shift of config.hours[weekdayOf(day)]) {
        const { from, to } = minutesOf(shift);
        shifts.push({ fromMs: minuteOf(day, from, zone, starts), toMs: minuteOf(day, to, zone, starts) });
      }
      starts = [starts[1], starts[2], startOf(day + 3, zone)];
    }
    return without(joined(shifts), joined(away));
  };

  return {
    zone,
    open(fromMs, toMs) {
      // A day's worth more, so that a plan that is made each minute does not expand it each time.
      if (!(fromMs >= kept.fromMs && toMs <= kept.toMs)) {
        const [from, to] = [fromMs - dayMs, toMs + dayMs];
        kept = { fromMs: from, toMs: to, open: expand(from, to) };
      }
      return within(kept.open, fromMs, toMs);
    },
  };
}

/** The zone of the host where none is named. */
export function zoneOf(named: string | undefined): string {
  const zone = named ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (isZone(zone)) return zone;
  if (named === undefined) return 'UTC';
  throw new GemError('GEM_USAGE', { why: `unknown time zone ${named}` });
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone !== '';
  } catch {
    return false;
  }
}

/** A time that the clocks skip is the one after; of one that comes twice the first is meant. */
export function localMs(text: string, zone: string): number {
  const local = Temporal.PlainDateTime.from(text);
  return local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}

/** By the number of the day since 1970. */
export function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** When the day of that date begins, which is not midnight where the clocks change then. */
function startOf(day: number, zone: string): number {
  return Temporal.PlainDate.from(dateOf(day)).toZonedDateTime(zone).epochMilliseconds;
}

function weekdayOf(day: number): (typeof weekdays)[number] {
  return weekdays[((day % 7) + 7) % 7]!;
}

/** Of the day on which it begins; over midnight it ends on the next. */
function minutesOf(shift: string): { from: number; to: number } {
  const [from = 0, to = 0] = shift.split('-').map((time) => {
    const [hours = '', minutes = ''] = time.split(':');
    return Number(hours) * 60 + Number(minutes);
  });
  return { from, to: to > from ? to : to + 24 * 60 };
}

/** On a day of 24 hours, followed by another, it is plain arithmetic, which is what makes a year cheap. */
function minuteOf(day: number, minute: number, zone: string, starts: Starts): number {
  const [today, tomorrow, after] = starts;
  const isPlain = tomorrow - today === dayMs && after - tomorrow === dayMs;
  if (isPlain) return today + minute * minuteMs;
  return localMs(new Date(day * dayMs + minute * minuteMs).toISOString().slice(0, 16), zone);
}

function holidaysOf(holidays: readonly string[]): (date: string) => boolean {
  const each = new Set(holidays.filter((one) => !one.includes('/')));
  const ranges = holidays.filter((one) => one.includes('/')).map((one) => one.split('/'));
  return (date) =>
    each.has(date) || each.has(date.slice(5)) || ranges.some(([from, to]) => date >= from! && date <= to!);
}
