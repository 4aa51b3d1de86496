// Configuration of a machine: its model, its parameters, which tag feeds which signal, and what is derived.
// It lives here and not in core/, which knows no zod.
import { z } from 'zod';
import { bearingParts } from '../core/derive/bearing.ts';
import { alignPolicies, signalKinds } from '../core/model.ts';
import { alarmsSchema } from './alarms.ts';
import { detectionSchema } from './detection.ts';
import { machineForecastSchema } from './forecast.ts';

/** Names of ours become levels of topics and labels of metrics; a slash is what tells a tag from a signal. */
const signalName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,62}$/, 'expected letters, digits, . - and _, at most 63');

const tag = z.string().min(1).describe('"<source>/<tag name>", e.g. "shop/mill-1/spindle.current".');
const deadband = z
  .number()
  .min(0)
  .optional()
  .describe('Smallest published change, in the unit of the signal.');

const mappedShape = {
  tag,
  align: z
    .enum(alignPolicies)
    .optional()
    .describe('How samples become a value at the tick. Default: what the model says of the signal.'),
  kind: z
    .enum(signalKinds)
    .optional()
    .describe('An angle is interpolated the short way round; an enum is a state, and never interpolated.'),
  period: z
    .number()
    .positive()
    .optional()
    .describe('A full turn of an angle, in its unit. Default: 360 for deg, 2π for rad.'),
  from: z
    .number()
    .optional()
    .describe('Least value an angle is told with: 0 gives 0 to 360, -180 gives -180 to 180. Default 0.'),
  staleMs: z.number().positive().default(1000).describe('Older than this: Uncertain.'),
  missingMs: z
    .number()
    .positive()
    .default(5000)
    .describe('Older than this: missing; the twin may substitute.'),
  required: z
    .boolean()
    .default(false)
    .describe('While it is missing the twin is offline, and the frame names it.'),
  deadband,
};

const signalSchema = z.strictObject({
  ...mappedShape,
  sigma: z.number().positive().optional().describe('Standard deviation of the sensor, for the residual.'),
});

const fedSchema = z.strictObject({
  derived: z.string().min(1).describe('Name of the derived signal that feeds it.'),
});

const extraSchema = z.strictObject({
  ...mappedShape,
  unit: z.string().default('').describe('Unit it is shown in. Default: as the tag has it.'),
  about: z.string().max(200).default('').describe('One line for people.'),
});

const operand = z.string().min(1).optional();

const bearingSchema = z.strictObject({
  balls: z.number().int().min(3).max(200).describe('How many balls or rollers in one row.'),
  ballMm: z.number().positive().describe('Diameter of one.'),
  pitchMm: z.number().positive().describe('Diameter of the circle on which their centres run.'),
  angleDeg: z.number().min(0).max(80).default(0).describe('Contact angle.'),
});

/** Exactly one of the computations; which other keys it takes is checked in derived.ts, in its own words. */
const derivedSchema = z.strictObject({
  rate: operand.describe('Change a second of a signal or a tag: the slope of a line through the window.'),
  mean: operand.describe('Mean over the window, of a signal or of every sample of a tag.'),
  rms: operand.describe('Root mean square over the window.'),
  std: operand.describe('Standard deviation over the window: the RMS without the mean.'),
  min: operand.describe('Smallest value in the window.'),
  max: operand.describe('Largest value in the window.'),
  band: operand.describe('RMS of what a tag has between fromHz and toHz.'),
  envelope: operand.describe(
    'RMS of what the envelope of a band has at an order of a shaft: how hard a pit of a bearing strikes. Of a tag.',
  ),
  tone: operand.describe('RMS of what a tag itself has at an order of a shaft.'),
  expression: operand.describe('Arithmetic over signals and [source/tags], e.g. "voltage * current".'),
  windowMs: z
    .number()
    .min(1)
    .max(60_000)
    .optional()
    .describe('Length of the window. Default 1000; of a rate 500; of an envelope or a tone 2000.'),
  fromHz: z.number().min(0).optional().describe('Lower end of the band, or of the band an envelope is of.'),
  toHz: z.number().positive().optional().describe('Upper end of the band.'),
  rateHz: z
    .number()
    .positive()
    .max(100_000)
    .optional()
    .describe('Samples a second of the tag, for a band, an envelope or a tone.'),
  order: z
    .union([z.enum(bearingParts), z.number().positive().max(1000)])
    .optional()
    .describe(
      'How often a turn of the shaft; or the part of the bearing that has a pit: outer, inner, ball, cage.',
    ),
  bearing: bearingSchema
    .optional()
    .describe('Geometry of the bearing, for an order that is one of its parts.'),
  speed: z
    .union([z.string().min(1), z.number().positive()])
    .optional()
    .describe('Signal that has the speed of the shaft, or that speed in rpm where it never changes.'),
  harmonics: z
    .number()
    .int()
    .min(1)
    .max(8)
    .optional()
    .describe('Multiples of the order that count. Default 3 of an envelope, 1 of a tone.'),
  unit: z
    .string()
    .optional()
    .describe('Unit of the result. A tag is converted to it, where that is possible.'),
  deadband,
});

const calibrationSchema = z.strictObject({
  mode: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe('auto: the twin learns from the machine and adopts what predicts better. off: it never does.'),
  changeMax: z
    .number()
    .positive()
    .default(10)
    .describe(
      'The most a parameter may change at one adoption, in sigmas of what is known of it beforehand.',
    ),
  marginMin: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.1)
    .describe('A new set answers a divergence only if its error on unseen data is smaller by this share.'),
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
    .record(z.string(), z.union([z.string().min(1), signalSchema, fedSchema]))
    .describe('Signal of the model to tag: "<source>/<tag>", or an object with details.'),
  extra: z
    .record(signalName, z.union([z.string().min(1), extraSchema]))
    .default({})
    .describe('Further signals, which the model does not know: a name of yours to a tag.'),
  derived: z
    .record(signalName, derivedSchema)
    .default({})
    .describe('Signals computed of others, by a name of yours. See docs/alignment.md.'),
  parameters: z.record(z.string(), z.number()).default({}).describe('Parameters of the model that differ.'),
  calibration: calibrationSchema
    .prefault({})
    .describe('Learning of parameters from what the sensors say while the machine works.'),
  detection: detectionSchema
    .prefault({})
    .describe(
      'What is watched on the machine and raises alarms. Without a line of it, all that is sensible.',
    ),
  alarms: alarmsSchema
    .prefault({})
    .describe('What becomes of what is found: severities, delays, texts. See docs/alarms.md.'),
  forecast: machineForecastSchema
    .prefault({})
    .describe('How likely it is to fail: what differs from forecast, and its ways to fail.'),
});

export type MachineConfig = z.infer<typeof machineSchema>;
export type SignalConfig = z.infer<typeof signalSchema>;
export type ExtraConfig = z.infer<typeof extraSchema>;
export type DerivedConfig = z.infer<typeof derivedSchema>;
type Fed = z.infer<typeof fedSchema>;

/** The details of a mapping; of a bare tag name, the defaults. */
export function resolveSignal(entry: MachineConfig['signals'][string]): SignalConfig | Fed {
  return typeof entry === 'string' ? signalSchema.parse({ tag: entry }) : entry;
}

export function resolveExtra(entry: MachineConfig['extra'][string]): ExtraConfig {
  return typeof entry === 'string' ? extraSchema.parse({ tag: entry }) : entry;
}

export function isFed(signal: SignalConfig | Fed): signal is Fed {
  return 'derived' in signal;
}
