// Working hours as stretches of time: shifts, zones, changes of the clocks, holidays, and calendars of others.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createCalendar } from '../../src/maintenance/calendar.ts';
import { createHolidays } from '../../src/maintenance/holidays.ts';
import { readCalendar } from '../../src/maintenance/ics-read.ts';
import { maintenanceSchema } from '../../src/maintenance/schema.ts';
import { keptLog } from '../silent-log.ts';

const hourMs = 3_600_000;
const nothing = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };

function open(config: object, from: string, to: string): string[] {
  const calendar = createCalendar(maintenanceSchema.parse(config));
  return calendar.open(Date.parse(from), Date.parse(to)).map(spanText);
}

function spanText({ fromMs, toMs }: { fromMs: number; toMs: number }): string {
  return `${new Date(fromMs).toISOString().slice(0, 16)} ${(toMs - fromMs) / hourMs} h`;
}

describe('working hours', () => {
  test('are those of the zone, before and after its clocks change', () => {
    const config = { zone: 'Europe/Berlin' };
    expect(open(config, '2026-10-23T00:00Z', '2026-10-27T00:00Z')).toEqual([
      '2026-10-23T05:00 9 h',
      '2026-10-26T06:00 9 h',
    ]);
    expect(open(config, '2027-03-26T00:00Z', '2027-03-30T00:00Z')).toEqual([
      '2027-03-26T06:00 9 h',
      '2027-03-29T05:00 9 h',
    ]);
  });
  test('of a night in which the clocks change are as long as that night is', () => {
    const config = { zone: 'Europe/Berlin', hours: { ...nothing, sat: ['22:00-06:00'] } };
    expect(open(config, '2026-10-24T00:00Z', '2026-10-26T00:00Z')).toEqual(['2026-10-24T20:00 9 h']);
    expect(open(config, '2027-03-27T00:00Z', '2027-03-29T00:00Z')).toEqual(['2027-03-27T21:00 7 h']);
    expect(open(config, '2026-11-07T00:00Z', '2026-11-09T00:00Z')).toEqual(['2026-11-07T21:00 8 h']);
  });
  test('that fall into the hour that is skipped begin after it', () => {
    const config = { zone: 'Europe/Berlin', hours: { ...nothing, sun: ['02:30-05:00'] } };
    expect(open(config, '2027-03-28T00:00Z', '2027-03-29T00:00Z')).toEqual(['2027-03-28T01:30 1.5 h']);
  });
  test('of a day whose midnight is skipped are there', () => {
    const config = { zone: 'Africa/Cairo', hours: { ...nothing, fri: ['00:00-08:00'] } };
    expect(open(config, '2027-04-29T12:00Z', '2027-04-30T23:00Z')).toEqual(['2027-04-29T22:00 7 h']);
  });
  test('that touch are one, and up to midnight is up to midnight', () => {
    const config = {
      zone: 'UTC',
      hours: { ...nothing, mon: ['06:00-14:00', '14:00-24:00'], tue: ['00:00-02:00'] },
    };
    expect(open(config, '2026-11-23T00:00Z', '2026-11-25T00:00Z')).toEqual(['2026-11-23T06:00 20 h']);
  });
  test('are none on holidays: of one year, of each, of a stretch', () => {
    const hours = { zone: 'Europe/Vienna', holidays: ['12-25', '2026-12-28/2026-12-30', '2027-01-01'] };
    const days = open(hours, '2026-12-24T00:00Z', '2027-01-05T00:00Z').map((text) => text.slice(0, 10));
    expect(days).toEqual(['2026-12-24', '2026-12-31', '2027-01-04']);
    expect(open(hours, '2028-12-25T00:00Z', '2028-12-26T00:00Z')).toEqual([]);
  });
  test('give way to what is blocked', () => {
    const config = { zone: 'UTC', blocked: [{ from: '2026-11-23T09:00', to: '2026-11-23T10:30' }] };
    expect(open(config, '2026-11-23T00:00Z', '2026-11-24T00:00Z')).toEqual([
      '2026-11-23T07:00 2 h',
      '2026-11-23T10:30 5.5 h',
    ]);
  });
  test('of the host are taken where no zone is named', () => {
    expect(createCalendar(maintenanceSchema.parse({})).zone).toBe(
      Intl.DateTimeFormat().resolvedOptions().timeZone,
    );
  });
});

const event = (...lines: string[]) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'];
const ics = (...lines: string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...lines, 'END:VCALENDAR', ''].join('\r\n');

async function read(text: string, from = '2026-11-01', to = '2027-02-01', zone = 'Europe/Berlin') {
  const reading = { zone, fromMs: Date.parse(`${from}T00:00Z`), toMs: Date.parse(`${to}T00:00Z`) };
  return (await readCalendar(text, reading)).map(spanText);
}

