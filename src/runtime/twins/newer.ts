// Of two memories of a machine, one in the history and one in the files: which is the one to go on from. Pure.
import type { MachineFilters } from './filters.ts';
import type { MachineMemory } from './memory.ts';
import { type MachineNormals, newerNormals } from './normals.ts';
import type { ParameterVersion } from './versions.ts';

export interface Known {
  readonly memory: MachineMemory | undefined;
  readonly versions: readonly ParameterVersion[];
  readonly filters?: MachineFilters | undefined;
  readonly normals?: MachineNormals | undefined;
}

/** The one that was written last: by the count of writings, and where one has none by the clock. */
export function newerOf(recalled: Known | undefined, files: Known): Known {
  const normals = newerNormals(recalled?.normals, files.normals);
  if (recalled?.memory === undefined) return { ...files, versions: listOf(files, recalled), normals };
  if (files.memory === undefined) return { ...recalled, versions: listOf(recalled, files), normals };
  const isFile = isNewer(files.memory, recalled.memory);
  const [newer, older] = isFile ? [files, recalled] : [recalled, files];
  return { memory: newer.memory, versions: listOf(newer, older), filters: recalled.filters, normals };
}

function isNewer(one: MachineMemory, other: MachineMemory): boolean {
  if (one.writing === undefined || other.writing === undefined) return one.timeMs > other.timeMs;
  return one.writing > other.writing;
}

/** Its own, unless the other's goes further: one of the two may have been written while the other could not be. */
function listOf(own: Known, other: Known | undefined): readonly ParameterVersion[] {
  const newest = ({ versions }: Known) => versions.at(-1)?.version ?? 0;
  return other !== undefined && newest(other) > newest(own) ? other.versions : own.versions;
}
