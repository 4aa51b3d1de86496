// Configuration of an OPC UA source: a server, how it is trusted, and which nodes become which tags.
import { z } from 'zod';

const nodeIdSchema = z
  .string()
  .max(4096)
  .regex(
    /^(ns=\d{1,5};|nsu=[^;]+;)?(i=\d{1,10}|s=.+|g=[0-9a-fA-F-]{36}|b=[A-Za-z0-9+/]+=*)$/,
    'expected a node id such as "nsu=urn:maker:machine;s=Spindle.Speed" or "ns=2;i=1001"',
  );

const nodeSchema = z.strictObject({
  node: nodeIdSchema.describe('Node id: "nsu=urn:…;s=Spindle.Speed" (preferred) or "ns=1;s=…".'),
  unit: z.string().default(''),
  kind: z.enum(['number', 'boolean', 'enum']).default('number'),
  scale: z.number().default(1),
  offset: z.number().default(0),
  min: z.number().optional(),
  max: z.number().optional(),
  slewPerS: z.number().positive().optional(),
});

export const opcuaSourceSchema = z.strictObject({
  type: z.literal('opcua'),
  url: z.string().regex(/^opc\.tcp:\/\/[^\s/]+/, 'expected opc.tcp://host:4840'),
  publishingMs: z.int().min(10).default(100).describe('Publishing interval asked for.'),
  samplingMs: z.int().min(0).default(50).describe('Sampling interval asked for, for every node.'),
  security: z
    .strictObject({
      mode: z.enum(['None', 'SignAndEncrypt']).default('SignAndEncrypt'),
      policy: z.enum(['Basic256Sha256', 'Aes256_Sha256_RsaPss']).default('Basic256Sha256'),
      allowNone: z.boolean().default(false).describe('Allow a connection without encryption. Logged loudly.'),
    })
    .prefault({}),
  username: z.string().optional(),
  password: z.string().optional(),
  silenceS: z.number().positive().default(30).describe('No data for so long: the session is rebuilt.'),
  tags: z
    .record(z.string(), z.union([nodeIdSchema, nodeSchema]))
    .describe('Tag name to node id, or to an object with details.'),
});

export type OpcuaSourceConfig = z.infer<typeof opcuaSourceSchema>;

/** The tags of this source, for the checks across parts. */
export function declaredTags(config: OpcuaSourceConfig): { name: string; unit: string }[] {
  return Object.entries(config.tags).map(([name, node]) => ({
    name,
    unit: typeof node === 'string' ? '' : node.unit,
  }));
}
