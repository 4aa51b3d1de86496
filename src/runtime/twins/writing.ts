// One writing of a machine: what it is composed of, at one moment, and where it goes. Of a machine whose memory is in the
// commits of the history a copy goes to its files: rarely, and before the copy would cost what has been told.
import { filtersOf } from '../../core/calibrate/filters.ts';
import { rememberTwin } from '../../core/command.ts';
import { rememberDetection } from '../../core/detect/machine/memory.ts';
import { workedLately } from '../../core/wear/watch.ts';
import type { Log } from '../../ports.ts';
import { needsOccurrences, occurrencesAhead, withOccurrences } from '../alarms/occurrences.ts';
import type { Commits, Texts } from './commits.ts';
import { encodeFilters } from './filters.ts';
import { type CheckpointParts, everyMs, type Kept, normalsFile, versionsFile } from './kept.ts';
import { encodeMemory } from './memory.ts';
import { encodeNormals } from './normals.ts';
import { isAbove, reserveAhead, reserveFor } from './reserve.ts';
import { writeSealed } from './sealed-file.ts';
import { encodeVersions } from './versions.ts';

const copyEveryMs = 300_000;
/** Of a life: as much may be added to the wear of a component where only the copy is left. Then it is written anew. */
const copyAhead = 0.02;
/** A copy that could not be written. */
const copyAgainMs = 10_000;
/** They are larger than all else, and change slowly. */
const filtersEveryMs = 60_000;
const normalsEveryMs = 60_000;

/** `first` of a run, `last` of one that stops in order. */
export type Occasion = 'first' | 'due' | 'last';

/** Throws when it is durable nowhere, and where the first copy cannot be written. */
export type WriteMachine = (kept: Kept, occasion: Occasion) => Promise<void>;

export function createWriting(parts: CheckpointParts, commits: Commits | undefined): WriteMachine {
  const intoCommits = commits && committing(parts, commits);
  return async (kept, occasion) => {
    const bounds = reserveAhead(kept.reserve, kept.twin, parts.clock.monotonicMs(), everyMs);
    if (parts.reserve) narrow(kept.reserve.durable, bounds);
    kept.writings++;
    // Of this moment, whatever is waited for.
    const book = parts.core.books[kept.machine]!;
    const changes = book.changes;
    const upTo = occurrencesAhead(book, everyMs);
    const memory = memoryText(parts, kept, occasion === 'last', bounds, upTo);
    const isNew = !kept.versionsWritten;
    const normals = isNormalsDue(parts, kept, occasion, changes) ? normalsText(parts, kept) : undefined;
    const isCommitted = (await intoCommits?.(kept, occasion, { memory, normals }, bounds)) ?? false;
    if (!isCommitted) {
      await writeFiles(parts, kept, isNew ? versionsText(kept) : undefined, memory);
      if (normals !== undefined) await writeSealed(parts.disk, normalsFile(kept.file), normals);
      if (parts.reserve) kept.reserve.durable.set(bounds);
      // The files reserve no more than this now, whatever the copy before did.
      kept.copied.set(bounds);
      kept.occurrencesCopied = upTo;
    }
    kept.occurrencesDurable = upTo;
    kept.alarmsWritten = changes;
    if (normals === undefined) return;
    kept.normalsWritten = changes;
    kept.normalsDueMs = parts.clock.monotonicMs() + normalsEveryMs;
  };
}

/** While it is written, either may be what a crash leaves: no more is told than both promise. */
function narrow(durable: Float64Array, bounds: Float64Array): void {
  for (let c = 0; c < durable.length; c++) durable[c] = Math.min(durable[c]!, bounds[c]!);
}

/** Resolves to whether the commits have it. */
function committing(parts: CheckpointParts, commits: Commits) {
  const { clock } = parts;
  const writeCopy = createCopies(parts);
  return async (kept: Kept, occasion: Occasion, texts: Texts, bounds: Float64Array): Promise<boolean> => {
    const nowMs = clock.monotonicMs();
    const isDue = (dueMs: number) => occasion !== 'due' || nowMs >= dueMs;
    const filters = isDue(kept.filtersDueMs) ? filtersText(parts, kept) : undefined;
    const versions = kept.committed === kept.versions && occasion === 'due' ? undefined : versionsText(kept);
    const book = parts.core.books[kept.machine]!;
    const outgrown =
      isAbove(kept.copied, kept.reserve.state, kept.twin) || needsOccurrences(book, kept.occurrencesCopied);
    const upTo = occurrencesAhead(book, copyEveryMs);
    const isCopied = versions !== undefined || outgrown || isDue(kept.copyDueMs);
    const wide = reserveFor(kept.reserve, kept.twin, copyEveryMs, copyAhead).map((bound, c) =>
      Math.max(bound, bounds[c]!),
    );
    const copy = isCopied ? memoryText(parts, kept, occasion === 'last', wide, upTo) : undefined;
    const list = kept.versions;
    const isCommitted = await commits.put(kept.id, { ...texts, versions, filters });
    if (!isCommitted) return false;
    if (filters !== undefined) kept.filtersDueMs = nowMs + filtersEveryMs;
    if (parts.reserve) kept.reserve.durable.set(bounds);
    if (copy !== undefined) {
      kept.copyDueMs = nowMs + copyEveryMs;
      await writeCopy(kept, versions, copy, { bounds: wide, upTo }, occasion);
    }
    kept.committed = list;
    if (kept.versions === list) kept.versionsWritten = true;
    return true;
  };
}

