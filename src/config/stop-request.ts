// Configuration of the advice to stop a machine: a message at a trip, and no safety device.
import { z } from 'zod';
import { severities } from '../core/finding.ts';

export const stopRequestSchema = z
  .strictObject({
    topic: z
      .string()
      .min(1)
      .max(400)
      .regex(/^[^+#$\0][^+#\0]*(?<!\/)$/, 'expected a topic without +, #, a leading $ or a trailing /')
      .describe('Where the request to stop is published.'),
    payload: z
      .string()
      .max(4096)
      .optional()
      .describe('Text to publish, as the receiver wants it. Absent: the alarm as JSON.'),
    qos: z
      .union([z.literal(0), z.literal(1)])
      .default(1)
      .describe('1: acknowledged, and sent again.'),
    retain: z
      .boolean()
      .default(false)
      .describe('Kept by the broker, so that it has to be removed by whoever obeys it.'),
    alarms: z
      .array(
        z
          .string()
          .regex(/^[^+#/\0]+$/, 'expected the id of an alarm; * stands for any signs, ? for one')
          .max(200),
      )
      .min(1)
      .optional()
      .describe('Ids of alarms whose trip asks for it, such as "spindle.*"; absent: all.'),
    severities: z
      .array(z.enum(severities))
      .min(1)
      .optional()
      .describe('Of these severities only; absent: any trip.'),
  })
  .describe(
    'At a trip the gateway publishes a request to stop, once for each time it comes. Advice, not a safety device: it may come late or not at all.',
  );

export type StopRequestConfig = z.infer<typeof stopRequestSchema>;
