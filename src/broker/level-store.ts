// Opens the broker's database folder. A damaged one is moved aside and a fresh one begun, so that a bad
// disk block never keeps the gateway down; a locked or unwritable one is the user's to mend.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { GemError } from '../errors.ts';
import type { Clock, Log } from '../ports.ts';

export interface LevelStoreOptions {
  readonly stateDir: string;
  readonly log: Log;
  readonly clock: Clock;
}

/** As the system says it in the words of LevelDB. */
const lacksRoom = /No space left on device|Disk quota exceeded/;

/** `load` reads what the broker needs at start: damage that only shows on reading counts as damage too. */
export async function openLevelStore<T>(
  { stateDir, log, clock }: LevelStoreOptions,
  load: (db: ClassicLevel) => Promise<T>,
): Promise<T> {
  const dir = join(stateDir, 'broker');
  await assertWritable(stateDir, dir);
  try {
    return await open(dir, load);
  } catch (error) {
    if (codeOf(error) === 'LEVEL_LOCKED') throw new GemError('GEM_STATE_LOCKED', { dir }, error);
    // There is nothing wrong with what is in it.
    if (lacksRoom.test(reasonOf(error)))
      throw new GemError('GEM_STATE_UNWRITABLE', { dir, why: reasonOf(error) }, error);
    const aside = join(stateDir, `broker.damaged-${stamp(clock.nowMs())}`);
    await rename(dir, aside);
    log.error(
      { dir, movedTo: aside, error: reasonOf(error) },
      'the broker database is damaged: moved aside, retained messages and sessions start empty',
    );
  }
  try {
    return await open(dir, load);
  } catch (error) {
    throw new GemError('GEM_STATE_UNWRITABLE', { dir, why: reasonOf(error) }, error);
  }
}

async function open<T>(dir: string, load: (db: ClassicLevel) => Promise<T>): Promise<T> {
  const db = new ClassicLevel(dir);
  await db.open();
  try {
    return await load(db);
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function assertWritable(stateDir: string, dir: string): Promise<void> {
  const probe = join(dir, '.writable');
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new GemError('GEM_STATE_UNWRITABLE', { dir: stateDir, why: reasonOf(error) }, error);
  }
}

/** abstract-level wraps the reason: "Database failed to open", with the true one as cause. */
function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return cause?.code ?? code;
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

function stamp(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:.]/g, '');
}
