// The folder for what outlives a restart: there and ours to write, or one clear error before anything starts.
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { GemError } from '../errors.ts';

const mode = 0o750;

export function prepareStateDir(dir: string): void {
  try {
    makeDir(dir);
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new GemError('GEM_STATE_UNWRITABLE', { dir, why: (error as Error).message }, error);
  }
}

/** Level by level: mkdir's own `recursive` tries for ever where a file system answers ENOENT, as /proc does. */
function makeDir(dir: string): void {
  try {
    mkdirSync(dir, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(dir).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(dir) === dir) throw error;
    makeDir(dirname(dir));
    mkdirSync(dir, { mode });
  }
}
