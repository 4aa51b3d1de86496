// A risk on its way between two processes, as JSON. What is not in sight is null there, since JSON knows no Infinity.
import { z } from 'zod';
import { type Risk, riskLevels } from '../../core/forecast.ts';

const hours = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.POSITIVE_INFINITY);

const failure = z.object({
  failure: z.string(),
  about: z.string(),
  component: z.string().optional(),
  threshold: z.number(),
  probability: z.number(),
  hours: z.object({ p10: hours, p50: hours, p90: hours }),
  curve: z.array(z.number()),
});

const riskSchema = z.object({
  horizonH: z.number(),
  particles: z.number(),
  seed: z.number(),
  timeMs: z.number(),
  failures: z.array(failure),
  probability: z.number(),
  level: z.enum(riskLevels),
  limiting: z.string().optional(),
  loadHours: z.number(),
  notes: z.array(z.string()),
  tookMs: z.number().optional(),
});

/** Undefined for what is no risk. */
export function parseRisk(value: unknown): Risk | undefined {
  const { success, data } = riskSchema.safeParse(value);
  return success ? { ...data, limiting: data.limiting } : undefined;
}
