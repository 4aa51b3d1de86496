// What each twin goes on from after a restore: the backup, or the copy in its files, whichever was written later. The wear
// of a machine does not go back because its history did; but nobody should have to find that out. Changes nothing.
import { dirname, join } from 'node:path';
import { inFiles, keptMachines, recalled } from './twin-files.ts';

export interface TwinAfter {
  readonly machine: string;
  readonly from: 'backup' | 'files' | 'nothing';
  /** When that was written; null for nothing. */
  readonly written: string | null;
  /** When the other one was; null where there is none. */
  readonly otherWritten: string | null;
  /** Where the copy in the files is. */
  readonly file: string;
  /** Why one of them cannot be read; empty when both can. */
  readonly trouble: string;
}

export async function twinsAfter(history: string): Promise<TwinAfter[]> {
  const stateDir = dirname(history);
  const machines = new Set([...(await inHistory(history)), ...(await keptMachines(stateDir))]);
  return Promise.all([...machines].toSorted().map((machine) => twinAfter(stateDir, machine)));
}

async function inHistory(history: string): Promise<string[]> {
  const [{ openReader }, { isMemoryKey }] = await Promise.all([
    import('../history/reader/open.ts'),
    import('../runtime/twins/commits.ts'),
  ]);
  const reader = openReader(history);
  try {
    return [...(await reader.memory()).keys()].filter(isMemoryKey).map((key) => key.split('/')[1]!);
  } finally {
    reader.close();
  }
}

async function twinAfter(stateDir: string, machine: string): Promise<TwinAfter> {
  const { newerOf } = await import('../runtime/twins/newer.ts');
  const file = join(stateDir, 'twins', `${machine}.json`);
  try {
    const [backup, files] = [await recalled(stateDir, machine), await inFiles(stateDir, machine)];
    const { memory } = newerOf(backup, files);
    const isFile = memory === files.memory;
    const other = isFile ? backup?.memory : files.memory;
    return {
      ...{ machine, file, trouble: '', from: memory === undefined ? 'nothing' : isFile ? 'files' : 'backup' },
      ...{ written: timeText(memory), otherWritten: timeText(other) },
    };
  } catch (error) {
    const trouble = (error as Error).message;
    return { machine, file, trouble, from: 'nothing', written: null, otherWritten: null };
  }
}

function timeText(memory: { readonly timeMs: number } | undefined): string | null {
  return memory === undefined ? null : new Date(memory.timeMs).toISOString();
}

export function twinText({ machine, from, written, otherWritten, file, trouble }: TwinAfter): string {
  if (trouble !== '') return `${machine}: ${trouble}`;
  if (from === 'nothing') return `${machine}: what its twin remembers cannot be read: it begins anew`;
  if (from === 'backup') {
    const instead = otherWritten === null ? '' : `; its copy in ${file}, of ${otherWritten}, is older`;
    return `${machine}: its twin goes on from the backup, of ${written}${instead}`;
  }
  if (otherWritten === null)
    return `${machine}: the backup remembers nothing of it: its twin goes on from ${file}, of ${written}`;
  const files = file.replace(/json$/, '*');
  return `${machine}: its twin goes on from ${file}, of ${written}: newer than the backup, of ${otherWritten}. To go on from the backup move ${files} away before the gateway starts`;
}
