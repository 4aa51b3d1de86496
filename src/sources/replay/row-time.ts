// What a row says of its time, to milliseconds since 1970 by the recording's own clock. Whether that time is
// believed is not decided here.
import { readClock, readTime, type TimeFormat, zoneMinutes } from '../../formats/time.ts';
import { parseNumber } from '../../formats/value.ts';

export interface RowTimeSettings {
  readonly format: TimeFormat;
  readonly date: 'iso' | 'dmy' | 'mdy';
  readonly zone: string;
  /** Undefined: told by the first time that can be read. */
  readonly relative: boolean | undefined;
  /** What relative times count from; times of day without a date begin on its day. */
  readonly startMs: number;
}

/** `dayTime` is the cell with the time of day, where the date stands alone. NaN when it is no time. */
export type RowTime = (raw: unknown, dayTime: unknown) => number;

const dayMs = 86_400_000;
/** A time of day that goes back so far is one of the next day. */
const nextDayMs = dayMs / 2;
/** After a midnight, one that leaps so far ahead is a late one of the day before: no pause is that long. */
const dayBeforeMs = dayMs - 3_600_000;

/** Before 1973 no machine was recorded in such files: a time that early counts from the start of one. */
const earliestMs = 1e11;
const unitMs: Readonly<Record<TimeFormat, number>> = {
  auto: 1000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  ns: 1e-6,
  iso: Number.NaN,
};
const datePattern = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T,]+(\S+))?$/;
const clockPattern = /^\d:\d\d/;

export function createRowTime(settings: RowTimeSettings): RowTime {
  const { format, date, startMs } = settings;
  const zoneMin = zoneMinutes(settings.zone);
  let { relative } = settings;

  const days = createDays(startMs, zoneMin);
  /** Whether times have no date; told by the first that is none of a number. */
  let dateless: boolean | undefined = format === 'auto' || format === 'iso' ? undefined : false;

  const absolute = (raw: unknown) => readTime(raw, format, zoneMin);
  const written = (text: unknown) => {
    const clockMs = dateless === false || typeof text !== 'string' ? Number.NaN : readClock(text.trim());
    const timeMs =
      Number.isNaN(clockMs) && dateless !== true ? absolute(calendar(text, date)) : days(clockMs);
    if (!Number.isNaN(timeMs)) dateless ??= !Number.isNaN(clockMs);
    return timeMs;
  };
  return (raw, dayTime) => {
    const text = dayTime === undefined ? raw : `${plain(raw)} ${plain(dayTime)}`;
    const number = typeof text === 'number' ? text : numberOf(text, format);
    if (Number.isNaN(number)) return relative === true ? Number.NaN : written(text);
    // Digits beyond 2^53 keep their meaning as text.
    relative ??= number < 0 || absolute(number) < earliestMs;
    return inCalendar(relative ? startMs + number * unitMs[format] : absolute(number));
  };
}

/** What no calendar has a day for is no time. */
function inCalendar(timeMs: number): number {
  return Math.abs(timeMs) <= 8.64e15 ? timeMs : Number.NaN;
}

/** Times of day to times, over midnight as often as they go; NaN stays NaN. */
function createDays(startMs: number, zoneMin: number): (clockMs: number) => number {
  const zoneMs = zoneMin * 60_000;
  let midnightMs = Math.floor((startMs + zoneMs) / dayMs) * dayMs - zoneMs;
  const firstMs = midnightMs;
  let lastMs = Number.NaN;
  return (clockMs) => {
    if (clockMs - lastMs > dayBeforeMs && midnightMs > firstMs) return midnightMs - dayMs + clockMs;
    if (lastMs - clockMs > nextDayMs) midnightMs += dayMs;
    if (!Number.isNaN(clockMs)) lastMs = clockMs;
    return midnightMs + clockMs;
  };
}

function plain(raw: unknown): string {
  return typeof raw === 'string' || typeof raw === 'number' ? String(raw).trim() : '';
}

function numberOf(raw: unknown, format: TimeFormat): number {
  return typeof raw === 'string' && format !== 'iso' ? parseNumber(raw) : Number.NaN;
}

/** The text of an ISO time, from the order of day and month that was declared. */
function calendar(raw: unknown, date: RowTimeSettings['date']): unknown {
  if (typeof raw !== 'string') return raw;
  const text = raw.trim();
  if (date === 'iso') return /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text;
  const found = datePattern.exec(text);
  if (found === null) return Number.NaN;
  const [, first = '', second = '', year = '', time = '00:00:00'] = found;
  const [day, month] = date === 'dmy' ? [first, second] : [second, first];
  const clock = clockPattern.test(time) ? `0${time}` : time;
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${clock}`;
}
