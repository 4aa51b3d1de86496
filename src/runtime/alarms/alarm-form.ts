// An alarm as a text has it: in the memory of a machine, and between a gateway and whoever asks it. What another version
// says beyond it is left out.
import { z } from 'zod';
import { type Alarm, alarmActions, alarmStates } from '../../core/alarm.ts';
import { causes, severities } from '../../core/finding.ts';

const seriesSchema = z.object({
  name: z.string(),
  unit: z.string(),
  values: z.array(z.number().nullable()),
});

const evidenceSchema = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  stepMs: z.number(),
  complete: z.boolean(),
  signals: z.array(seriesSchema),
  residuals: z.array(seriesSchema),
  links: z.array(z.object({ timeMs: z.number(), source: z.string(), up: z.boolean(), reason: z.string() })),
});

export const alarmSchema = z.object({
  machine: z.string(),
  id: z.string(),
  occurrence: z.int(),
  state: z.enum(alarmStates),
  active: z.boolean(),
  latched: z.boolean(),
  shelvedUntilMs: z.number().optional(),
  suppressedBy: z.string().optional(),
  severity: z.enum(severities),
  trip: z.boolean(),
  cause: z.enum(causes),
  reasons: z.array(z.string()),
  text: z.string(),
  action: z.string(),
  signals: z.array(z.string()),
  detector: z.string(),
  score: z.number(),
  value: z.number().optional(),
  bound: z.number().optional(),
  unit: z.string().optional(),
  raisedMs: z.number(),
  clearedMs: z.number().optional(),
  acknowledgedMs: z.number().optional(),
  by: z.string().optional(),
  comment: z.string().optional(),
  count: z.int(),
  under: z.string().optional(),
  consequences: z.array(z.string()),
  evidence: evidenceSchema.optional(),
}) satisfies z.ZodType<Alarm>;

export const alarmMemorySchema = z.object({
  occurrences: z.int(),
  shelveMaxS: z.number().optional(),
  rhythms: z.record(z.string(), z.array(z.number())).optional().catch(undefined),
  // One that is not understood is not to cost the others, nor the count.
  alarms: z.array(z.unknown()).transform((all) => all.flatMap(knownAlarm)),
});

function knownAlarm(one: unknown): Alarm[] {
  const { success, data } = alarmSchema.safeParse(one);
  return success ? [data] : [];
}

/** What is asked of one alarm. */
export const alarmWishShape = {
  alarm: z.string().max(200),
  action: z.enum(alarmActions),
  by: z.string().max(200),
  forS: z.number().optional(),
  comment: z.string().max(1000).optional(),
};
