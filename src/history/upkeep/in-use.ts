// Whether a gateway has the history now. Must never be asked in the gateway's own process: it would take its lock.
import { existsSync } from 'node:fs';
import { GemError } from '../../errors.ts';
import { lockFileOf, lockHistory } from '../lock.ts';

export function isInUse(file: string): boolean {
  if (!existsSync(lockFileOf(file))) return false;
  try {
    lockHistory(file).release();
    return false;
  } catch (error) {
    if (error instanceof GemError && error.code === 'GEM_STATE_LOCKED') return true;
    throw error;
  }
}

/** Does the work while no gateway can begin. */
export async function whileUnused<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
  const lock = lockOr(file, what);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

function lockOr(file: string, what: string) {
  try {
    return lockHistory(file);
  } catch (error) {
    if (!(error instanceof GemError) || error.code !== 'GEM_STATE_LOCKED') throw error;
    throw new GemError('GEM_HISTORY_BUSY', { file, what }, error);
  }
}
