// What the commands about twins have in common: whose twins are meant, what is kept of them, and how a wish reaches a
// gateway that runs, or the files of one that does not.
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { MachineMemory } from '../runtime/twins/memory.ts';
import type { Known } from '../runtime/twins/newer.ts';
import type { TwinAnswer, TwinWish } from '../runtime/twins/request.ts';
import type { ParameterVersion } from '../runtime/twins/versions.ts';
import { findConfig } from './run.ts';
import { stateHere } from './state-here.ts';
import { stateDirOf } from './trust.ts';

export interface WhoseTwins {
  readonly config?: string;
  readonly stateDir?: string;
}

export interface KeptTwin {
  readonly memory: MachineMemory;
  readonly versions: readonly ParameterVersion[];
}

/** Of a folder that is named, of a configuration, or where a gateway without one would keep it. */
export async function twinStateDir(whose: WhoseTwins, env: NodeJS.ProcessEnv): Promise<string> {
  const { config, stateDir } = whose;
  if (stateDir !== undefined || config !== undefined || env['STATE_DIRECTORY']) return stateDirOf(whose, env);
  try {
    return await stateDirOf({ config: findConfig(env) }, env);
  } catch (error) {
    const here = stateHere('twins', env);
    if (here !== undefined) return here;
    const why = `${(error as Error).message}; --config or --state-dir says which gateway is meant`;
    throw new GemError('GEM_USAGE', { why }, error);
  }
}

/** The machines something is kept of. */
export async function keptMachines(stateDir: string): Promise<string[]> {
  const folder = join(stateDir, 'twins');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new GemError(
      'GEM_FILE_UNREADABLE',
      { what: 'the memory of the twins', file: folder, why: error.message },
      error,
    );
  });
  const found = names.flatMap((name) => /^([\w-]+)\.json(?:\.previous)?$/.exec(name)?.[1] ?? []);
  return [...new Set(found)].toSorted();
}

export async function readTwin(stateDir: string, machine: string): Promise<KeptTwin> {
  const [{ newerOf }, { memoryFile }] = await Promise.all([
    import('../runtime/twins/newer.ts'),
    import('../runtime/twins/kept.ts'),
  ]);
  const folder = join(stateDir, 'twins');
  const file = memoryFile(folder, machine);
  const there = await keptMachines(stateDir);
  if (!there.includes(machine)) {
    const hint = didYouMean(machine, there) || (there.length === 0 ? '' : `; there is ${there.join(', ')}`);
    const what = `the machine "${machine}"`;
    throw new GemError('GEM_MEMORY_NONE', { what, dir: `${folder}${hint}` });
  }
  try {
    const { memory, versions } = newerOf(await recalled(stateDir, machine), await inFiles(stateDir, machine));
    if (memory !== undefined) return { memory, versions };
  } catch (error) {
    if (error instanceof GemError) throw error;
    throw new GemError(
      'GEM_FILE_UNREADABLE',
      { what: 'the memory of a twin', file, why: (error as Error).message },
      error,
    );
  }
  throw new GemError('GEM_FILE_UNREADABLE', { what: 'the memory of a twin', file, why: 'it is damaged' });
}

/** What the files have of a machine; throws for what a later version has written. */
export async function inFiles(stateDir: string, machine: string): Promise<Known> {
  const [{ memoryFile, versionsFile }, { decodeMemory }, { hostDisk, peekSealed }, { decodeVersions }] =
    await Promise.all([
      import('../runtime/twins/kept.ts'),
      import('../runtime/twins/memory.ts'),
      import('../runtime/twins/sealed-file.ts'),
      import('../runtime/twins/versions.ts'),
    ]);
  const file = memoryFile(join(stateDir, 'twins'), machine);
  return {
    memory: await peekSealed(hostDisk, file, decodeMemory),
    versions: (await peekSealed(hostDisk, versionsFile(file), decodeVersions)) ?? [],
  };
}

/** What the history has of a machine; undefined without one, and where it cannot be read: then the files have a copy. */
export async function recalled(stateDir: string, machine: string): Promise<Known | undefined> {
  const file = join(stateDir, 'history.db');
  if (!existsSync(file)) return undefined;
  const [{ openReader }, { recallMachine }] = await Promise.all([
    import('../history/reader/open.ts'),
    import('../runtime/twins/commits.ts'),
  ]);
  try {
    const reader = openReader(file);
    try {
      const texts = await reader.memory();
      return recallMachine({ recall: (key) => texts.get(key) }, machine);
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof GemError && error.code.endsWith('_NEWER')) throw error;
    return undefined;
  }
}

/** The one machine there is, when none was named. */
export async function onlyMachine(stateDir: string): Promise<string> {
  const there = await keptMachines(stateDir);
  if (there.length === 1) return there[0]!;
  const dir = join(stateDir, 'twins');
  if (there.length === 0) throw new GemError('GEM_MEMORY_NONE', { what: 'any machine', dir });
  throw new GemError('GEM_USAGE', { why: `say which machine: ${there.join(', ')}` });
}

export interface Granted {
  readonly answer: Extract<TwinAnswer, { ok: true }>;
  /** Whether a gateway did it, or the files alone were changed. */
  readonly running: boolean;
}

/** Done by the gateway that runs, or to its files when none does; throws when it was refused. */
export async function grant(stateDir: string, wish: TwinWish): Promise<Granted> {
  const [{ mailboxOf }, { isRunning, whileOffline }, { askGateway }, { applyOffline }, { models }] =
    await Promise.all([
      import('../runtime/twins/mailbox.ts'),
      import('../runtime/twins/presence.ts'),
      import('../runtime/twins/ask.ts'),
      import('../runtime/twins/offline.ts'),
      import('../core/models/index.ts'),
    ]);
  const folder = mailboxOf(stateDir);
  const ask = async () => told(await askGateway(folder, wish), true);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (await isRunning(folder)) return await ask();
    const answer = await whileOffline(folder, async () =>
      applyOffline(stateDir, wish, models, Date.now(), await recalled(stateDir, wish.machine)),
    );
    // One has started meanwhile.
    return answer === undefined ? await ask() : told(answer, false);
  } catch (error) {
    if (error instanceof GemError) throw error;
    throw new GemError('GEM_STATE_UNWRITABLE', { dir: folder, why: (error as Error).message }, error);
  }
}

function told(answer: TwinAnswer, running: boolean): Granted {
  if (!answer.ok) throw new GemError('GEM_REQUEST_REFUSED', { why: answer.why });
  return { answer, running };
}

/** What was done, for people: what changed, before → after. */
export function grantedText({ answer, running }: Granted): string {
  const width = Math.max(0, ...answer.changes.map(({ name }) => name.length));
  const lines = answer.changes.map(
    ({ name, before, after }) =>
      `  ${name.padEnd(width)}  ${before === null ? '-' : digits(before)} → ${digits(after)}`,
  );
  const note = running
    ? []
    : ['No gateway runs here: it was done to what is kept, for the next one that starts.'];
  return `${[answer.text, ...lines, ...note].join('\n')}\n`;
}

export function grantedJson(machine: string, { answer, running }: Granted): string {
  const { text, changes, version } = answer;
  return `${JSON.stringify({ machine, text, changes, version, running }, null, 2)}\n`;
}

export function digits(value: number): string {
  return String(Number(value.toPrecision(5)));
}
