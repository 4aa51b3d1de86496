// What a row says of its time, to milliseconds since 1970 by the recording's own clock. Whether that time is
// believed is not decided here.
import { readTime, type TimeFormat, zoneMinutes } from '../../formats/time.ts';
import { parseNumber } from '../../formats/value.ts';

export interface RowTimeSettings {
  readonly format: TimeFormat;
  readonly date: 'iso' | 'dmy' | 'mdy';
  readonly zone: string;
  /** Undefined: told by the first time that can be read. */
  readonly relative: boolean | undefined;
  /** What relative times count from. */
  readonly startMs: number;
}

/** `dayTime` is the cell with the time of day, where the date stands alone. NaN when it is no time. */
export type RowTime = (raw: unknown, dayTime: unknown) => number;

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

  const absolute = (raw: unknown) => readTime(raw, format, zoneMin);
  return (raw, dayTime) => {
    const text = dayTime === undefined ? raw : `${plain(raw)} ${plain(dayTime)}`;
    const number = typeof text === 'number' ? text : numberOf(text, format);
    if (Number.isNaN(number)) return relative === true ? Number.NaN : absolute(calendar(text, date));
    // Digits beyond 2^53 keep their meaning as text.
    relative ??= number < 0 || absolute(number) < earliestMs;
    return relative ? startMs + number * unitMs[format] : absolute(number);
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
