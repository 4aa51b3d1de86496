// Writes what the twins remember, a machine at a time, beside the ticks: never two writings at once, and none that a
// tick waits for. A disk that fails or hangs is told of once, and tried again.
import { join } from 'node:path';
import { type Commanded, rememberTwin } from '../../core/command.ts';
import type { Twin } from '../../core/twin.ts';
import { workedLately } from '../../core/wear/watch.ts';
import { GemError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import type { GatewayClock } from '../clock.ts';
import { encodeMemory } from './memory.ts';
import { isBeyond, type Reserve, reserveAhead } from './reserve.ts';
import { type Disk, writeSealed } from './sealed-file.ts';
import { encodeVersions, type ParameterVersion } from './versions.ts';

/** While a machine works, and while it rests. */
const everyMs = 1000;
const restingEveryMs = 10_000;
/** A writing that takes longer is told of. */
const slowMs = 5000;
/** These do not pass by themselves. */
const lasting = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EISDIR']);

export interface Kept {
  readonly id: string;
  readonly machine: number;
  readonly twin: Twin;
  readonly reserve: Reserve;
  readonly file: string;
  configured: Readonly<Record<string, number>>;
  versions: readonly ParameterVersion[];
  versionsWritten: boolean;
  /** Gateway time at which anything moved that has to be kept. */
  movedMs: number;
  /** By component: the wear at the last look. */
  readonly last: Float64Array;
  dueMs: number;
  waiting: ((trouble: string) => void)[];
}

export interface Checkpoints {
  /** After a tick: begins what is due. */
  look(): void;
  /** Resolves when all that a machine is now is durable: to nothing, or to what was in the way. */
  durable(kept: Kept): Promise<string>;
  /** All machines, now. Throws where the disk will never take it. */
  first(): Promise<void>;
  /** All machines, for the last time; resolves when it is tried. */
  last(): Promise<void>;
}

/** `offsetMs`: wall minus gateway time, which a step of the wall clock sets apart. */
export type KeeperClock = Pick<GatewayClock, 'nowMs' | 'monotonicMs' | 'offsetMs'>;

export interface CheckpointParts {
  readonly core: Omit<Commanded, 'news' | 'frames'>;
  readonly all: readonly Kept[];
  readonly folder: string;
  readonly disk: Disk;
  readonly clock: KeeperClock;
  readonly log: Log;
  readonly gapMaxS: number;
  /** Control of a test: false reserves nothing. */
  readonly reserve: boolean;
}

export function versionsFile(file: string): string {
  return file.replace(/\.json$/, '.versions.json');
}

export function memoryFile(folder: string, machine: string): string {
  return join(folder, `${machine}.json`);
}

export function createCheckpoints(parts: CheckpointParts): Checkpoints {
  const { all, clock, log, folder } = parts;
  let writing: Promise<void> | undefined;
  let begunMs = 0;
  let over = false;
  const trouble = createTrouble(folder, log);

  const write = async (kept: Kept, clean: boolean) => {
    const waiting = kept.waiting.splice(0);
    kept.dueMs = clock.monotonicMs() + everyMs;
    try {
      await writeMachine(parts, kept, clean);
      trouble.end();
    } catch (error) {
      trouble.tell((error as Error).message);
    } finally {
      for (const resolve of waiting) resolve(trouble.why);
    }
  };

  const run = async (due: readonly Kept[]) => {
    for (const kept of due) await write(kept, false);
  };

  return {
    look() {
      const nowMs = clock.monotonicMs();
      const due: Kept[] = [];
      for (const kept of all) {
        const restMs = hasMoved(kept, clock.nowMs()) ? 0 : restingEveryMs - everyMs;
        const early = kept.waiting.length > 0 || (parts.reserve && isBeyond(kept.reserve, kept.twin));
        // What failed is not tried at every tick.
        const isDue = nowMs >= kept.dueMs + restMs || (early && trouble.why === '');
        if (isDue && writing === undefined) due.push(kept);
      }
      if (writing !== undefined && nowMs - begunMs > slowMs)
        trouble.tell(`a writing has taken ${Math.round((nowMs - begunMs) / 1000)} s`);
      if (due.length === 0) return;
      begunMs = nowMs;
      writing = run(due).finally(() => {
        writing = undefined;
      });
    },
    durable: (kept) =>
      new Promise((resolve) => {
        if (over) resolve('the gateway has stopped');
        else kept.waiting.push(resolve);
      }),
    async first() {
      for (const kept of all) {
        try {
          await writeMachine(parts, kept, false);
        } catch (error) {
          const { code = '', message } = error as NodeJS.ErrnoException;
          if (lasting.has(code))
            throw new GemError('GEM_STATE_UNWRITABLE', { dir: folder, why: message }, error);
          trouble.tell(message);
        }
        kept.dueMs = clock.monotonicMs() + everyMs;
      }
    },
    async last() {
      over = true;
      await writing;
      for (const kept of all) await write(kept, true);
      if (trouble.why !== '') throw new GemError('GEM_STATE_UNWRITABLE', { dir: folder, why: trouble.why });
    },
  };
}

/** Told when it begins and when it ends. */
function createTrouble(folder: string, log: Log) {
  let why = '';
  return {
    get why() {
      return why;
    },
    tell(reason: string) {
      const held =
        'what the twins remember cannot be written; the wear that is told is held at what is durable';
      if (why === '') log.error({ dir: folder, why: reason }, held);
      why = reason;
    },
    end() {
      if (why !== '') log.info({ dir: folder }, 'what the twins remember is written again');
      why = '';
    },
  };
}

async function writeMachine(parts: CheckpointParts, kept: Kept, clean: boolean): Promise<void> {
  const { disk, clock } = parts;
  const bounds = reserveAhead(kept.reserve, kept.twin, clock.monotonicMs(), everyMs);
  // Both of one moment, before anything is waited for.
  const text = memoryText(parts, kept, clean, bounds);
  const list = kept.versionsWritten ? undefined : encodeVersions(kept.id, kept.versions);
  kept.versionsWritten = true;
  try {
    if (list !== undefined) await writeSealed(disk, versionsFile(kept.file), list);
  } catch (error) {
    kept.versionsWritten = false;
    throw error;
  }
  await writeSealed(disk, kept.file, text);
  if (parts.reserve) kept.reserve.durable.set(bounds);
}

function memoryText(
  { core, clock, reserve, gapMaxS }: CheckpointParts,
  kept: Kept,
  clean: boolean,
  bounds: Float64Array,
): string {
  const { id: machine, twin, configured, versions } = kept;
  const nowMs = clock.nowMs();
  const wear = clean || !reserve ? [] : (twin.model.wear ?? []);
  return encodeMemory({
    ...{ machine, clean, configured, gapMaxS, timeMs: nowMs + clock.offsetMs },
    working: workedLately(core.watches[kept.machine]!),
    told: Object.fromEntries(wear.map(({ component }, c) => [component, bounds[c]!])),
    version: versions.at(-1)?.version ?? 0,
    twin: rememberTwin(core, kept.machine),
  });
}

/** Whether there is anything new that must not be lost. */
function hasMoved(kept: Kept, nowMs: number): boolean {
  const { twin, reserve, last } = kept;
  let moved = !kept.versionsWritten;
  for (let c = 0; c < last.length; c++) {
    const wear = twin.state[reserve.state[c]!]!;
    if (wear === last[c]) continue;
    last[c] = wear;
    moved = true;
  }
  if (moved) kept.movedMs = nowMs;
  return nowMs - kept.movedMs <= everyMs;
}
