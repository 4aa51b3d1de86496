// What a machine's twin remembers, in the commits of the history: on the disk together with the samples it comes from. A
// history that is slow or full is not waited for: then the caller has its files.
import type { Memory } from '../../ports/history.ts';
import { decodeFilters, type MachineFilters } from './filters.ts';
import { decodeMemory, type MachineMemory } from './memory.ts';
import { decodeNormals, type MachineNormals } from './normals.ts';
import { decodeVersions, type ParameterVersion } from './versions.ts';

/** A commit takes some 20 ms. */
const usualPatienceMs = 2000;

/** Sealed, each of them. */
export interface Texts {
  readonly memory: string;
  /** Absent: as they were. */
  readonly versions?: string | undefined;
  readonly filters?: string | undefined;
  readonly normals?: string | undefined;
}

export interface Commits {
  /** Resolves to whether all of it is durable. */
  put(machine: string, texts: Texts): Promise<boolean>;
}

const kinds = ['memory', 'versions', 'filters', 'normals'] as const;
type Kind = (typeof kinds)[number];

/** Under which a text is kept. */
export function memoryKey(machine: string, kind: Kind): string {
  return `twins/${machine}/${kind}`;
}

export function isMemoryKey(key: string): boolean {
  return key.startsWith('twins/') && key.endsWith('/memory');
}

/** `patienceMs`: a test has less. */
export function createCommits(
  memory: Pick<Memory, 'remember'>,
  patienceMs: number = usualPatienceMs,
): Commits {
  /** That took too long, and are still on their way: nothing is added to them, and nobody else waits. */
  let overdue = 0;
  return {
    async put(machine, texts) {
      if (overdue > 0) return false;
      const entries = kinds.flatMap((kind) => {
        const text = texts[kind];
        return text === undefined ? [] : [{ key: memoryKey(machine, kind), text }];
      });
      const done = memory.remember(entries).then(
        () => true,
        () => false,
      );
      const inTime = await within(patienceMs, done);
      if (inTime !== undefined) return inTime;
      overdue++;
      void done.then(() => overdue--);
      return false;
    },
  };
}

/** Undefined when it takes longer. */
function within(ms: number, done: Promise<boolean>): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    void done.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

export interface Recalled {
  readonly memory: MachineMemory | undefined;
  readonly versions: readonly ParameterVersion[];
  readonly filters: MachineFilters | undefined;
  readonly normals: MachineNormals | undefined;
  /** In words, what could not be read; empty when all could. */
  readonly damage: string;
}

/** Throws for what a later version has written. */
export function recallMachine({ recall }: Pick<Memory, 'recall'>, machine: string): Recalled {
  const damages: string[] = [];
  const read = <T>(kind: Kind, decode: (text: string, file: string) => T | undefined): T | undefined => {
    const text = recall(memoryKey(machine, kind));
    if (text === undefined) return undefined;
    const value = decode(text, `history (${memoryKey(machine, kind)})`);
    if (value === undefined) damages.push(`its ${kind} in the history cannot be read`);
    return value;
  };
  const memory = read('memory', decodeMemory);
  const versions = read('versions', decodeVersions) ?? [];
  const filters = read('filters', decodeFilters);
  const normals = read('normals', decodeNormals);
  return { memory, versions, filters, normals, damage: damages.join('; ') };
}
