// Configuration of the history.
import { z } from 'zod';

const days = (usual: number, what: string) => z.number().positive().default(usual).describe(what);

export const historySchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Keep every sample in history.db below stateDir, and acknowledge only what is on the disk.'),
  commitMs: z
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .describe('Samples that come within so long go to the disk together.'),
  waitingSamples: z
    .int()
    .min(10_000)
    .max(50_000_000)
    .default(1_000_000)
    .describe(
      'Samples that may wait for a disk that is full or slow; beyond it they are dropped and counted.',
    ),
  keep: z
    .strictObject({
      rawDays: days(30, 'Samples as they came.'),
      twinDays: days(30, 'What the twins said.'),
      rollupDays: days(3650, 'Least, most, sum and number by second, minute and hour.'),
      secondDays: days(90, 'Of these, those by second.'),
      maxMb: z
        .number()
        .positive()
        .default(20_000)
        .describe('Largest size of the file; what is oldest goes first: samples, then twins, then rollups.'),
      minFreeMb: z
        .number()
        .min(0)
        .default(500)
        .describe('Room that is left on the disk for others; below it what is oldest goes.'),
    })
    .prefault({}),
  twin: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Keep what the twins say too.'),
      every: z.int().min(1).default(1).describe('Of the ticks, each n-th.'),
    })
    .prefault({}),
  snapshotMin: z
    .number()
    .min(1)
    .max(1440)
    .default(60)
    .describe('How often all of the twins is kept whole, so that a replay may begin there.'),
  ballastMb: z
    .number()
    .min(0)
    .max(1024)
    .default(16)
    .describe(
      'Kept as an empty file, and given back when the disk is full: a full disk frees nothing by itself.',
    ),
});

export type HistoryConfig = z.infer<typeof historySchema>;
