// At the start: from the files of a machine to a twin that goes on where it was, and to a list of its parameter sets.

import type { Twin } from '../../core/twin.ts';
import type { TwinCommand } from '../../core/twin-command.ts';
import { GemError } from '../../errors.ts';
import type { Memory } from '../../ports/history.ts';
import type { Log } from '../../ports.ts';
import { recallMachine } from './commits.ts';
import { usableFilters } from './filters.ts';
import { type Kept, memoryFile, normalsFile, versionsFile } from './kept.ts';
import { decodeMemory, encodeMemory, type MachineMemory } from './memory.ts';
import { type Known, newerOf } from './newer.ts';
import { decodeNormals, usableNormals } from './normals.ts';
import { newReserve } from './reserve.ts';
import { planRestore, type Restored } from './restore.ts';
import { type Disk, readSealed, writeSealed } from './sealed-file.ts';
import { appendVersion, decodeVersions, encodeVersions, type ParameterVersion } from './versions.ts';

export interface MachineHere {
  readonly id: string;
  readonly machine: number;
  readonly twin: Twin;
  /** What the configuration states explicitly. */
  readonly stated: Readonly<Record<string, number>>;
}

export interface LoadParts {
  readonly folder: string;
  readonly disk: Disk;
  /** Of the history; undefined: files only. */
  readonly memory?: Pick<Memory, 'recall'> | undefined;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly gapMaxS: number;
  /** Applies it at once. */
  apply(command: TwinCommand, restored: Restored): void;
  /** For people: what is not as it was. */
  tell(text: string): void;
}

export async function loadMachine(here: MachineHere, parts: LoadParts): Promise<Kept> {
  const { folder, log, nowMs } = parts;
  const { id, twin } = here;
  const file = memoryFile(folder, id);
  const known = await readAll(here, parts, file);
  const { memory, versions } = known;
  const kept: Kept = {
    ...{ id, machine: here.machine, twin, file, versions, versionsWritten: versions.length > 0 },
    committed: undefined,
    ...{ reserve: newReserve(twin), configured: named(twin, twin.parameters), dueMs: 0, waiting: [] },
    movedMs: Number.NEGATIVE_INFINITY,
    last: new Float64Array(twin.model.wear?.length ?? 0),
    copied: new Float64Array(twin.model.wear?.length ?? 0),
    ...{ occurrencesDurable: 0, occurrencesCopied: 0, alarmsWritten: 0, normalsDueMs: 0, normalsWritten: 0 },
    ...{ writings: memory?.writing ?? 0, copyDueMs: 0, filtersDueMs: 0 },
  };
  const restored = memory && restore(here, parts, { ...known, memory }, kept);
  settleVersions(kept, memory, restored, nowMs());
  for (const [c, s] of kept.reserve.state.entries()) kept.last[c] = twin.state[s]!;
  log.debug({ machine: id, version: kept.versions.at(-1)?.version }, 'the twin is ready');
  return kept;
}

/** Of the history and of the files the one that was written last. */
async function readAll(here: MachineHere, parts: LoadParts, file: string): Promise<Known> {
  const recalled = parts.memory && recallMachine(parts.memory, here.id);
  const files = await readFiles(here, parts, file, recalled?.memory !== undefined);
  if (recalled !== undefined && recalled.damage !== '') parts.tell(`${here.id}: ${recalled.damage}`);
  const known = newerOf(recalled, files);
  const { id, twin } = here;
  const model = known.memory?.twin.model ?? twin.model.id;
  if (model === twin.model.id) return known;
  // Another kind of machine under the name of this one: whoever meant it finds the other's files beside.
  const aside = `.${model.replaceAll(/[^\w-]/g, '_')}`;
  for (const each of [file, versionsFile(file)]) await moveIfThere(parts.disk, each, each + aside);
  if (known.memory !== files.memory) await keepAside(parts.disk, file, aside, known);
  parts.tell(
    `${id}: its memory is of a ${model} (kept as ${file}${aside}), and this is a ${twin.model.id}: it begins anew`,
  );
  return { memory: undefined, versions: [] };
}

