// A file that is there whole or not at all, with the generation before it beside it: written to a temporary file in the
// same folder, synced, renamed, and the folder synced. Never two writes at once, and never on the tick.
import { constants } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The calls that can fail, so that a test can have them fail. */
export interface Disk {
  read(file: string): Promise<Buffer>;
  /** Written and synced. */
  write(file: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Makes renames in a folder last. */
  syncFolder(folder: string): Promise<void>;
}

export const hostDisk: Disk = {
  read: (file) => readFile(file),
  async write(file, text) {
    await mkdir(dirname(file), { recursive: true, mode: folderMode });
    const handle = await open(file, 'w', fileMode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  rename: (from, to) => rename(from, to),
  async syncFolder(folder) {
    const handle = await open(folder, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

const folderMode = 0o750;
const fileMode = 0o640;

export function previousOf(file: string): string {
  return `${file}.previous`;
}

/** Throws when it could not; then the file is as it was, or the generation before is. */
export async function writeSealed(disk: Disk, file: string, text: string): Promise<void> {
  const fresh = `${file}.new`;
  await disk.write(fresh, text);
  await disk.rename(file, previousOf(file)).catch(ignoreMissing);
  await disk.rename(fresh, file);
  await disk.syncFolder(dirname(file));
}

export interface Read<T> {
  readonly value: T | undefined;
  /** In words, what was wrong with the files; empty when nothing was. */
  readonly damage: string;
}

/**
 * The file, or where it is damaged or missing the generation before. What is damaged is put aside and kept. Throws what
 * `decode` throws: that is no damage.
 */
export async function readSealed<T>(
  disk: Disk,
  file: string,
  decode: (text: string, file: string) => T | undefined,
): Promise<Read<T>> {
  const damages: string[] = [];
  for (const each of [file, previousOf(file)]) {
    const text = await readIfThere(disk, each);
    if (text === undefined) continue;
    const value = decode(text, each);
    if (value !== undefined) return { value, damage: damages.join('; ') };
    damages.push(await putAside(disk, each));
  }
  return { value: undefined, damage: damages.join('; ') };
}

/** Nothing is put aside: for those who only look. */
export async function peekSealed<T>(
  disk: Disk,
  file: string,
  decode: (text: string, file: string) => T | undefined,
): Promise<T | undefined> {
  return (await readSealed({ ...disk, rename: async () => {} }, file, decode)).value;
}

/** One is kept, the latest: a disk that damages files is not to fill itself with them. */
async function putAside(disk: Disk, file: string): Promise<string> {
  const aside = `${file}.damaged`;
  try {
    await disk.rename(file, aside);
    return `${file} is damaged and was put aside as ${aside}`;
  } catch (error) {
    return `${file} is damaged, and cannot be put aside: ${(error as Error).message}`;
  }
}

async function readIfThere(disk: Disk, file: string): Promise<string | undefined> {
  try {
    return (await disk.read(file)).toString();
  } catch (error) {
    return ignoreMissing(error);
  }
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return undefined;
}