/** What a text promises of wear and of alarms. */
interface Reserved {
  readonly bounds: Float64Array;
  readonly upTo: number;
}

/** A copy that fails is told of once, and takes nothing from what the commits have. */
function createCopies(parts: CheckpointParts) {
  const { clock, log, folder } = parts;
  let complained = false;
  return async (
    kept: Kept,
    versions: string | undefined,
    memory: string,
    { bounds, upTo }: Reserved,
    occasion: Occasion,
  ): Promise<void> => {
    try {
      await writeFiles(parts, kept, versions, memory);
      kept.copied.set(bounds);
      kept.occurrencesCopied = upTo;
      if (complained) log.info({ dir: folder }, 'the copy of what the twins remember is written again');
      complained = false;
    } catch (error) {
      if (occasion === 'first') throw error;
      // Until the next attempt nothing asks for it.
      kept.copied.fill(Number.POSITIVE_INFINITY);
      kept.occurrencesCopied = Number.POSITIVE_INFINITY;
      kept.copyDueMs = clock.monotonicMs() + copyAgainMs;
      if (!complained) complain(log, folder, error as Error);
      complained = true;
    }
  };
}

function complain(log: Log, dir: string, { message: why }: Error): void {
  log.warn({ dir, why }, 'the copy of what the twins remember cannot be written; the history has it');
}

async function writeFiles(
  { disk }: CheckpointParts,
  kept: Kept,
  versions: string | undefined,
  memory: string,
): Promise<void> {
  const list = kept.versions;
  if (versions !== undefined) await writeSealed(disk, versionsFile(kept.file), versions);
  await writeSealed(disk, kept.file, memory);
  if (versions !== undefined && kept.versions === list) kept.versionsWritten = true;
}

function versionsText({ id, versions }: Kept): string {
  return encodeVersions(id, versions);
}

function memoryText(
  { core, clock, reserve, gapMaxS }: CheckpointParts,
  kept: Kept,
  clean: boolean,
  bounds: Float64Array,
  occurrences: number,
): string {
  const { id: machine, twin, configured, versions, writings } = kept;
  const { twins, watches, calibrators, books } = core;
  const remembered = rememberTwin({ twins, watches, calibrators, books }, kept.machine);
  const wear = clean || !reserve ? [] : (twin.model.wear ?? []);
  return encodeMemory({
    ...{ machine, clean, configured, gapMaxS, timeMs: clock.nowMs() + clock.offsetMs, writing: writings },
    ...(core.lastTick >= 0 && { upToMs: core.startMs + core.lastTick * core.periodMs }),
    working: workedLately(core.watches[kept.machine]!),
    told: Object.fromEntries(wear.map(({ component }, c) => [component, bounds[c]!])),
    version: versions.at(-1)?.version ?? 0,
    twin: clean || !reserve ? remembered : withOccurrences(remembered, occurrences),
  });
}

function filtersText(
  { core, clock }: CheckpointParts,
  { id: machine, twin, machine: m, versions }: Kept,
): string {
  return encodeFilters({
    ...{ machine, timeMs: clock.nowMs() + clock.offsetMs },
    ...{ model: twin.model.id, modelVersion: twin.model.version },
    version: versions.at(-1)?.version ?? 0,
    groups: filtersOf(core.calibrators[m]!),
  });
}

/** With a new set of parameters, at the ends of a run; in a second with a new alarm; and now and then. */
function isNormalsDue({ clock }: CheckpointParts, kept: Kept, occasion: Occasion, changes: number): boolean {
  if (occasion !== 'due' || !kept.versionsWritten) return true;
  const sooner = changes === kept.normalsWritten ? 0 : normalsEveryMs - everyMs;
  return clock.monotonicMs() >= kept.normalsDueMs - sooner;
}

function normalsText(
  { core, clock }: CheckpointParts,
  { id: machine, twin, machine: m, versions }: Kept,
): string {
  return encodeNormals({
    ...{ machine, timeMs: clock.nowMs() + clock.offsetMs },
    ...{ model: twin.model.id, modelVersion: twin.model.version },
    version: versions.at(-1)?.version ?? 0,
    normals: rememberDetection(core.detections[m]!, core.frames[m]!),
  });
}