async function keepAside(
  disk: Disk,
  file: string,
  aside: string,
  { memory, versions }: Known,
): Promise<void> {
  if (memory === undefined) return;
  await writeSealed(disk, file + aside, encodeMemory(memory));
  if (versions.length > 0)
    await writeSealed(disk, versionsFile(file) + aside, encodeVersions(memory.machine, versions));
}

async function readFiles(
  { id }: MachineHere,
  parts: LoadParts,
  file: string,
  recalled: boolean,
): Promise<Known> {
  const memory = await read(parts, file, decodeMemory);
  const versions = await read(parts, versionsFile(file), decodeVersions);
  const normals = await read(parts, normalsFile(file), decodeNormals);
  const instead = recalled ? 'the history is used' : 'the writing before it is used';
  for (const { damage, value } of [memory, versions]) {
    if (damage !== '')
      parts.tell(`${id}: ${damage}${value === undefined && !recalled ? '' : `; ${instead}`}`);
  }
  if (memory.value === undefined && memory.damage !== '' && !recalled) {
    parts.tell(`${id}: neither its memory nor the one before can be read: wear and parameters begin anew`);
  }
  return { memory: memory.value, versions: versions.value ?? [], normals: normals.value };
}

async function moveIfThere(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function read<T>(
  { disk }: LoadParts,
  file: string,
  decode: (text: string, file: string) => T | undefined,
) {
  try {
    return await readSealed(disk, file, decode);
  } catch (error) {
    if (error instanceof GemError) throw error;
    // To go on without would be to begin with a new machine: that is for people to decide.
    const why = (error as Error).message;
    throw new GemError('GEM_FILE_UNREADABLE', { what: 'the memory of a twin', file, why }, error);
  }
}

function restore(
  here: MachineHere,
  parts: LoadParts,
  { memory, filters, normals }: Known & { readonly memory: MachineMemory },
  kept: Kept,
): Restored {
  const { id: machine, twin, stated } = here;
  const newest = kept.versions.at(-1);
  const nowMs = parts.nowMs();
  const restored = planRestore({
    machine,
    model: twin.model,
    stated,
    memory,
    newest,
    filters: usableFilters(filters, twin.model, newest?.version ?? 0, nowMs),
    normals: usableNormals(normals, twin.model, newest?.version ?? 0, nowMs),
    nowMs,
    gapMaxS: parts.gapMaxS,
  });
  for (const note of restored.notes) parts.tell(note);
  parts.apply(restored.command, restored);
  // What may be told until the first writing is what the file of before promises.
  (twin.model.wear ?? []).forEach(({ component, state }, c) => {
    kept.reserve.durable[c] = memory.told[component] ?? memory.twin.state[state] ?? 0;
  });
  return restored;
}

/** The newest version is what the twin has; where it is not, one more says why. */
function settleVersions(
  kept: Kept,
  memory: MachineMemory | undefined,
  restored: Restored | undefined,
  timeMs: number,
): void {
  const { twin, configured } = kept;
  const append = (change: Pick<ParameterVersion, 'reason' | 'values'> & Partial<ParameterVersion>) => {
    kept.versions = appendVersion(kept.versions, { timeMs, ...change });
    kept.versionsWritten = false;
  };
  if (kept.versions.length === 0) append({ reason: 'configured', values: { ...configured } });
  const now = named(twin, twin.parameters);
  const newest = kept.versions.at(-1)!;
  const isSame = Object.entries(now).every(([name, value]) => newest.values[name] === value);
  if (isSame) return;
  const learnt = Object.entries(now).some(
    ([name, value]) => newest.values[name] !== value && configured[name] !== value,
  );
  append({
    reason: learnt ? 'set' : 'configured',
    group: learnt ? 'memory' : '',
    version: Math.max(newest.version + 1, memory?.version ?? 0),
    values: now,
    sigma: { ...restored?.command.memory.sigma },
  });
}

function named({ model }: Twin, values: Float64Array): Record<string, number> {
  return Object.fromEntries(model.parameters.map(({ name }, p) => [name, values[p]!]));
}
