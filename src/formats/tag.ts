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
  .regex(/^(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/)
  .default('Z')
  .describe('Zone of ISO times that carry none: Z or +01:00.');

export const trustedSchema = z
  .boolean()
  .default(false)
  .describe('That clock is kept right (PTP, GPS, NTP): its times stand as they are.');

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

export function tagSpecOf(name: string, details: TagDetails, clockTrusted = false): TagSpec {
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
    ...(clockTrusted ? { clockTrusted } : {}),
  };
}

/** Throws in plain words where details contradict each other, in a source whose states are words. */
export function checkTag(name: string, details: TagDetails & TagArithmetic): void {
  const { kind, unit, scale = 1, offset = 0, unitField } = details;
  const refuse = (why: string) => new Error(`"${name}": ${why}`);
  if (kind === 'enum' && details.enum === undefined) throw refuse('kind: enum wants "enum"');
  if (unitField !== undefined && !unit) throw refuse('unitField wants "unit" to convert to');
  const changed = scale !== 1 || offset !== 0 || unitField !== undefined;
  if (changed && (kind === 'int64' || kind === 'uint64')) {
    throw refuse(`kind: ${kind} keeps all digits, so it takes no scale, offset or unitField`);
  }
  const why = contradictionIn(details);
  if (why !== undefined) throw refuse(why);
}

/** What no tag of any source can be, in plain words. */
export function contradictionIn(details: TagDetails & TagArithmetic): string | undefined {
  const { kind = 'number', min, max, scale } = details;
  if (min !== undefined && max !== undefined && min > max)
    return `min: ${min} is above max: ${max}; no value is between them`;
  if (scale === 0) return 'scale: 0 makes every value the same';
  if (details.enum !== undefined && kind !== 'enum') return '"enum" wants kind: enum';
  return undefined;
}

/** Which of these tags came before: two values under one name would hide each other. -1: none. */
export function repeatedAt(tags: readonly string[]): number {
  return tags.findIndex((tag, index) => tags.indexOf(tag) !== index);
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
