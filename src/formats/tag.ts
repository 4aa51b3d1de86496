// What a configuration may say of a tag, whatever the source: its unit, its kind, its limits.
import { z } from 'zod';
import type { TagSpec, ValueKind } from '../core/sample.ts';
import type { ValueRule } from './value.ts';

export const tagShape = {
  unit: z.string().default('').describe('Unit of the value, e.g. A, degC, rpm.'),
  kind: z
    .enum(['number', 'boolean', 'enum', 'int64', 'uint64'])
    .default('number')
    .describe('What a value is; boolean becomes 0 or 1, int64 and uint64 keep all their digits.'),
  enum: z.record(z.string(), z.number()).optional().describe('Words and their numbers, for kind: enum.'),
  coerce: z.boolean().default(false).describe('Take "12.5", "12,5" and true as numbers; counted.'),
  scale: z.number().default(1).describe('Multiplied with the value before the offset.'),
  offset: z.number().default(0).describe('Added after the scale.'),
  min: z.number().optional().describe('Physical range; outside it the value is kept but Uncertain.'),
  max: z.number().optional().describe('Upper end of that range.'),
  slewPerS: z.number().positive().optional().describe('Largest believable change a second.'),
  stuckSamples: z
    .int()
    .min(2)
    .max(1_000_000)
    .optional()
    .describe('So many samples without any change, where noise is expected: Uncertain until it changes.'),
  unitJump: z
    .boolean()
    .optional()
    .describe(
      'A steady level that jumps as from one unit to another (x 1000, degC to degF) is Uncertain and told. ' +
        'For what moves slowly; a signal that steps by itself can look the same.',
    ),
};

export const timeFormatSchema = z
  .enum(['auto', 's', 'ms', 'us', 'ns', 'iso'])
  .default('auto')
  .describe('auto guesses from the magnitude; say it where you know it.');

export const zoneSchema = z
  .string()
  .regex(/^(Z|[+-]\d\d:\d\d)$/)
  .default('Z')
  .describe('Zone of ISO times that carry none: Z or +01:00.');

/** The part of a tag's configuration that reaches its specification. */
export interface TagDetails {
  readonly unit?: string | undefined;
  readonly kind?: ValueKind | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly slewPerS?: number | undefined;
  readonly stuckSamples?: number | undefined;
  readonly unitJump?: boolean | undefined;
}

export function tagSpecOf(name: string, details: TagDetails): TagSpec {
  const { unit = '', kind = 'number', min, max, slewPerS, stuckSamples, unitJump = false } = details;
  return {
    name,
    unit,
    kind,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(slewPerS === undefined ? {} : { slewPerS }),
    ...(stuckSamples === undefined ? {} : { stuckSamples }),
    ...(unitJump ? { unitJump } : {}),
  };
}

/** Throws in plain words where details contradict each other. */
export function checkTag(name: string, details: TagDetails & TagArithmetic): void {
  const { kind, unit, scale = 1, offset = 0, unitField } = details;
  if (kind === 'enum' && details.enum === undefined) throw new Error(`"${name}": kind: enum wants "enum"`);
  if (unitField !== undefined && !unit) throw new Error(`"${name}": unitField wants "unit" to convert to`);
  const changed = scale !== 1 || offset !== 0 || unitField !== undefined;
  if (changed && (kind === 'int64' || kind === 'uint64')) {
    throw new Error(`"${name}": kind: ${kind} keeps all digits, so it takes no scale, offset or unitField`);
  }
}

interface TagArithmetic {
  readonly enum?: Readonly<Record<string, number>> | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly unitField?: string | undefined;
}

/** Of a plain value: no array to look into. */
export function valueRuleOf(details: {
  readonly kind?: ValueKind | undefined;
  readonly enum?: Readonly<Record<string, number>> | undefined;
  readonly coerce?: boolean | undefined;
}): ValueRule {
  const { kind = 'number', coerce = false } = details;
  const words = details.enum && new Map(Object.entries(details.enum));
  return { kind, words, coerce, inArray: false, index: 0, length: undefined };
}
