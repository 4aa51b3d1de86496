// A disk of a few megabytes that can be filled: a tmpfs of its own. Needs root (or sudo that asks nothing); a root for
// whom it cannot be mounted is told so by a failure, not by a test that is left out.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk extends Disposable {
  readonly path: string;
  readonly freeBytes: number;
  /** Writes a file of somebody else until nothing more goes on the disk; again: until that is so again. */
  fill(): void;
  /** That file is gone. */
  clear(): void;
}

const asRoot: readonly string[] | undefined = (() => {
  if (process.getuid?.() === 0) return [];
  try {
    execFileSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
    return ['sudo', '-n'];
  } catch {
    return undefined;
  }
})();

/** Whether this user may mount one at all. */
export const canMount = asRoot !== undefined;

export function smallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'gemel-small-disk-'));
  const owner = `uid=${process.getuid?.() ?? 0}`;
  asRootRun('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,${owner}`, 'tmpfs', path);
  const file = join(path, 'of-somebody-else');
  const free = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  return {
    path,
    get freeBytes() {
      return free();
    },
    fill() {
      const handle = openSync(file, 'a');
      try {
        for (const size of [2 ** 20, 2 ** 16, 4096]) writeUntilFull(handle, Buffer.alloc(size, 1));
      } finally {
        closeSync(handle);
      }
    },
    clear: () => rmSync(file, { force: true }),
    [Symbol.dispose]() {
      asRootRun('umount', '-l', path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function writeUntilFull(handle: number, chunk: Buffer): void {
  try {
    while (writeSync(handle, chunk) === chunk.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

function asRootRun(...command: string[]): void {
  const [program, ...parameters] = [...(asRoot ?? []), ...command];
  execFileSync(program!, parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
}
