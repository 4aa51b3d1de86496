// The calendar file of the maintenance plan as Python's icalendar reads it, and one that it has written as the plan of
// days off reads that. The virtual environment is that of the other peers.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodePlan } from '../../src/maintenance/ics-plan.ts';
import { readCalendar } from '../../src/maintenance/ics-read.ts';
import { planOf } from '../maintenance/scene.ts';
import { peersDir } from './opcua-asyncua-server.ts';

const python = join(peersDir, 'bin', 'python');

function run(script: string, input = ''): string {
  if (!existsSync(python))
    throw new Error('icalendar is not there; .ci/run installs it with the other peers');
  return execFileSync(python, ['-c', script], { input, encoding: 'utf8' });
}

const reader = `
import sys, json, icalendar
calendar = icalendar.Calendar.from_ical(sys.stdin.read())
def resources(event):
    found = event.get("RESOURCES")
    return [] if found is None else [str(one) for one in (found if isinstance(found, list) else str(found).split(","))]
print(json.dumps([{
    "uid": str(event["UID"]), "sequence": int(event["SEQUENCE"]), "summary": str(event["SUMMARY"]),
    "description": str(event["DESCRIPTION"]), "start": event["DTSTART"].dt.isoformat(), "end": event["DTEND"].dt.isoformat(),
    "stamp": event["DTSTAMP"].dt.isoformat(), "resources": resources(event), "priority": int(event.get("PRIORITY", 0)),
    "errors": [str(error) for error in event.errors],
} for event in calendar.walk("VEVENT")]))
`;

describe('another library', () => {
  test('reads every window of the plan', () => {
    const resources = { technician: 2, crane: 1 };
    const plan = planOf(
      [
        { before: 75, resources },
        { machine: 'späte; Fräse, 2', before: 7 },
      ],
      { resources },
    );
    const events = JSON.parse(
      run(reader, encodePlan(plan, { site: 'hall', zone: 'Europe/Berlin' })),
    ) as Record<string, unknown>[];
    expect(events).toHaveLength(2);
    for (const [i, window] of plan.entries()) {
      const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', '+00:00');
      const summary = window.urgent ? `URGENT ${window.text}` : window.text;
      expect(events[i]).toMatchObject({ uid: window.uid, sequence: 0, summary, errors: [] });
      expect(events[i]).toMatchObject({
        start: iso(window.startMs),
        end: iso(window.endMs),
        stamp: iso(window.changedMs),
      });
      expect(events[i]).toMatchObject({ resources: window.resources, priority: window.urgent ? 1 : 0 });
    }
  });

  test('writes days off that are read as it meant them', async () => {
    const written = run(`
import icalendar, datetime, zoneinfo, sys
calendar = icalendar.Calendar()
calendar.add("prodid", "-//test//"); calendar.add("version", "2.0")
day = icalendar.Event(); day.add("uid", "a"); day.add("summary", "Feiertag; frei, für alle"); day.add("dtstart", datetime.date(2026, 12, 25)); calendar.add_component(day)
shift = icalendar.Event(); shift.add("uid", "b")
shift.add("dtstart", datetime.datetime(2026, 10, 19, 8, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")))
shift.add("dtend", datetime.datetime(2026, 10, 19, 9, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")))
shift.add("rrule", {"freq": "weekly", "count": 3}); calendar.add_component(shift)
calendar.add_missing_timezones()
sys.stdout.write(calendar.to_ical().decode())
`);
    const reading = {
      zone: 'Europe/Berlin',
      fromMs: Date.parse('2026-10-01T00:00Z'),
      toMs: Date.parse('2027-01-31T00:00Z'),
    };
    const times = (await readCalendar(written, reading)).map(({ fromMs, toMs }) => [
      new Date(fromMs).toISOString().slice(0, 16),
      (toMs - fromMs) / 3_600_000,
    ]);
    expect(times).toEqual([
      ['2026-10-19T06:00', 1],
      ['2026-10-26T07:00', 1],
      ['2026-11-02T07:00', 1],
      ['2026-12-24T23:00', 24],
    ]);
  });
});
