// Configuration of the alarms of a machine: what each condition is worth, and what operators may do. All of it may be left
// out. docs/alarms.md has the ids, the placeholders and the defaults.
import { z } from 'zod';
import type { AlarmOptions } from '../core/alarm/policy.ts';
import { placeholders } from '../core/alarm/texts.ts';
import { severities } from '../core/finding.ts';
import { type StopRequestConfig, stopRequestSchema } from './stop-request.ts';

const delay = z.number().min(0).max(86_400);
const names = Object.keys(placeholders).map((name) => `{${name}}`);
const template = z.string().min(1).max(300);

const ruleSchema = z.strictObject({
  enabled: z.boolean().optional().describe('false: it never is an alarm.'),
  severity: z.enum(severities).optional().describe('Of a warning.'),
  tripSeverity: z.enum(severities).optional().describe('Of a trip, the higher of two levels.'),
  onDelayS: delay.optional().describe('It has to last so long before it is an alarm.'),
  offDelayS: delay.optional().describe('It has to be gone so long before the alarm clears.'),
  latched: z.boolean().optional().describe('true: it stays until somebody resets it, though it is gone.'),
  suppressedIn: z
    .array(z.string().min(1))
    .max(32)
    .optional()
    .describe('While the machine does one of these (idle, held ...), nobody is told of it.'),
  text: template.optional().describe(`What is wrong, in one line. May have ${names.join(' ')}.`),
  action: template.optional().describe('What the operator does about it; placeholders as in text.'),
});

export const alarmsSchema = z.strictObject({
  shelveMaxH: z
    .number()
    .positive()
    .max(168)
    .default(8)
    .describe('Nothing is shelved for longer; then it is told again by itself.'),
  groupS: z
    .number()
    .min(0)
    .max(3600)
    .default(120)
    .describe('So long after a first cause its consequences are looked for, and put under it.'),
  conditions: z
    .record(z.string().min(1).max(200), ruleSchema)
    .default({})
    .describe('By id of a condition, with * for any signs and ? for one; of several the later one wins.'),
  stopRequest: stopRequestSchema.optional(),
});

export type AlarmsConfig = z.infer<typeof alarmsSchema>;

export function planAlarms({ shelveMaxH, groupS, conditions, stopRequest }: AlarmsConfig): AlarmOptions {
  const rules = Object.entries(conditions).map(([match, rule]) => ({ match, ...said(rule) }));
  return { shelveMaxS: shelveMaxH * 3600, groupS, rules: [...rules, ...gravest(stopRequest)] };
}

/** What asks for a stop is as grave as can be; where severities say what asks, they stay what they are. */
function gravest(stop: StopRequestConfig | undefined): AlarmOptions['rules'] {
  if (stop === undefined || stop.severities !== undefined) return [];
  return (stop.alarms ?? ['*']).map((match) => ({ match, tripSeverity: 'critical' as const }));
}

function said<T extends object>(rule: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
