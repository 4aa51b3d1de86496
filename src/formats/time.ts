// Source times of a payload to milliseconds since 1970. Whether they are believed is the feed's decision.

export type TimeFormat = 'auto' | 's' | 'ms' | 'us' | 'ns' | 'iso';

const isoPattern =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?(Z|z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?$/;
const integerPattern = /^\d{1,19}(?:\.\d+)?$/;

/** NaN when it is no time. Numbers may come as strings, as 64-bit integers do in JSON. */
export function readTime(raw: unknown, format: TimeFormat, zoneMin: number): number {
  if (typeof raw === 'number') return fromNumber(raw, format);
  if (typeof raw !== 'string') return Number.NaN;
  if (format !== 'iso' && integerPattern.test(raw)) return fromNumber(Number(raw), format);
  return format === 'iso' || format === 'auto' ? fromIso(raw, zoneMin) : Number.NaN;
}

const clockPattern = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?$/;

/** Of a time of day without a date, ms since midnight; NaN when it is none. */
export function readClock(text: string): number {
  const found = clockPattern.exec(text);
  if (found === null) return Number.NaN;
  const [, hour, minute, second = '0', fraction = '0'] = found;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return Number.NaN;
  return (Number(hour) * 60 + Number(minute)) * 60_000 + (Number(second) + Number(`0.${fraction}`)) * 1000;
}

/** A time, or a date alone, which is its midnight. */
export function readMoment(text: string, zoneMin: number): number {
  return readTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text, 'iso', zoneMin);
}

/** Minutes east of Greenwich of "Z", "+01:00" or "-0530". */
export function zoneMinutes(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function fromNumber(value: number, format: TimeFormat): number {
  if (!Number.isFinite(value) || value < 0) return Number.NaN;
  switch (format) {
    case 's':
      return value * 1000;
    case 'ms':
      return value;
    case 'us':
      return value / 1000;
    case 'ns':
      return value / 1_000_000;
    case 'auto':
      return fromMagnitude(value);
    case 'iso':
      return Number.NaN;
  }
}

/** 1e11 s is the year 5138 and 1e11 ms is 1973: between them nothing is mistaken for the other. */
function fromMagnitude(value: number): number {
  if (value < 1e11) return value * 1000;
  if (value < 1e14) return value;
  if (value < 1e17) return value / 1000;
  return value / 1_000_000;
}

function fromIso(text: string, zoneMin: number): number {
  const found = isoPattern.exec(text);
  if (found === null) return Number.NaN;
  const [, year, month, day, hour, minute, second = '0', fraction, zone] = found;
  if (Number(month) < 1 || Number(month) > 12 || Number(hour) > 24) return Number.NaN;
  if (Number(minute) > 59 || Number(second) > 60) return Number.NaN;
  // The end of a day, and no moment after it.
  if (hour === '24' && (Number(minute) > 0 || Number(second) > 0 || Number(fraction ?? 0) > 0))
    return Number.NaN;
  const midnightMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // 30 February would roll over into March.
  if (new Date(midnightMs).getUTCDate() !== Number(day)) return Number.NaN;
  const minutes = Number(hour) * 60 + Number(minute) - (zone === undefined ? zoneMin : zoneMinutes(zone));
  const fractionMs = fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000;
  return midnightMs + minutes * 60_000 + Number(second) * 1000 + fractionMs;
}
