// Which history a command is about: the file that is named, or that of a gateway's configuration. And how it is opened
// for reading, beside a gateway that runs as well.
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { GemError } from '../errors.ts';
import type { OpenReader, OpenReaderOptions } from '../history/reader/open.ts';
import type { Plant } from '../transfer/tag-choice.ts';
import { durationMs, momentMs } from '../transfer/time-span.ts';
import { collect } from './repeated.ts';
import { findConfig } from './run.ts';
import { stateHere } from './state-here.ts';
import { stateDirOf } from './trust.ts';

export interface WhoseHistory {
  readonly config?: string;
  readonly history?: string;
}

export function historyOptions(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'configuration of the gateway whose history is meant (default: as for `gemel run`)',
    )
    .option('--history <file>', 'the file itself');
}

/** Which of what is stored there a command is about. */
export function choiceOptions(command: Command, tier: 'raw' | 'all'): Command {
  return historyOptions(command)
    .option('--machine <name>', 'only what the signals of this machine are fed by, in the unit of the signal')
    .option('--signal <name>', 'of the machine only this signal; may be given again', collect)
    .addOption(
      new Option('--tier <tier>', 'measured, or said by a twin')
        .choices(['raw', 'twin', 'all'])
        .default(tier),
    )
    .option('--from <time>', 'ISO time (UTC without a zone), or so long ago: -24h', instant)
    .option('--to <time>', 'likewise', instant);
}

/** Whether there is one is not looked at. */
export async function historyPath(whose: WhoseHistory, env: NodeJS.ProcessEnv): Promise<string> {
  const { config, history } = whose;
  if (history !== undefined) {
    const file = resolve(history);
    return isFolder(file) ? join(file, 'history.db') : file;
  }
  if (config !== undefined || env['STATE_DIRECTORY'])
    return join(await stateDirOf(config === undefined ? {} : { config }, env), 'history.db');
  try {
    return join(await stateDirOf({ config: findConfig(env) }, env), 'history.db');
  } catch (error) {
    const here = stateHere('history.db', env);
    if (here !== undefined) return join(here, 'history.db');
    throw error;
  }
}

export async function historyFile(whose: WhoseHistory, env: NodeJS.ProcessEnv): Promise<string> {
  const file = await historyPath(whose, env);
  if (!existsSync(file)) throw new GemError('GEM_HISTORY_NONE', { file });
  return file;
}

export type OnDamage = NonNullable<OpenReaderOptions['onDamage']>;

/** Opens it, and closes it however the work ends. What SQLite says of a damaged file is said in words. */
export async function withReader<T>(
  file: string,
  work: (reader: OpenReader) => Promise<T>,
  onDamage?: OnDamage,
): Promise<T> {
  const { openReader } = await import('../history/reader/open.ts');
  let reader: OpenReader | undefined;
  try {
    reader = openReader(file, onDamage === undefined ? {} : { onDamage });
    return await work(reader);
  } catch (error) {
    throw await inWords(file, error);
  } finally {
    reader?.close();
  }
}

export async function inWords(file: string, error: unknown): Promise<unknown> {
  const { isDamage } = await import('../history/upkeep/failures.ts');
  if (!isDamage(error)) return error;
  return new GemError('GEM_HISTORY_DAMAGED', { file, why: (error as Error).message }, error);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** What machines and signals are resolved by. */
export async function loadPlant(whose: WhoseHistory, env: NodeJS.ProcessEnv): Promise<Plant> {
  const [{ loadConfig }, { models }] = await Promise.all([
    import('../config/load.ts'),
    import('../core/models/index.ts'),
  ]);
  return { config: loadConfig(whose.config ?? findConfig(env), { env, models }).config, models };
}

export function instant(text: string): number {
  const timeMs = momentMs(text, Date.now());
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new InvalidArgumentError(
    'expected an ISO time, a date, now, or a time before now such as -24h or -30min',
  );
}

export function duration(text: string): number {
  const ms = durationMs(text);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('expected a time such as 100ms, 1.5s, 10min, 24h or 7d');
}
