// Which server `gemel browse` looks at and how it gets there: from the words of the call, or as a configured
// source does.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GemError } from '../../errors.ts';
import { didYouMean } from '../../formats/edit-distance.ts';
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
  readonly allowDeprecated?: boolean;
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
  const { refuseInsecure } = await import('../../sources/opcua/security/protection.ts');
  refuseInsecure('browse', config);
  await refuseNoPlace(options);
  return { config, stateDir, pkiDir: join(stateDir, 'pki') };
}

async function fromWords(url: string | undefined, options: BrowseOptions, env: NodeJS.ProcessEnv) {
  if (url === undefined)
    throw new GemError('GEM_USAGE', { why: 'browse wants an address: opc.tcp://host:4840' });
  if (options.source !== undefined) throw new GemError('GEM_USAGE', { why: '--source wants --config' });
  const { isDeprecated, opcuaSourceSchema, policies } = await import('../../sources/opcua/schema.ts');
  const security = securityOf(options, policies);
  const parsed = opcuaSourceSchema.safeParse({
    type: 'opcua',
    url,
    security,
    ...(options.user === undefined ? {} : loginOf(options, options.user, env)),
    tags: {},
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new GemError('GEM_USAGE', { why: `the address: ${issue!.message}` });
  }
  if (isDeprecated(parsed.data)) {
    const why = `--policy ${options.policy} is broken; take another one, or knowingly --allow-deprecated as well`;
    throw new GemError('GEM_USAGE', { why });
  }
  return { config: parsed.data, stateDir: await stateDirFor(options, env) };
}

/** What the configuration of a source would refuse is refused here in the words of the call. */
function securityOf({ policy, allowNone, allowDeprecated = false }: BrowseOptions, known: readonly string[]) {
  if (allowNone === true) return { mode: 'None', allowNone: true };
  if (!known.includes(policy)) {
    const why = `--policy ${policy}: expected one of ${known.join(', ')}${didYouMean(policy, known)}`;
    throw new GemError('GEM_USAGE', { why });
  }
  return { mode: 'SignAndEncrypt', policy, allowDeprecated };
}

function loginOf({ allowNone }: BrowseOptions, username: string, env: NodeJS.ProcessEnv) {
  const password = env['OPCUA_PASSWORD'];
  const refuse = (why: string) => new GemError('GEM_USAGE', { why });
  if (allowNone === true)
    throw refuse('--user does not go with --allow-none: the password would be readable on the way');
  if (password === undefined)
    throw refuse(
      `--user ${username} wants the password in $OPCUA_PASSWORD, which is not set; where there is none, set it empty`,
    );
  return { username, password };
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
  const names = ours.map(([name]) => name);
  const found =
    options.source === undefined && ours.length === 1
      ? ours[0]
      : ours.find(([name]) => name === options.source);
  if (found === undefined) {
    const there = `; there is ${names.join(', ') || 'none'}`;
    const why =
      options.source === undefined
        ? `--config wants --source${there}`
        : `no OPC UA source "${options.source}" in ${file}${didYouMean(options.source, names) || there}`;
    throw new GemError('GEM_USAGE', { why });
  }
  const stateDir = options.stateDir ?? env['STATE_DIRECTORY'] ?? resolve(dir, config.stateDir);
  return { config: found[1], stateDir: resolve(stateDir) };
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
