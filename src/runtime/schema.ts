// Configuration of the loop, the inbox, the log and the deadlines.
import { z } from 'zod';

export const loopSchema = z.strictObject({
  periodMs: z.int().min(10).max(10_000).default(100).describe('Tick period. Frames leave at this rate.'),
  inboxSamples: z
    .int()
    .min(1024)
    .max(4_194_304)
    .default(65_536)
    .describe('Samples that may wait for the next tick; beyond it they are rejected and counted.'),
  startDeadlineS: z.number().positive().default(30).describe('Longest start of one part.'),
  stopDeadlineS: z
    .number()
    .positive()
    .default(10)
    .describe('Longest stop of one part; then it is left behind.'),
});

export const memorySchema = z.strictObject({
  gapMaxS: z
    .number()
    .min(0)
    .max(86_400)
    .default(3600)
    .describe(
      'After a restart, or a time without data: a machine that was at work is taken to have worked on for at most so long, and its wear is added. 0: never.',
    ),
});

export const logSchema = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least severe lines that are written.'),
});

export type LogConfig = z.infer<typeof logSchema>;
