// What a configuration may say of a tag, whatever the source: its unit, its kind, its limits.
import { z } from 'zod';
import type { TagSpec, ValueKind } from '../core/sample.ts';
import type { ValueRule } from './value.ts';

export const tagShape = {
  unit: z.string().default('').describe('Unit of the value, e.g. A, degC, rpm.'),
  kind: z
    .enum(['number', 'boolean', 'enum'])
    .default('number')
    .describe('What a value is; boolean becomes 0 or 1.'),
  enum: z.record(z.string(), z.number()).optional().describe('Words and their numbers, for kind: enum.'),
  coerce: z.boolean().default(false).describe('Take "12.5", "12,5" and true as numbers; counted.'),
  scale: z.number().default(1).describe('Multiplied with the value before the offset.'),
  offset: z.number().default(0).describe('Added after the scale.'),
  min: z.number().optional().describe('Physical range; outside it the value is kept but Uncertain.'),
  max: z.number().optional().describe('Upper end of that range.'),
  slewPerS: z.number().positive().optional().describe('Largest believable change a second.'),
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
}

export function tagSpecOf(name: string, details: TagDetails): TagSpec {
  const { unit = '', kind = 'number', min, max, slewPerS } = details;
  return {
    name,
    unit,
    kind,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(slewPerS === undefined ? {} : { slewPerS }),
  };
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
