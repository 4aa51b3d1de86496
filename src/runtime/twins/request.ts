// What somebody on the same host may ask of a running gateway, and the answer: the words of two processes, which may be
// of two versions. Data only.
import { z } from 'zod';
import { alarmSchema, alarmWishShape } from '../alarms/alarm-form.ts';

export const requestForm = 1;
/** Larger ones are refused unread. */
export const requestBytesMax = 65_536;
/** Whoever asked has given up long ago. */
export const requestStaleMs = 60_000;

const numbers = z.record(z.string().max(200), z.number());
const common = { v: z.literal(requestForm), sentMs: z.number(), machine: z.string().max(200) };

const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('rollback'), to: z.int().optional() }),
  z.strictObject({ ...common, kind: z.literal('set'), values: numbers, sigma: numbers }),
  z.strictObject({
    ...common,
    kind: z.literal('inspected'),
    component: z.string().max(200),
    wear: z.number(),
    sigma: z.number(),
  }),
  z.strictObject({ ...common, kind: z.literal('replaced'), component: z.string().max(200) }),
  z.strictObject({
    ...common,
    kind: z.literal('forecast'),
    horizonH: z.number().positive().max(8760).optional(),
    particles: z.int().min(1).max(100_000).optional(),
    seed: z.int().min(0).max(0xffffffff).optional(),
  }),
  z.strictObject({ ...common, kind: z.literal('alarm'), ...alarmWishShape }),
  /** Of a machine, or with an empty name of all; `alarm`: only that one, with what was seen around it. */
  z.strictObject({ ...common, kind: z.literal('alarms'), alarm: z.string().max(200).optional() }),
]);

export type TwinRequest = z.infer<typeof requestSchema>;
/** It moves nothing, and is answered when it is worked out. */
export type ForecastRequest = Extract<TwinRequest, { kind: 'forecast' }>;
/** As the asker says it: the form and the time are put on it when it is sent. */
export type TwinWish = TwinRequest extends infer R
  ? R extends TwinRequest
    ? Omit<R, 'v' | 'sentMs'>
    : never
  : never;

const change = z.object({ name: z.string(), before: z.number().nullable(), after: z.number() });

const answerSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    /** One line for people. */
    text: z.string(),
    changes: z.array(change),
    /** Newest version of the parameters. */
    version: z.int(),
    /** Of a forecast. */
    risk: z.unknown().optional(),
    /** Those that were asked for; of a request for one alarm, as it is now. */
    alarms: z.array(alarmSchema).optional(),
  }),
  z.object({ ok: z.literal(false), why: z.string() }),
]);

export type TwinAnswer = z.infer<typeof answerSchema>;
export type Change = z.infer<typeof change>;

export function parseAnswer(text: string): TwinAnswer | undefined {
  return parse(answerSchema, text);
}

export function parseRequest(text: string): TwinRequest | undefined {
  return parse(requestSchema, text);
}

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = schema.safeParse(value);
  return success ? data : undefined;
}
