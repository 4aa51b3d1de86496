// Configuration of what the gateway publishes to the broker.
import { z } from 'zod';

export const mqttSinkSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Publish anything at all.'),
  root: z
    .string()
    .min(1)
    .max(200)
    .regex(
      /^(?:[^{}#+]|\{site\})*$/,
      'expected topic levels without # and +, and no other name in braces than {site}',
    )
    .default('gemel/{site}')
    .describe('First levels of every topic.'),
  frames: z
    .strictObject({
      enabled: z.boolean().default(true).describe('One message a tick and machine, with all of it.'),
      every: z.int().min(1).default(1).describe('Publish every n-th tick.'),
    })
    .prefault({}),
  signals: z
    .strictObject({
      enabled: z.boolean().default(true).describe('One topic a signal, by exception.'),
      retain: z
        .boolean()
        .default(true)
        .describe('Keep the last value at the broker, so that a display has it at once.'),
      qos: z
        .union([z.literal(0), z.literal(1)])
        .default(0)
        .describe('1: acknowledged, and sent again when a connection breaks.'),
      deadband: z.number().min(0).default(0).describe('Smallest change published, in percent of the span.'),
      minIntervalMs: z.int().min(0).default(0).describe('Shortest time between two values of one signal.'),
      maxIntervalS: z
        .number()
        .positive()
        .default(60)
        .describe('Published anew after so long without a change.'),
    })
    .prefault({}),
  healthS: z.number().positive().default(10).describe('How often the health of the gateway is published.'),
  deadLettersPerS: z.number().min(0).default(5).describe('Rejected inputs published a second, per source.'),
  outbox: z
    .strictObject({
      messages: z
        .int()
        .min(10)
        .default(10_000)
        .describe('Messages kept while the broker is away; oldest go first.'),
      inflight: z.int().min(1).max(100).default(50).describe('Unacknowledged at once.'),
    })
    .prefault({}),
  backfill: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe(
          'Tell the broker out of history what it missed: in an outage, in a restart, too late for a frame.',
        ),
      samplesPerS: z
        .number()
        .min(10)
        .max(1_000_000)
        .default(5000)
        .describe('Told a second at most, beside what is live.'),
      batchSamples: z.int().min(10).max(10_000).default(500).describe('In one message at most.'),
      inflight: z
        .int()
        .min(1)
        .max(100)
        .default(8)
        .describe('Messages unacknowledged at once, at most; fewer on a slow link.'),
      maxAgeH: z
        .number()
        .positive()
        .default(72)
        .describe('What is older is not told any more, but for the gap it leaves.'),
    })
    .prefault({}),
});

export type MqttSinkConfig = z.infer<typeof mqttSinkSchema>;
