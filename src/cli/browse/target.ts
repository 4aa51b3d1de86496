// Which server `gemel browse` looks at and how it gets there: from the words of the call, or as a configured
// source does.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GemError } from '../../errors.ts';
import type { OpcuaSourceConfig } from '../../sources/opcua/schema.ts';

export interface BrowseOptions {
  readonly node?: string;
  readonly path?: string;
  readonly depth: number;
  readonly filter?: string;
  readonly max: number;
  readonly yaml?: boolean;
  readonly json?: boolean;
  readonly policy: string;
  readonly allowNone?: boolean;
  readonly user?: string;
  readonly config?: string;
  readonly source?: string;
  readonly stateDir?: string;
}

export interface BrowseTarget {
  readonly config: OpcuaSourceConfig;
  readonly stateDir: string;
  readonly pkiDir: string;
}

export async function browseTarget(
  url: string | undefined,
  options: BrowseOptions,
  env: NodeJS.ProcessEnv,
): Promise<BrowseTarget> {
  const { config, stateDir } =
    options.config === undefined
      ? await fromWords(url, options, env)
      : await fromConfig(url, options, options.config, env);
  await refuseInsecure(config);
  await refuseNoPlace(options);
  return { config, stateDir, pkiDir: join(stateDir, 'pki') };
}

async function fromWords(url: string | undefined, options: BrowseOptions, env: NodeJS.ProcessEnv) {
  if (url === undefined)
    throw new GemError('GEM_USAGE', { why: 'browse wants an address: opc.tcp://host:4840' });
  if (options.source !== undefined) throw new GemError('GEM_USAGE', { why: '--source wants --config' });
  const { opcuaSourceSchema } = await import('../../sources/opcua/schema.ts');
  const password = env['OPCUA_PASSWORD'];
  if (options.allowNone === true && options.user !== undefined)
    throw new GemError('GEM_USAGE', {
      why: '--user does not go with --allow-none: the password would be readable on the way',
    });
  const parsed = opcuaSourceSchema.safeParse({
    type: 'opcua',
    url,
    security:
      options.allowNone === true
        ? { mode: 'None', allowNone: true }
        : { mode: 'SignAndEncrypt', policy: options.policy },
    ...(options.user === undefined ? {} : { username: options.user, password: password ?? '' }),
    tags: {},
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new GemError('GEM_USAGE', { why: `${issue!.path.join('.')}: ${issue!.message}` });
  }
  return { config: parsed.data, stateDir: await stateDirFor(options, env) };
}

/** That of the gateway here when there is one, so that what it trusts is trusted. */
async function stateDirFor(options: BrowseOptions, env: NodeJS.ProcessEnv): Promise<string> {
  if (options.stateDir !== undefined) return resolve(options.stateDir);
  const { stateDirOf } = await import('../trust.ts');
  try {
    return await stateDirOf({}, env);
  } catch (error) {
    if (!(error instanceof GemError) || error.code !== 'GEM_USAGE') throw error;
    return resolve('./state');
  }
}

async function fromConfig(
  url: string | undefined,
  options: BrowseOptions,
  file: string,
  env: NodeJS.ProcessEnv,
) {
  if (url !== undefined) throw new GemError('GEM_USAGE', { why: 'an address and --config go one at a time' });
  if (!existsSync(file)) throw new GemError('GEM_CONFIG_UNREADABLE', { file, why: 'there is no such file' });
  const [{ loadConfig }, { models }] = await Promise.all([
    import('../../config/load.ts'),
    import('../../core/models/index.ts'),
  ]);
  const { config, dir } = loadConfig(file, { env, models });
  const ours = Object.entries(config.sources).flatMap(([name, source]) =>
    source.type === 'opcua' ? [[name, source] as const] : [],
  );
  const names = ours.map(([name]) => name).join(', ') || 'none';
  const found =
    options.source === undefined && ours.length === 1
      ? ours[0]
      : ours.find(([name]) => name === options.source);
  if (found === undefined) {
    const why =
      options.source === undefined
        ? '--config wants --source'
        : `no OPC UA source "${options.source}" in ${file}`;
    throw new GemError('GEM_USAGE', { why: `${why}: there is ${names}` });
  }
  const stateDir = options.stateDir ?? env['STATE_DIRECTORY'] ?? resolve(dir, config.stateDir);
  return { config: found[1], stateDir: resolve(stateDir) };
}

/** The rules of a source; a password never travels in the open. */
async function refuseInsecure(config: OpcuaSourceConfig): Promise<void> {
  const { isDeprecated, isInsecure } = await import('../../sources/opcua/schema.ts');
  const { url, security } = config;
  if (isInsecure(config)) throw new GemError('GEM_OPCUA_INSECURE', { source: 'browse', url });
  if (isDeprecated(config))
    throw new GemError('GEM_OPCUA_DEPRECATED', { source: 'browse', url, policy: security.policy });
}

/** What is no place on any server is said before one is asked. */
async function refuseNoPlace({ node, path }: BrowseOptions): Promise<void> {
  const { browsePathSchema, nodeIdSchema } = await import('../../sources/opcua/tag-schema.ts');
  const places = [
    ['--node', nodeIdSchema, node],
    ['--path', browsePathSchema, path],
  ] as const;
  for (const [option, schema, text] of places) {
    const issue = text === undefined ? undefined : schema.safeParse(text).error?.issues[0];
    if (issue !== undefined) throw new GemError('GEM_USAGE', { why: `${option} ${text}: ${issue.message}` });
  }
}
