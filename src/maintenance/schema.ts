// Configuration of the maintenance plan: when people work, who and what is needed, how far ahead it looks.
import { z } from 'zod';

const minute = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const shift = z
  .string()
  .regex(
    new RegExp(`^${minute}-(?:${minute}|24:00)$`),
    'expected hours such as "07:00-15:30"; over midnight "22:00-06:00"',
  );
const day = z.array(shift).max(12).default([]);
const workday = z.array(shift).max(12).default(['07:00-16:00']);

const date = '\\d{4}-\\d{2}-\\d{2}';
const holiday = z
  .string()
  .regex(
    new RegExp(`^(?:${date}(?:/${date})?|\\d{2}-\\d{2})$`),
    'expected a day (2026-12-24), days (2026-12-24/2027-01-01) or a day of each year (12-25)',
  );
const localTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/, 'expected a local time such as 2026-12-01T08:00');

const resourceName = z
  .string()
  .regex(/^[A-Za-z0-9][\w -]{0,62}$/, 'expected letters, digits, blanks, - and _, at most 63');

const workSchema = z.strictObject({
  hours: z.number().min(0.1).max(500).default(2).describe('How long it takes, of working time.'),
  resources: z
    .union([z.array(resourceName).max(20), z.record(resourceName, z.int().min(1).max(1000))])
    .default([])
    .describe('What it needs: names, or names with a number each ({ technician: 2 }).'),
  leadH: z
    .number()
    .min(0)
    .max(8760)
    .default(0)
    .describe('So long before it can begin it has to be known: parts are ordered.'),
  text: z.string().max(300).optional().describe('What is to be done. Default: look after the component.'),
});

export const maintenanceSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Propose when to look after what, before it fails.'),
  zone: z
    .string()
    .optional()
    .describe('IANA zone of hours and days, such as Europe/Berlin. Default: that of the host.'),
  hours: z
    .strictObject({
      mon: workday,
      tue: workday,
      wed: workday,
      thu: workday,
      fri: workday,
      sat: day,
      sun: day,
    })
    .prefault({})
    .describe('Working hours by day of the week; an empty list is a day off.'),
  holidays: z.array(holiday).max(1000).default([]).describe('Days on which nobody works.'),
  holidayFiles: z
    .array(z.string().min(1).meta({ file: true }))
    .max(20)
    .default([])
    .describe(
      'iCalendar files (.ics) of times in which nobody works: holidays, a shutdown. Repeated ones count.',
    ),
  blocked: z
    .array(
      z.strictObject({
        from: localTime,
        to: localTime,
        why: z.string().max(200).default(''),
      }),
    )
    .max(1000)
    .default([])
    .describe('Times in which the machines are not to be had, in the zone.'),
  resources: z
    .record(resourceName, z.int().min(0).max(1000))
    .default({})
    .describe('How many there are of what work needs: { technician: 2, crane: 1 }.'),
  work: z
    .record(z.string().min(1).max(130), workSchema)
    .default({})
    .describe(
      'What a component needs: by "bearing", "mill-1/bearing", "tool" (for all of tool.1, tool.2 …) or "*" for all others. A failure that is no component is planned for when it is named.',
    ),
  mergeWithinH: z
    .number()
    .min(0)
    .max(720)
    .default(24)
    .describe('Work on one machine that lies no further apart becomes one window.'),
  marginH: z
    .number()
    .min(0)
    .max(720)
    .default(8)
    .describe('It ends so long before the failure may come (its p10), where that leaves room.'),
  watchedMinH: z
    .number()
    .min(0)
    .max(720)
    .default(1)
    .describe('Nothing is planned before the load of a machine was watched so long.'),
  horizonDays: z
    .number()
    .min(1)
    .max(366)
    .default(28)
    .describe('What may fail later than that is not planned for yet.'),
});

export type MaintenanceConfig = z.infer<typeof maintenanceSchema>;