describe('a calendar of somebody else', () => {
  test('has whole days, in the zone of the plan', async () => {
    const text = ics(
      ...event('UID:a', 'DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20261227'),
      ...event('UID:b', 'DTSTART;VALUE=DATE:20270106'),
    );
    expect(await read(text)).toEqual(['2026-12-23T23:00 72 h', '2027-01-05T23:00 24 h']);
  });
  test('has what comes again, without what was called off, and moved where it was moved', async () => {
    const text = ics(
      ...event(
        'UID:w',
        'DTSTART;TZID=Europe/Berlin:20261005T080000',
        'DTEND;TZID=Europe/Berlin:20261005T090000',
        'RRULE:FREQ=WEEKLY;UNTIL=20261214T120000Z',
        'EXDATE;TZID=Europe/Berlin:20261116T080000',
      ),
      ...event(
        'UID:w',
        'RECURRENCE-ID;TZID=Europe/Berlin:20261123T080000',
        'DTSTART;TZID=Europe/Berlin:20261124T100000',
        'DTEND;TZID=Europe/Berlin:20261124T120000',
      ),
      ...event(
        'UID:w',
        'RECURRENCE-ID;TZID=Europe/Berlin:20261130T080000',
        'DTSTART;TZID=Europe/Berlin:20261130T080000',
        'DTEND;TZID=Europe/Berlin:20261130T090000',
        'STATUS:CANCELLED',
      ),
    );
    expect(await read(text, '2026-10-20', '2027-01-01')).toEqual([
      '2026-10-26T07:00 1 h',
      '2026-11-02T07:00 1 h',
      '2026-11-09T07:00 1 h',
      '2026-11-24T09:00 2 h',
      '2026-12-07T07:00 1 h',
      '2026-12-14T07:00 1 h',
    ]);
  });
  test('keeps its own local time over a change of the clocks', async () => {
    const text = ics(
      ...event(
        'UID:d',
        'DTSTART;TZID=America/New_York:20261030T080000',
        'DURATION:PT2H',
        'RRULE:FREQ=DAILY;COUNT=3',
      ),
    );
    expect(await read(text, '2026-10-25', '2026-11-10')).toEqual([
      '2026-10-30T12:00 2 h',
      '2026-10-31T12:00 2 h',
      '2026-11-01T13:00 2 h',
    ]);
  });
  test('may bring a zone that nobody else knows', async () => {
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:Works Time',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0330',
      'TZOFFSETTO:+0330',
      'END:STANDARD',
      'END:VTIMEZONE',
    ];
    const text = ics(
      ...zone,
      ...event('UID:z', 'DTSTART;TZID=Works Time:20261201T080000', 'DTEND;TZID=Works Time:20261201T100000'),
      ...event('UID:u', 'DTSTART:20261202T080000Z', 'DTEND:20261202T090000Z'),
      ...event('UID:l', 'DTSTART:20261203T080000', 'DTEND:20261203T090000'),
    );
    expect(await read(text)).toEqual([
      '2026-12-01T04:30 2 h',
      '2026-12-02T08:00 1 h',
      '2026-12-03T07:00 1 h',
    ]);
  });
  test('of each year since long ago is as near as any', async () => {
    const text = ics(...event('UID:y', 'DTSTART;VALUE=DATE:19000101', 'RRULE:FREQ=YEARLY'));
    expect(await read(text)).toEqual(['2026-12-31T23:00 24 h']);
  });
  test('that is none is refused, and one without an end does not hang', async () => {
    await expect(read('nothing')).rejects.toThrow();
    const text = ics(
      ...event('UID:s', 'DTSTART:20200101T000000Z', 'DTEND:20200101T000001Z', 'RRULE:FREQ=SECONDLY'),
    );
    expect(await read(text)).toEqual([]);
  });
});

test('a calendar file is read again when it has changed, and kept when it is broken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gemel-holidays-'));
  try {
    const file = join(folder, 'off.ics');
    const log = keptLog();
    let nowMs = Date.parse('2026-11-20T00:00Z');
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    const holidays = createHolidays(maintenanceSchema.parse({ zone: 'UTC', holidayFiles: [file] }), {
      clock,
      log,
    });
    const closed = () => holidays.closed(0, 1e15).map(spanText);
    const pass = async (text: string, changed: string) => {
      nowMs += 600_000;
      writeFileSync(file, text);
      utimesSync(file, new Date(changed), new Date(changed));
      return holidays.look();
    };
    expect(await holidays.look()).toBe(false);
    expect(log.lines.map(({ level }) => level)).toEqual(['warn']);
    expect(await pass(ics(...event('UID:a', 'DTSTART;VALUE=DATE:20261124')), '2026-11-20T01:00Z')).toBe(true);
    expect(closed()).toEqual(['2026-11-24T00:00 24 h']);
    expect(await pass('rubbish', '2026-11-20T02:00Z')).toBe(false);
    expect(closed()).toEqual(['2026-11-24T00:00 24 h']);
    expect(await pass(ics(...event('UID:a', 'DTSTART;VALUE=DATE:20261125')), '2026-11-20T03:00Z')).toBe(true);
    expect(closed()).toEqual(['2026-11-25T00:00 24 h']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
