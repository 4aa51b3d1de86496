// Who has the memory of the twins: a gateway that runs, or a command while none does; never both. A gateway shows its
// sign first and looks for a command then, a command the other way round: one of two always sees the other.
import { open, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GemError } from '../../errors.ts';

/** A sign that was not renewed for so long, of a process that cannot be looked for, is of one that is gone. */
const staleMs = 10_000;
/** How long another gateway is given to renew its sign, and a command to be done. */
const usualPatienceMs = 2000;
const lookEveryMs = 100;
const fileMode = 0o600;
const lacksRoom = new Set(['ENOSPC', 'EDQUOT']);

const aliveIn = (folder: string) => join(folder, 'alive');
const offlineIn = (folder: string) => join(folder, 'offline');

/** Throws when another gateway has it, or a command that does not end. */
export async function claim(folder: string, patienceMs = usualPatienceMs): Promise<void> {
  const locked = new GemError('GEM_STATE_LOCKED', { dir: folder });
  if (await isRenewed(aliveIn(folder), patienceMs)) throw locked;
  await show(aliveIn(folder));
  for (let waitedMs = 0; (await holder(offlineIn(folder))) !== 'nobody'; waitedMs += lookEveryMs) {
    if (waitedMs >= patienceMs) throw locked;
    await wait(lookEveryMs);
  }
}

/** On a full disk it is empty, and a sign all the same as long as it is renewed. */
async function show(file: string): Promise<void> {
  try {
    await writeFile(file, sign(), { mode: fileMode });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!lacksRoom.has(code)) throw error;
  }
}

export async function signOfLife(folder: string): Promise<void> {
  const now = new Date();
  await utimes(aliveIn(folder), now, now);
}

export async function release(folder: string): Promise<void> {
  await rm(aliveIn(folder), { force: true });
}

/** Whether a gateway has it. */
export async function isRunning(folder: string): Promise<boolean> {
  return (await holder(aliveIn(folder))) === 'somebody';
}

/** Does the work while no gateway can start; undefined when one runs. */
export async function whileOffline<T>(folder: string, work: () => Promise<T>): Promise<T | undefined> {
  const file = offlineIn(folder);
  if ((await holder(file)) === 'nobody') await rm(file, { force: true });
  try {
    await (
      await open(file, 'wx', fileMode).then(async (handle) => {
        await handle.writeFile(sign());
        return handle;
      })
    ).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new GemError('GEM_STATE_LOCKED', { dir: folder }, error);
  }
  try {
    return (await isRunning(folder)) ? undefined : await work();
  } finally {
    await rm(file, { force: true });
  }
}

function sign(): string {
  return JSON.stringify({ pid: process.pid, host: hostname() });
}

/** A sign of ours is nobody's: we are the one who asks. */
async function holder(file: string): Promise<'somebody' | 'nobody'> {
  const found = await readSign(file);
  if (found === undefined) return 'nobody';
  const { pid, host, ageMs } = found;
  if (host !== hostname()) return ageMs < staleMs ? 'somebody' : 'nobody';
  return pid !== process.pid && exists(pid) ? 'somebody' : 'nobody';
}

/** Processes get the numbers of others that are gone: who is there shows it by renewing the sign. */
async function isRenewed(file: string, patienceMs: number): Promise<boolean> {
  if ((await holder(file)) === 'nobody') return false;
  const first = await readSign(file);
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookEveryMs) {
    await wait(lookEveryMs);
    const now = await readSign(file);
    if (now === undefined) return false;
    if (now.mtimeMs !== first?.mtimeMs) return true;
  }
  return false;
}

async function readSign(file: string) {
  try {
    const { mtimeMs } = await stat(file);
    const { pid, host } = JSON.parse(await readFile(file, 'utf8')) as { pid?: unknown; host?: unknown };
    return { pid: Number(pid), host: String(host), mtimeMs, ageMs: Date.now() - mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // Half written, or not by us: somebody is at it.
    const age = await stat(file).catch(() => undefined);
    if (age === undefined) return undefined;
    return { pid: Number.NaN, host: '', mtimeMs: age.mtimeMs, ageMs: Date.now() - age.mtimeMs };
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
