// Configuration of one OPC UA tag: where its value is found on the server, how it is asked for, what it becomes.
import { z } from 'zod';
import { contradictionIn, tagShape } from '../../formats/tag.ts';
import { parseBrowsePath } from './items/browse-path.ts';

export const nodeIdSchema = z
  .string()
  .max(4096)
  .regex(
    /^(ns=\d{1,5};|nsu=[^;]+;)?(i=\d{1,10}|s=.+|g=[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|b=[A-Za-z0-9+/]+=*)$/,
    'expected a node id such as "nsu=urn:maker:machine;s=Spindle.Speed" or "ns=2;i=1001"',
  )
  .refine(
    (text) =>
      numberIn(text, /^ns=(\d+);/) <= 0xffff && numberIn(text, /^(?:nsu?=[^;]+;)?i=(\d+)$/) <= 0xffffffff,
    'a namespace has a number up to 65535, a node one up to 4294967295',
  );

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

export const browsePathSchema = z
  .string()
  .max(4096)
  .superRefine((path, context) => {
    const parsed = parseBrowsePath(path);
    if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
  });

const whole = z.int().min(0);

const detailedTagShape = z.strictObject({
  node: nodeIdSchema
    .optional()
    .describe('Node id: "nsu=urn:…;s=Spindle.Speed" (preferred) or "ns=1;s=…". This or path.'),
  path: browsePathSchema
    .optional()
    .describe(
      'Browse path, looked up at each connection: "/Objects/nsu=urn:…;Machine/Spindle/Speed". A name without ' +
        'a namespace has that of the name before it.',
    ),
  ...tagShape,
  kind: z
    .enum(['number', 'boolean', 'enum', 'int64', 'uint64'])
    .default('number')
    .describe('What a value is; boolean becomes 0 or 1, int64 and uint64 keep all their bits.'),
  samplingMs: whole
    .max(86_400_000)
    .optional()
    .describe('Sampling interval asked for; default: that of the source.'),
  queueSize: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('Values the server keeps between two deliveries; default: enough for three.'),
  deadband: z
    .union([
      z.strictObject({ absolute: z.number().positive().describe('In the unit of the server.') }),
      z.strictObject({ percent: z.number().positive().max(100).describe('Of the EURange of the node.') }),
    ])
    .optional()
    .describe('Smaller changes are not sent by the server.'),
  index: z
    .union([whole, z.array(whole).min(1).max(4)])
    .optional()
    .describe('Element of an array: 2; of a matrix: [0, 2].'),
  length: z
    .union([z.int().min(1), z.array(z.int().min(1)).min(1).max(4)])
    .optional()
    .describe('Expected length of the array, or dimensions of the matrix; another one is Bad.'),
  field: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe('Member of a structure, dots go deeper: "position.x", "axes.0.load".'),
});

const detailedTagSchema = detailedTagShape.superRefine((tag, context) => {
  const problem = problemOf(tag);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

type DetailedTag = z.infer<typeof detailedTagShape>;

function problemOf({
  node,
  path,
  index,
  length,
  kind,
  deadband,
  field,
  ...tag
}: DetailedTag): string | undefined {
  if ((node === undefined) === (path === undefined)) return 'wants either "node" or "path"';
  if (length !== undefined && index === undefined)
    return '"length" wants "index": which element is the value?';
  if (length !== undefined && rank(length) !== rank(index!))
    return '"index" and "length" want as many numbers';
  if (kind !== 'number' && (tag.scale !== 1 || tag.offset !== 0))
    return `kind: ${kind} has no scale and offset`;
  if (deadband !== undefined && (kind === 'boolean' || kind === 'enum'))
    return `kind: ${kind} has no deadband`;
  if (field?.split('.').some((name) => name === '' || name === '__proto__') === true)
    return '"field" wants names with dots between';
  return contradictionIn({ ...tag, kind });
}

function rank(value: number | readonly number[]): number {
  return typeof value === 'number' ? 1 : value.length;
}

/** A bare text is a node id, or with a leading slash a browse path. */
export const tagsSchema = z
  .record(z.string(), z.union([z.string().superRefine(checkPlace), detailedTagSchema]))
  .describe('Tag name to node id or browse path, or to an object with details.');

function checkPlace(text: string, context: z.RefinementCtx): void {
  const schema = text.startsWith('/') ? browsePathSchema : nodeIdSchema;
  for (const { message } of schema.safeParse(text).error?.issues ?? [])
    context.addIssue({ code: 'custom', message });
}

/** A tag with its details, whichever way it was written. */
export function detailsOf(entry: z.infer<typeof tagsSchema>[string]): DetailedTag {
  if (typeof entry !== 'string') return entry;
  return detailedTagShape.parse(entry.startsWith('/') ? { path: entry } : { node: entry });
}
