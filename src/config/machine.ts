// Configuration of a machine: its model, its parameters, and which tag feeds which signal.
// It lives here and not in core/, which knows no zod.
import { z } from 'zod';

const signalSchema = z.strictObject({
  tag: z.string().min(1).describe('"<source>/<tag name>", e.g. "shop/mill-1/spindle.current".'),
  align: z
    .enum(['linear', 'hold', 'previous'])
    .optional()
    .describe('How samples become a value at the tick. Default: what the model says of the signal.'),
  staleMs: z.number().positive().default(1000).describe('Older than this: Uncertain.'),
  missingMs: z
    .number()
    .positive()
    .default(5000)
    .describe('Older than this: missing; the twin may substitute.'),
  deadband: z.number().min(0).optional().describe('Smallest published change, in the unit of the signal.'),
  sigma: z.number().positive().optional().describe('Standard deviation of the sensor, for the residual.'),
});

export const machineSchema = z.strictObject({
  model: z.string().describe('Name of the model that is its twin, such as mill.'),
  lagMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(100)
    .describe('Frames are made so much later than the time they describe, to interpolate and not to guess.'),
  signals: z
    .record(z.string(), z.union([z.string().min(1), signalSchema]))
    .describe('Signal of the model to tag: "<source>/<tag>", or an object with details.'),
  parameters: z.record(z.string(), z.number()).default({}).describe('Parameters of the model that differ.'),
});

/** The details of a mapping; of a bare tag name, the defaults. */
export function resolveSignal(entry: MachineConfig['signals'][string]): SignalConfig {
  return typeof entry === 'string' ? signalSchema.parse({ tag: entry }) : entry;
}

export type MachineConfig = z.infer<typeof machineSchema>;
export type SignalConfig = z.infer<typeof signalSchema>;
