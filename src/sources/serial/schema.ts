// Configuration of a serial source: which line, how its bytes become lines, and which value becomes which tag.
import { z } from 'zod';
import { limitsSchema } from '../../formats/limits.ts';
import { checkTag, repeatedAt, tagShape, trustedSchema, zoneSchema } from '../../formats/tag.ts';

const pathPattern = /^(\/\S.*|tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^\s/:]+):\d{1,5})$/;

const fieldSchema = z.strictObject({
  tag: z.string().min(1).max(200).describe('Name of the tag.'),
  ...tagShape,
});

const checksumNames = ['none', 'nmea-xor', 'xor8', 'sum8', 'crc8', 'crc16-ccitt', 'crc16-modbus'] as const;

const checksumSchema = z.union([
  z.enum(checksumNames),
  z.strictObject({
    type: z.enum(checksumNames).describe('How it is computed.'),
    separator: character('Character before the hex digits that end the line.').default('*'),
    skip: z.int().min(0).max(64).default(0).describe('Bytes at the beginning that it leaves out.'),
    init: z
      .int()
      .min(0)
      .max(0xffff)
      .optional()
      .describe('Start value of a CRC; crc8 0, crc16-ccitt and crc16-modbus 65535.'),
  }),
]);

const timeSchema = z.strictObject({
  field: z.string().min(1).describe('Field with the time of the line.'),
  format: z
    .enum(['auto', 's', 'ms', 'us', 'ns', 'iso', 'millis', 'micros'])
    .default('auto')
    .describe('millis, micros: time since the device started, in 32 bits or more.'),
  zone: zoneSchema,
  trusted: trustedSchema,
});

const triple = z.array(z.number()).length(3, 'expected three numbers');

const calibrationSchema = z.strictObject({
  inputs: z
    .array(z.string())
    .length(3, 'expected three tags')
    .describe('The tags of a sensor with three axes: x, y, z.'),
  bias: triple.default([0, 0, 0]).describe('What each axis shows where nothing is; in the unit on the wire.'),
  matrix: z
    .array(triple)
    .length(3, 'expected three rows of three numbers')
    .default([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ])
    .describe('Three rows. value = matrix * (raw - bias), then scale and offset of the tag.'),
});

const lineKinds = ['csv', 'keyvalue', 'json', 'number'] as const;

const shape = z.strictObject({
  type: z.literal('serial'),
  path: z
    .string()
    .regex(pathPattern, 'expected /dev/serial/by-id/usb-… or tcp://host:port')
    .describe('/dev/serial/by-id/…, another device, or tcp://host:port for a serial line over the network.'),
  baudRate: z.int().min(50).max(4_000_000).default(115_200).describe('Bits a second.'),
  dataBits: z
    .union([z.literal(7), z.literal(8)])
    .default(8)
    .describe('Bits of a byte.'),
  parity: z.enum(['none', 'even', 'odd']).default('none').describe('Parity bit.'),
  stopBits: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe('Stop bits.'),
  rtscts: z.boolean().default(false).describe('Hardware flow control.'),
  silenceS: z.number().positive().default(10).describe('Nothing heard for so long: closed and opened anew.'),
  lineBytes: z.int().min(16).max(65_536).default(1024).describe('Longest line; a longer one is rejected.'),
  line: z
    .enum(lineKinds)
    .default('csv')
    .describe('csv: values by position. keyvalue: "ax=0.1 ay=0.2". json: an object. number: one value.'),
  prefix: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('What every line of ours begins with; not part of the values. Other lines are rejected.'),
  separator: character('Between two values: "," in csv, a space in keyvalue.').optional(),
  assign: character('Between key and value.').default('='),
  columns: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(64)
    .optional()
    .describe('csv: a name for every column, in order. A line with another count is rejected.'),
  checksum: checksumSchema.default('none').describe('What stands at the end of a line to prove it.'),
  time: timeSchema.optional().describe('Absent: the time of receipt.'),
  sequence: z.string().optional().describe('Field with a line number; a jump is counted as a gap.'),
  tag: z.string().min(1).max(200).optional().describe('number: name of the tag.'),
  value: z.strictObject(tagShape).optional().describe('number: its details.'),
  fields: z
    .record(z.string(), z.union([z.string().min(1).max(200), fieldSchema]))
    .optional()
    .describe('Column, key or JSON field (dots go deeper) to tag: a name, or an object with details.'),
  limits: limitsSchema,
  calibration: z
    .array(calibrationSchema)
    .max(16)
    .default([])
    .describe('Corrections of sensors with three axes.'),
});

export const serialSourceSchema = shape.superRefine((config, context) => {
  for (const { path, message } of mistakes(config)) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
});

export type SerialSourceConfig = z.infer<typeof shape>;
export type SerialFieldConfig = z.infer<typeof fieldSchema>;
export type ChecksumName = (typeof checksumNames)[number];

