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
  unit: z.string().default('').describe('Unit of the value, e.g. A, degC, rpm.'),
  kind: z
    .enum(['number', 'boolean', 'enum'])
    .default('number')
    .describe('What a value is; boolean becomes 0 or 1.'),
  scale: z.number().default(1).describe('Multiplied with the value before the offset.'),
  offset: z.number().default(0).describe('Added after the scale.'),
  min: z.number().optional().describe('Physical range; outside it the value is kept but Uncertain.'),
  max: z.number().optional().describe('Upper end of that range.'),
  slewPerS: z.number().positive().optional().describe('Largest believable change a second.'),
});

export const opcuaSourceSchema = z.strictObject({
  type: z.literal('opcua'),
  url: z
    .string()
    .regex(/^opc\.tcp:\/\/[^\s/]+/, 'expected opc.tcp://host:4840')
    .describe('Endpoint of the server: opc.tcp://host:4840.'),
  publishingMs: z.int().min(10).default(100).describe('Publishing interval asked for.'),
  samplingMs: z.int().min(0).default(50).describe('Sampling interval asked for, for every node.'),
  security: z
    .strictObject({
      mode: z
        .enum(['None', 'SignAndEncrypt'])
        .default('SignAndEncrypt')
        .describe('Never weaker than this, whatever the server offers.'),
      policy: z
        .enum(['Basic256Sha256', 'Aes256_Sha256_RsaPss'])
        .default('Basic256Sha256')
        .describe('Cipher suite; exactly this one.'),
      allowNone: z.boolean().default(false).describe('Allow a connection without encryption. Logged loudly.'),
    })
    .prefault({}),
  username: z.string().optional().describe('Login name at the server; absent: anonymous.'),
  password: z
    .string()
    .optional()
    .describe('Best a reference: ${env:NAME}, ${file:path} or ${credential:name}.'),
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

/** Unencrypted without anyone having said that it may be, or with a password that would be readable. */
export function isInsecure({ security, username }: OpcuaSourceConfig): boolean {
  return security.mode === 'None' && (!security.allowNone || username !== undefined);
}
