// Configuration of a replay source: a file, how it is written, how fast it is played, which column is which tag.
import { z } from 'zod';
import { checkTag, tagShape, timeFormatSchema, trustedSchema, zoneSchema } from '../../formats/tag.ts';
import { readMoment } from '../../formats/time.ts';

const columnSchema = z
  .union([z.int().min(1), z.string().min(1).max(200)])
  .describe('Name of a column, or its number from 1; of JSON lines the field (dots go deeper).');

const detailedTagSchema = z.strictObject({
  column: columnSchema
    .optional()
    .describe('Column or field with the value; absent: it is called as the tag is.'),
  ...tagShape,
});

const csvSchema = z.strictObject({
  delimiter: z
    .enum(['auto', 'comma', 'semicolon', 'tab', 'pipe', 'space'])
    .default('auto')
    .describe('Between two cells; auto looks at the first line. space: any run of blanks.'),
  header: z
    .boolean()
    .optional()
    .describe('The first line names the columns; absent: found out, by whether it holds numbers.'),
  decimal: z
    .enum(['auto', 'point', 'comma'])
    .default('auto')
    .describe('Decimal sign; auto takes either, but only the point where the comma divides cells.'),
  comment: z.string().max(8).default('#').describe('Lines that begin with it are skipped; "" for none.'),
  skipLines: z.int().min(0).max(10_000).default(0).describe('Lines before the first that counts.'),
  skipRows: z.int().min(0).max(10_000).default(0).describe('Rows after the header, such as one of units.'),
  empty: z.array(z.string()).default([]).describe('What stands for no value beside nothing, e.g. NULL.'),
});

const timeSchema = z.strictObject({
  column: columnSchema.describe('Column or field with the time, or with the date.'),
  dayTimeColumn: columnSchema
    .optional()
    .describe('Column with the time of day, where the date has one for itself.'),
  format: timeFormatSchema,
  date: z
    .enum(['iso', 'dmy', 'mdy'])
    .default('iso')
    .describe('Order of a date that is not ISO: dmy for 31.12.2026, mdy for 12/31/2026.'),
  zone: zoneSchema,
  trusted: trustedSchema,
  relative: z
    .boolean()
    .optional()
    .describe('Counted from the start of the recording; absent: when the first one lies before 1973.'),
});

const qualitySchema = z.strictObject({
  column: columnSchema.describe('Column or field with the quality of the row.'),
  good: z
    .array(z.string())
    .default(['good', 'Good', 'GOOD', 'ok', 'OK', '0', '192'])
    .describe('What counts as good there.'),
  uncertain: z
    .array(z.string())
    .default(['uncertain', 'Uncertain', 'UNCERTAIN'])
    .describe('What counts as uncertain; anything else is bad.'),
});

const longSchema = z.strictObject({
  tag: columnSchema.describe('Column with the name of the tag; `column` of a tag is then that name.'),
  value: columnSchema.describe('Column with the value.'),
});

export const replaySourceSchema = z
  .strictObject({
    type: z.literal('replay'),
    file: z.string().min(1).describe('The recording, packed by gzip or not.').meta({ file: true }),
    format: z
      .enum(['auto', 'csv', 'jsonl'])
      .default('auto')
      .describe('csv: rows of cells. jsonl: a JSON object a line, or what --record wrote.'),
    encoding: z
      .enum(['auto', 'utf-8', 'utf-16le', 'windows-1252'])
      .default('auto')
      .describe('Of the text; auto is UTF-8 unless the file says otherwise.'),
    speed: z
      .union([z.enum(['recorded', 'max']), z.number().positive().max(1_000_000)])
      .default('recorded')
      .describe('recorded: as it was, pauses too. A number: so many times faster. max: at once.'),
    loop: z.boolean().default(false).describe('Begin again at the end.'),
    follow: z
      .boolean()
      .default(false)
      .describe('A file that is being written: take what is added from now on, with its own times.'),
    csv: csvSchema.prefault({}),
    time: timeSchema.optional().describe('Absent: the column called time, timestamp, t or the like.'),
    rateHz: z
      .number()
      .positive()
      .max(1_000_000)
      .optional()
      .describe('So many rows a second, where no column has the time.'),
    start: z
      .string()
      .refine(
        (text) => text === 'now' || !Number.isNaN(readMoment(text, 0)),
        'expected a time such as 2026-03-01T09:00:00Z, a date, or now',
      )
      .default('2026-01-01T00:00:00Z')
      .describe(
        'When a recording without a calendar began: 2026-03-01T09:00:00Z, a date, or now. Where its times are of ' +
          'the day alone (09:00:00.250), it began on that date. Without a zone it is in that of time.zone.',
      ),
    long: longSchema.optional().describe('One value a row: columns with the name, the value and the time.'),
    quality: qualitySchema.optional(),
    tags: z
      .record(z.string().min(1).max(200), z.union([columnSchema, detailedTagSchema]))
      .describe('Tag name to column, or to an object with details.'),
  })
  .superRefine((source, context) => {
    const issue = (message: string, path: string[]) => context.addIssue({ code: 'custom', message, path });
    if (source.loop && source.follow) issue('loop and follow exclude each other', ['loop']);
    if (source.time !== undefined && source.rateHz !== undefined) {
      issue('rateHz is for a recording without a time column', ['rateHz']);
    }
    if (Object.keys(source.tags).length === 0) issue('expected at least one tag', ['tags']);
    for (const [name, tag] of Object.entries(source.tags)) {
      if (typeof tag !== 'object') continue;
      try {
        checkTag(name, tag);
      } catch (error) {
        issue((error as Error).message, ['tags', name]);
      }
    }
  });

export type ReplaySourceConfig = z.infer<typeof replaySourceSchema>;
export type ReplayTagConfig = z.infer<typeof detailedTagSchema>;
export type Column = string | number;

/** The tags of this source, for the checks across parts. */
export function declaredTags(config: ReplaySourceConfig): { name: string; unit: string; kind: string }[] {
  return Object.entries(config.tags).map(([name, entry]) => {
    const { unit, kind } = resolveTag(entry);
    return { name, unit, kind };
  });
}

/** The details of a tag; of a bare column, the defaults. */
export function resolveTag(entry: ReplaySourceConfig['tags'][string]): ReplayTagConfig {
  return typeof entry === 'object' ? entry : detailedTagSchema.parse({ column: entry });
}