/** The fields of a line and their tags, in the order of the configuration. */
export function fieldsOf(
  config: SerialSourceConfig,
): [name: string, field: Partial<SerialFieldConfig> & { tag: string }][] {
  if (config.line === 'number')
    return config.tag === undefined ? [] : [['', { ...config.value, tag: config.tag }]];
  return Object.entries(config.fields ?? {}).map(([name, field]) => [
    name,
    typeof field === 'string' ? { tag: field } : field,
  ]);
}

/** The tags of this source, for the checks across parts. */
export function declaredTags(config: SerialSourceConfig): { name: string; unit: string; kind: string }[] {
  return fieldsOf(config).map(([, { tag, unit = '', kind = 'number' }]) => ({ name: tag, unit, kind }));
}

interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function* mistakes(config: SerialSourceConfig): Generator<Mistake> {
  const { line, columns, time, sequence } = config;
  if (line === 'number') {
    if (config.tag === undefined) yield { path: ['line'], message: 'number wants "tag"' };
    for (const key of ['fields', 'time', 'sequence', 'columns'] as const) {
      if (config[key] !== undefined) yield { path: [key], message: `line: number carries no ${key}` };
    }
  } else if (Object.keys(config.fields ?? {}).length === 0) {
    yield { path: ['line'], message: `${line} wants at least one of "fields"` };
  }
  if (line === 'csv') yield* columnMistakes(config);
  else if (columns !== undefined && line !== 'number')
    yield { path: ['columns'], message: `line: ${line} has no columns` };
  if (line === 'json' && config.separator !== undefined) {
    yield { path: ['separator'], message: 'line: json has no separator' };
  }
  if (time?.trusted === true && (time.format === 'millis' || time.format === 'micros')) {
    yield {
      path: ['time', 'trusted'],
      message: `${time.format} counts from the start of the device: no clock`,
    };
  }
  if (time !== undefined && time.field === sequence) {
    yield { path: ['sequence'], message: 'one field cannot be both the time and the sequence' };
  }
  yield* fieldMistakes(config);
  yield* calibrationMistakes(config);
}

function* columnMistakes({ columns, fields, time, sequence }: SerialSourceConfig): Generator<Mistake> {
  if (columns === undefined) {
    yield { path: ['line'], message: 'csv wants "columns", a name for every column' };
    return;
  }
  const twice = repeatedAt(columns);
  if (twice >= 0) yield { path: ['columns', twice], message: `"${columns[twice]}" is there twice` };
  const wanted: [string, (string | number)[]][] = Object.keys(fields ?? {}).map((name) => [
    name,
    ['fields', name],
  ]);
  if (time !== undefined) wanted.push([time.field, ['time', 'field']]);
  if (sequence !== undefined) wanted.push([sequence, ['sequence']]);
  for (const [name, path] of wanted) {
    if (!columns.includes(name)) yield { path, message: `"${name}" is not one of "columns"` };
  }
}

function* fieldMistakes(config: SerialSourceConfig): Generator<Mistake> {
  const seen = new Set<string>();
  for (const [name, field] of fieldsOf(config)) {
    const path = config.line === 'number' ? ['tag'] : ['fields', name];
    if (seen.has(field.tag)) yield { path, message: `two fields make the tag "${field.tag}"` };
    seen.add(field.tag);
    const complaint = complaintOf(field);
    if (complaint !== '') yield { path, message: complaint };
    if (name === config.time?.field || name === config.sequence) {
      yield { path, message: `"${name}" is the time or the sequence, and no value` };
    }
    if (name.split('.').includes('__proto__')) yield { path, message: '__proto__ is no field' };
  }
}

function complaintOf(field: Partial<SerialFieldConfig> & { tag: string }): string {
  try {
    checkTag(field.tag, field);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

function* calibrationMistakes(config: SerialSourceConfig): Generator<Mistake> {
  const tags = new Map(fieldsOf(config).map(([, field]) => [field.tag, field]));
  const used = new Set<string>();
  for (const [index, { inputs, matrix }] of config.calibration.entries()) {
    const path = ['calibration', index];
    for (const [axis, tag] of inputs.entries()) {
      const field = tags.get(tag);
      const at = [...path, 'inputs', axis];
      if (field === undefined) yield { path: at, message: `"${tag}" is not a tag of this source` };
      else if ((field.kind ?? 'number') !== 'number') yield { path: at, message: `"${tag}" is no number` };
      if (used.has(tag)) yield { path: at, message: `"${tag}" is calibrated twice` };
      used.add(tag);
    }
    if (new Set(inputs.map((tag) => tags.get(tag)?.unit ?? '')).size > 1) {
      yield { path: [...path, 'inputs'], message: 'the three axes have different units' };
    }
    const whole = matrix.length === 3 && matrix.every((row) => row.length === 3);
    if (whole && determinant(matrix) === 0) {
      yield { path: [...path, 'matrix'], message: 'the matrix has no inverse: it would lose an axis' };
    }
  }
}

function determinant(rows: readonly (readonly number[])[]): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = rows.flat();
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

/** One printable ASCII character or a tab, which no number contains. */
function character(about: string) {
  return z
    .string()
    .regex(/^[\t !"#$%&'()*,/:;<=>?@[\\\]^_`{|}~]$/, 'expected one character that is no part of a number')
    .describe(about);
}
