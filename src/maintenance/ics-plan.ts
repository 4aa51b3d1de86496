// The plan as an iCalendar file, for calendars that subscribe to it, and back: the file is also what the plan of the
// next run starts from. Times are in UTC, so no calendar has to know a zone. Pure.
import ICAL from 'ical.js';
import { z } from 'zod';
import type { PlannedWindow } from './window.ts';

/** In a property of its own, what a calendar has no word for. */
const own = 'x-gemel-window';

const ownSchema = z.object({
  machine: z.string(),
  about: z.array(z.string()).min(1),
  beforeMs: z.number(),
  neededMs: z.number(),
  counts: z.record(z.string(), z.number()),
  urgent: z.boolean(),
  text: z.string(),
});

export interface CalendarLabels {
  readonly site: string;
  readonly zone: string;
}

export function encodePlan(plan: readonly PlannedWindow[], { site, zone }: CalendarLabels): string {
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('version', '2.0');
  calendar.addPropertyWithValue('prodid', '-//Gemel//Maintenance plan//EN');
  calendar.addPropertyWithValue('calscale', 'GREGORIAN');
  // Names of ours need no escaping, and calendars know these two without a type.
  calendar.addPropertyWithValue('x-wr-calname', `Maintenance of ${site}`);
  calendar.addPropertyWithValue('x-wr-timezone', zone);
  for (const window of plan) calendar.addSubcomponent(eventOf(window, zone));
  // It counts a folded line without the blank it begins with.
  ICAL.foldLength = 74;
  return `${calendar.toString()}\r\n`;
}

function eventOf(window: PlannedWindow, zone: string): ICAL.Component {
  const { uid, sequence, changedMs, startMs, endMs, text, urgent, machine, resources } = window;
  const event = new ICAL.Component('vevent');
  event.addPropertyWithValue('uid', uid);
  event.addPropertyWithValue('sequence', sequence);
  for (const name of ['dtstamp', 'last-modified']) event.addPropertyWithValue(name, utc(changedMs));
  event.addPropertyWithValue('dtstart', utc(startMs));
  event.addPropertyWithValue('dtend', utc(endMs));
  event.addPropertyWithValue('summary', urgent ? `URGENT ${text}` : text);
  event.addPropertyWithValue('description', describe(window, zone));
  event.addPropertyWithValue('location', machine);
  if (resources.length > 0) {
    const needed = new ICAL.Property('resources');
    needed.setValues([...resources]);
    event.addProperty(needed);
  }
  if (urgent) event.addPropertyWithValue('priority', 1);
  const { about, beforeMs, neededMs, counts } = window;
  addText(event, own, JSON.stringify({ machine, about, beforeMs, neededMs, counts, urgent, text }));
  return event;
}

function describe({ about, beforeMs, resources, startMs, urgent }: PlannedWindow, zone: string): string {
  const of = about.join(', ');
  const by =
    startMs > beforeMs ? 'it may have failed already' : `one in ten has failed by ${local(beforeMs, zone)}`;
  const needs = resources.length === 0 ? [] : [`Needs ${resources.join(', ')}.`];
  const hours = urgent ? ['No working hours are left before.'] : [];
  return [`${of}: ${by} (${zone}).`, ...hours, ...needs].join('\n');
}

function local(ms: number, timeZone: string): string {
  const style = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('en-GB', { ...style, hour: '2-digit', minute: '2-digit', timeZone });
  return format.format(ms);
}

/** Calendars count in seconds. */
function utc(ms: number): ICAL.Time {
  return ICAL.Time.fromJSDate(new Date(Math.round(ms / 1000) * 1000), true);
}

/** Of a property that has no type of its own: escaped like all text. */
function addText(to: ICAL.Component, name: string, text: string): void {
  to.addProperty(new ICAL.Property([name, {}, 'text', text]));
}

/** In which the plan was made; empty where it does not say. */
export function zoneOfPlan(text: string): string {
  return /^X-WR-TIMEZONE:(.*?)\r?$/m.exec(text)?.[1] ?? '';
}

/** Throws for what is no calendar; leaves out what this plan has not written. */
export function decodePlan(text: string): PlannedWindow[] {
  const calendar = new ICAL.Component(ICAL.parse(text) as [string, [], []]);
  return calendar.getAllSubcomponents('vevent').flatMap((event) => {
    const written: unknown = event.getFirstPropertyValue(own);
    const { success, data } = ownSchema.safeParse(jsonOf(written));
    if (!success) return [];
    const ms = (name: string) => (event.getFirstPropertyValue(name) as ICAL.Time).toUnixTime() * 1000;
    const resources = event.getFirstProperty('resources')?.getValues() ?? [];
    const window: PlannedWindow = {
      ...data,
      ...{ uid: String(event.getFirstPropertyValue('uid')), startMs: ms('dtstart'), endMs: ms('dtend') },
      ...{ sequence: Number(event.getFirstPropertyValue('sequence') ?? 0), changedMs: ms('dtstamp') },
      resources: resources.map(String),
    };
    return Number.isFinite(window.startMs) && window.endMs > window.startMs ? [window] : [];
  });
}

function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
