// Times in which nobody works, out of an iCalendar file: whole days and hours, repeated ones with their exceptions.
// Bounded, and in slices: a large calendar takes its time beside the ticks, not out of them.
import { open } from 'node:fs/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import ICAL from 'ical.js';
import { GemError } from '../errors.ts';
import { isZone, localMs } from './calendar.ts';
import { type Interval, joined } from './interval.ts';

export interface Reading extends Interval {
  /** Of whole days and of times that name none. */
  readonly zone: string;
}

const bytesMax = 8 * 2 ** 20;
/** Of one event, from its first on: a day each since 1900. */
const occurrencesMax = 50_000;
const intervalsMax = 20_000;
const sliceMs = 4;

/** All that lies between the two times. Throws GEM_CALENDAR_UNUSABLE. */
export async function readCalendarFile(file: string, reading: Reading): Promise<Interval[]> {
  try {
    return await readCalendar(await textOf(file), reading);
  } catch (error) {
    if (error instanceof GemError) throw error;
    throw new GemError('GEM_CALENDAR_UNUSABLE', { file, why: (error as Error).message }, error);
  }
}

async function textOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size > bytesMax) throw new RangeError(`it has ${size} bytes, and ${bytesMax} are the most`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

export async function readCalendar(text: string, reading: Reading): Promise<Interval[]> {
  const parsed: unknown = ICAL.parse(text);
  const found: Interval[] = [];
  const turn = slices();
  for (const calendar of calendarsOf(parsed)) {
    const all = calendar.getAllSubcomponents('vevent');
    const uidOf = (event: ICAL.Component) => String(event.getFirstPropertyValue('uid') ?? '');
    const isException = (event: ICAL.Component) => event.hasProperty('recurrence-id');
    const masters = new Set(all.filter((event) => !isException(event)).map(uidOf));
    for (const event of all) {
      await turn();
      if (isException(event) && masters.has(uidOf(event))) continue;
      const exceptions = all.filter(
        (one) => isException(one) && one !== event && uidOf(one) === uidOf(event),
      );
      for await (const one of occurrences(new ICAL.Event(event, { exceptions }), reading, turn)) {
        if (found.length >= intervalsMax)
          throw new RangeError(`it has more than ${intervalsMax} times in it`);
        if (one.toMs > reading.fromMs && one.fromMs < reading.toMs) found.push(one);
      }
    }
  }
  return joined(found);
}

/** A file may hold several. */
function calendarsOf(parsed: unknown): ICAL.Component[] {
  const list = Array.isArray(parsed) && Array.isArray(parsed[0]) ? (parsed as unknown[]) : [parsed];
  return list.map((one) => new ICAL.Component(one as [string, [], []]));
}

async function* occurrences(
  event: ICAL.Event,
  reading: Reading,
  turn: () => Promise<void>,
): AsyncGenerator<Interval> {
  if (!event.isRecurring()) {
    if (!isCancelled(event)) yield spanOf(event, event.startDate, event.endDate, reading.zone);
    return;
  }
  const iterator = event.iterator();
  // An exception may have been moved from beyond the end into the stretch: a day more than a year is far enough.
  const endMs = reading.toMs + 370 * 86_400_000;
  for (let count = 0; count < occurrencesMax; count++) {
    await turn();
    const next = iterator.next();
    if (next === null || next === undefined) return;
    const { startDate, endDate, item } = event.getOccurrenceDetails(next);
    const span = spanOf(item, startDate, endDate, reading.zone);
    if (!isCancelled(item)) yield span;
    if (span.fromMs > (item === event ? reading.toMs : endMs)) return;
  }
}

function isCancelled({ component }: ICAL.Event): boolean {
  return String(component.getFirstPropertyValue('status') ?? '').toUpperCase() === 'CANCELLED';
}

function spanOf(event: ICAL.Event, start: ICAL.Time, end: ICAL.Time, zone: string): Interval {
  const named = (property: string) => event.component.getFirstProperty(property)?.getFirstParameter('tzid');
  const from = named('dtstart');
  return { fromMs: timeMs(start, from, zone), toMs: timeMs(end, named('dtend') ?? from, zone) };
}

/** By the zone's own rules where it is known; else by those in the file; a time without a zone is local. */
function timeMs(time: ICAL.Time, tzid: string | undefined, zone: string): number {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${String(time.year).padStart(4, '0')}-${two(time.month)}-${two(time.day)}`;
  if (time.isDate) return localMs(`${date}T00:00`, zone);
  if (time.zone === ICAL.Timezone.utcTimezone) return time.toUnixTime() * 1000;
  const text = `${date}T${two(time.hour)}:${two(time.minute)}:${two(Math.min(59, time.second))}`;
  if (tzid !== undefined && isZone(tzid)) return localMs(text, tzid);
  const isLocal = time.zone === undefined || time.zone === ICAL.Timezone.localTimezone;
  return isLocal ? localMs(text, zone) : time.toUnixTime() * 1000;
}

/** Lets others have their turn, now and then. */
function slices(): () => Promise<void> {
  let begunMs = performance.now();
  return async () => {
    if (performance.now() - begunMs < sliceMs) return;
    await breathe();
    begunMs = performance.now();
  };
}
