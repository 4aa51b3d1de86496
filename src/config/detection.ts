// Configuration of what is watched on a machine. All of it may be left out: what is sensible is on.
import { z } from 'zod';
import { detectorKinds } from '../core/detect/detector.ts';
import { wantedKinds } from '../core/detect/machine/wanted.ts';

const names = z.array(z.string().min(1)).default([]);
const delay = z.number().min(0).max(86_400);

export const watchKinds = [...detectorKinds, 'link', 'divergence', 'ensemble'] as const;

const limitSchema = z.strictObject({
  warning: z.number().optional().describe('Beyond it a warning. Default: what the model says.'),
  trip: z.number().optional().describe('Beyond it a trip, the higher of two levels.'),
  side: z.enum(['high', 'low']).optional().describe('Whether above or below is wrong. Default high.'),
  above: z
    .string()
    .optional()
    .describe('The limit is of the difference to this signal, such as a rise over ambient.temp.'),
  hysteresis: z.number().min(0).optional().describe('So far back before it is over, in the same unit.'),
  onDelayS: delay.optional().describe('It has to last so long before it is an alarm.'),
  offDelayS: delay.optional().describe('It has to be gone so long before the alarm clears.'),
  action: z.string().max(200).optional().describe('What the operator does about it, in one sentence.'),
});

const wantedSchema = z.strictObject({
  signals: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Signals it looks at. Absent: all that are measured or derived as numbers.'),
  every: z
    .enum(['tick', 'second'])
    .optional()
    .describe(
      'Whether it sees each tick or the middle value of each second. Default second; rate, spectrum: tick.',
    ),
  learnS: z
    .number()
    .min(10)
    .max(604_800)
    .optional()
    .describe('So long it learns what a machine does before it speaks.'),
  warning: z
    .number()
    .positive()
    .optional()
    .describe('Of rate only: so much a second, in units of the signal.'),
  trip: z.number().positive().optional().describe('Of rate only: likewise, the higher of two levels.'),
  severity: z.enum(['low', 'medium', 'high']).optional().describe('Of its alarms. Default low.'),
  onDelayS: delay.optional().describe('It has to last so long before it is an alarm. Default 10.'),
  offDelayS: delay.optional().describe('It has to be gone so long before the alarm clears. Default 60.'),
});

export const detectionSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('false: nothing is watched, and no alarm is ever raised.'),
  sensitivity: z
    .number()
    .min(0.2)
    .max(5)
    .default(1)
    .describe('One knob for all that learn: 2 speaks of half of what 1 speaks of. Limits are not moved.'),
  off: z.array(z.enum(watchKinds)).default([]).describe('Detectors that are not wanted on this machine.'),
  limits: z
    .record(z.string(), z.union([z.literal('off'), limitSchema, z.array(limitSchema).min(1).max(4)]))
    .default({})
    .describe('Limits by signal, in its unit: what differs from the model, a limit of your own, or "off".'),
  detectors: z
    .partialRecord(z.enum(wantedKinds), wantedSchema)
    .default({})
    .describe(
      'Detectors that are wanted beside those that every machine has, by kind; they learn by what it does.',
    ),
  ignore: z
    .strictObject({
      silent: names.describe('Signals that may fall silent.'),
      stuck: names.describe('Signals that may stand still.'),
      residual: names.describe('Outputs that may differ from what the twin predicts.'),
    })
    .prefault({})
    .describe('Signals that one kind of finding says nothing of.'),
});
