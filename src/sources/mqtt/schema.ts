// Configuration of an MQTT source: which topics, what a payload looks like, which field becomes which tag.
import { z } from 'zod';
import { limitsSchema } from '../../formats/limits.ts';
import {
  checkTag,
  repeatedAt,
  tagShape,
  timeFormatSchema,
  trustedSchema,
  zoneSchema,
} from '../../formats/tag.ts';
import { compileTopic, fillTemplate } from './topic.ts';

const fieldShape = {
  tag: z
    .string()
    .min(1)
    .max(200)
    .describe('Name of the tag; captures of the topic in braces: "{machine}/spindle.current".'),
  ...tagShape,
  unitField: z
    .string()
    .optional()
    .describe('Field of the payload that states the unit; converted when known.'),
  index: z.int().min(0).optional().describe('Element of an array value.'),
  length: z.int().min(1).optional().describe('Expected length of an array value; another length is Bad.'),
};

const detailedFieldSchema = z.strictObject(fieldShape);

const fieldSchema = z.union([z.string().min(1), detailedFieldSchema]);

const timeSchema = z.strictObject({
  field: z.string().describe('Field with the source time.'),
  format: timeFormatSchema,
  zone: zoneSchema,
  clock: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'Whose clock it is, with captures of the topic: "{machine}" where one device has several topics. ' +
        'Default: each topic has a clock of its own.',
    ),
  trusted: trustedSchema,
});

const qualitySchema = z.strictObject({
  field: z.string().describe('Field with the quality of the sample.'),
  good: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .default(['good', 'ok', 'GOOD', 'OK', 0, true])
    .describe('What counts as good there.'),
  uncertain: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .default(['uncertain', 'UNCERTAIN'])
    .describe('What counts as uncertain; anything else is bad.'),
});

const topicShape = z.strictObject({
  topic: z
    .string()
    .min(1)
    .max(512)
    .superRefine((topic, context) => explain(context, () => compileTopic(topic)))
    .describe('Topic with captures and wildcards: "shop/{machine}/esp32/+"; # at the end takes all below.'),
  qos: z
    .union([z.literal(0), z.literal(1)])
    .default(0)
    .describe('1: acknowledged, and sent again when a connection breaks.'),
  payload: z
    .enum(['number', 'object', 'array', 'statistics'])
    .default('object')
    .describe(
      'number: a bare number. object: one sample of several fields. array: objects, oldest first. ' +
        'statistics: an object whose fields are arrays of equal length.',
    ),
  items: z.string().optional().describe('array: the field that holds the array; absent: the payload itself.'),
  time: timeSchema.optional().describe('Absent: the time of receipt.'),
  periodField: z
    .string()
    .optional()
    .describe('statistics, array: field with the spacing of the elements, ms.'),
  periodMs: z.number().positive().optional().describe('statistics, array: spacing where no field gives it.'),
  anchor: z.enum(['first', 'last']).default('first').describe('Which element the payload time belongs to.'),
  sequence: z.string().optional().describe('Field with a message number; a repeated one is a duplicate.'),
  quality: qualitySchema.optional(),
  tag: z.string().optional().describe('number: name of the tag.'),
  value: z
    .strictObject({ ...fieldShape, tag: fieldShape.tag.optional() })
    .optional()
    .describe('number: its details.'),
  fields: z
    .record(z.string(), fieldSchema)
    .optional()
    .describe('Payload field (dots go deeper) to tag: a name, or an object with details.'),
});

const topicSchema = topicShape.superRefine((topic, context) => explain(context, () => checkTopic(topic)));

/** What the compiler says of a mistake becomes an issue with a position. */
function explain(context: z.RefinementCtx, compile: () => unknown): void {
  try {
    compile();
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
  }
}

function checkTopic(topic: MqttTopicConfig): void {
  const { payload, time, periodField, periodMs, sequence, quality, items } = topic;
  if (payload === 'number' && (time ?? sequence ?? quality) !== undefined) {
    throw new Error('payload: number carries neither time nor sequence nor quality');
  }
  if (payload === 'statistics' && (time ?? periodField ?? periodMs) === undefined) {
    throw new Error('payload: statistics wants periodMs, periodField or a time field with an array of times');
  }
  const paths = [
    time?.field,
    periodField,
    sequence,
    quality?.field,
    items,
    ...Object.keys(topic.fields ?? {}),
  ];
  if (paths.some((path) => path?.split('.').includes('__proto__'))) throw new Error('__proto__ is no field');
  const { captures } = compileTopic(topic.topic);
  if (time?.clock !== undefined) fillTemplate(time.clock, captures, captures);
  const fields = fieldsOf(topic);
  for (const field of fields) checkField(field, captures);
  const twice = fields[repeatedAt(fields.map(({ tag }) => tag))];
  if (twice !== undefined) throw new Error(`two fields make the tag "${twice.tag}"`);
}

function fieldsOf(topic: MqttTopicConfig): (Partial<MqttFieldConfig> & { tag: string })[] {
  if (topic.payload === 'number') {
    const tag = topic.value?.tag ?? topic.tag;
    if (tag === undefined) throw new Error('payload: number wants "tag"');
    return [{ ...topic.value, tag }];
  }
  const fields = Object.values(topic.fields ?? {});
  if (fields.length === 0) throw new Error(`payload: ${topic.payload} wants at least one of "fields"`);
  return fields.map((field) => (typeof field === 'string' ? { tag: field } : field));
}

function checkField(field: Partial<MqttFieldConfig> & { tag: string }, captures: readonly string[]): void {
  fillTemplate(field.tag, captures, captures);
  checkTag(field.tag, field);
}

export const mqttSourceSchema = z.strictObject({
  type: z.literal('mqtt'),
  topics: z
    .array(topicSchema)
    .min(1)
    .describe('What to subscribe to; the first entry that fits a topic has it.'),
  payloadBytes: z
    .int()
    .min(64)
    .default(262_144)
    .describe('Largest payload; a larger one is rejected unparsed.'),
  fieldsPerMessage: z
    .int()
    .min(1)
    .default(64)
    .describe('Most fields in one message; one with more is rejected.'),
  limits: limitsSchema,
  tags: z.int().min(1).default(10_000).describe('Most tags this source may make.'),
});

export type MqttSourceConfig = z.infer<typeof mqttSourceSchema>;
export type MqttTopicConfig = z.infer<typeof topicShape>;
export type MqttFieldConfig = z.infer<typeof detailedFieldSchema>;

/** The tags this source may make, for the checks across parts; captures of the topic stay in braces. */
export function declaredTags(
  config: MqttSourceConfig,
): { name: string; unit: string; kind?: string; device: string }[] {
  return config.topics.flatMap(({ topic: device, payload, tag, value, fields }) => {
    if (payload === 'number') {
      const name = value?.tag ?? tag;
      if (name === undefined) return [];
      return [{ name, unit: value?.unit ?? '', kind: value?.kind ?? 'number', device }];
    }
    return Object.values(fields ?? {}).map((field) =>
      typeof field === 'string'
        ? { name: field, unit: '', device }
        : { name: field.tag, unit: field.unit, kind: field.kind, device },
    );
  });
}
