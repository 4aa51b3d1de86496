// Configuration of an OPC UA source: a server, how it is trusted, and which nodes become which tags.
import { z } from 'zod';
import { limitsSchema } from '../../formats/limits.ts';
import { trustedSchema } from '../../formats/tag.ts';
import { detailsOf, tagsSchema } from './tag-schema.ts';

export const policies = [
  'Basic256Sha256',
  'Aes256_Sha256_RsaPss',
  'Aes128_Sha256_RsaOaep',
  'Basic256',
  'Basic128Rsa15',
] as const;

export const opcuaSourceSchema = z
  .strictObject({
    type: z.literal('opcua'),
    url: z
      .string()
      .regex(
        /^opc\.tcp:\/\/(\[[0-9A-Fa-f:.%]+\]|[^\s/:[\]]+)(:\d{1,5})?(\/\S*)?$/,
        'expected opc.tcp://host:4840',
      )
      .refine((url) => Number(/:(\d+)(\/|$)/.exec(url)?.[1] ?? 4840) <= 65_535, 'a port is 65535 at most')
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
          .enum(policies)
          .default('Basic256Sha256')
          .describe('Cipher suite; exactly this one. The last two are broken and want allowDeprecated.'),
        allowNone: z
          .boolean()
          .default(false)
          .describe('Allow a connection without encryption. Logged loudly.'),
        allowDeprecated: z
          .boolean()
          .default(false)
          .describe(
            'Allow Basic256 and Basic128Rsa15, for a server that knows nothing better. Logged loudly.',
          ),
        certificate: z
          .string()
          .optional()
          .describe(
            'PEM file of our own certificate, e.g. from your authority. Absent: one is made and kept.',
          )
          .meta({ file: true }),
        key: z
          .string()
          .optional()
          .describe('PEM file of its key; refused when every user may read it.')
          .meta({ file: true }),
      })
      .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
        message: 'certificate and key go together',
      })
      .prefault({}),
    username: z.string().optional().describe('Login name at the server; absent: anonymous.'),
    password: z
      .string()
      .optional()
      .describe('Best a reference: ${env:NAME}, ${file:path} or ${credential:name}.'),
    userCertificate: z
      .string()
      .optional()
      .describe('PEM file of a certificate to log in with, instead of a name and password.')
      .meta({ file: true }),
    userKey: z
      .string()
      .optional()
      .describe('PEM file of its key; refused when every user may read it.')
      .meta({ file: true }),
    time: z
      .strictObject({ trusted: trustedSchema })
      .prefault({})
      .describe('The clock that stamps the values.'),
    silenceS: z
      .number()
      .min(1)
      .default(10)
      .describe('Nothing heard from the server for so long, not even a keep-alive: the session is rebuilt.'),
    confirmMs: z
      .int()
      .min(0)
      .default(500)
      .describe(
        'A value that did not change is said again so often, while the server says that it lives; 0: never.',
      ),
    history: z
      .enum(['auto', 'off'])
      .default('auto')
      .describe(
        'auto: what was missed while the connection was lost, or the gateway not running, is taken from the history ' +
          'of the server, where it keeps one.',
      ),
    thread: z
      .enum(['own', 'shared'])
      .optional()
      .describe(
        'own: a thread of its own, so that a burst of many values delays no tick, for some 30 MB of memory, each ' +
          'further one 90 MB. Default: own with more than 500 tags, else shared.',
      ),
    limits: limitsSchema,
    tags: tagsSchema,
  })
  .refine((source) => (source.userCertificate === undefined) === (source.userKey === undefined), {
    message: 'userCertificate and userKey go together',
  })
  .refine((source) => source.userCertificate === undefined || source.username === undefined, {
    message: 'log in with username or with userCertificate, not with both',
  });

export type OpcuaSourceConfig = z.infer<typeof opcuaSourceSchema>;

/** The tags of this source, for the checks across parts. */
export function declaredTags(config: OpcuaSourceConfig): { name: string; unit: string; kind?: string }[] {
  return Object.entries(config.tags).map(([name, entry]) => {
    const { unit, kind } = detailsOf(entry);
    return { name, unit, kind };
  });
}

/** Beyond so many tags its bursts would show in the lateness of the ticks. */
const sharedTagsMax = 500;

export function wantsOwnThread({ thread, tags }: Pick<OpcuaSourceConfig, 'thread' | 'tags'>): boolean {
  return (thread ?? (Object.keys(tags).length > sharedTagsMax ? 'own' : 'shared')) === 'own';
}

/** Unencrypted without anyone having said that it may be, or with a password that would be readable. */
export function isInsecure({ security, username }: OpcuaSourceConfig): boolean {
  return security.mode === 'None' && (!security.allowNone || username !== undefined);
}

/** Encrypted with what is broken, without anyone having said that it may be. */
export function isDeprecated({ security }: OpcuaSourceConfig): boolean {
  return weakness({ security }) === 'deprecated' && !security.allowDeprecated;
}

/** What protection a connection lacks, allowed or not. */
export function weakness({
  security,
}: Pick<OpcuaSourceConfig, 'security'>): 'none' | 'deprecated' | undefined {
  if (security.mode === 'None') return 'none';
  return security.policy === 'Basic256' || security.policy === 'Basic128Rsa15' ? 'deprecated' : undefined;
}
