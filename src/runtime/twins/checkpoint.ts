// Writes what the twins remember, a machine at a time, beside the ticks: never two writings at once, and none that a
// tick waits for. With a history it goes into its commits, and now and then into files as a copy; without one, or where
// it cannot, into files. A disk that fails or hangs is told of once, and tried again.
import type { AlarmBook } from '../../core/alarm/book.ts';
import { GemError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { needsOccurrences } from '../alarms/occurrences.ts';
import { createCommits } from './commits.ts';
import { type CheckpointParts, everyMs, type Kept } from './kept.ts';
import { isAbove, isBeyond } from './reserve.ts';
import { createWriting } from './writing.ts';

/** While a machine rests. */
const restingEveryMs = 10_000;
/** After a writing the next one with alarms that are not as they were comes so soon: the first of them waits for nothing. */
const alarmsEveryMs = 200;
/** A writing that takes longer is told of. */
const slowMs = 5000;
/** These do not pass by themselves. */
const lasting = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EISDIR']);

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

export function createCheckpoints(parts: CheckpointParts): Checkpoints {
  const { all, clock, log, folder, memory } = parts;
  let writing: Promise<void> | undefined;
  let begunMs = 0;
  let over = false;
  const trouble = createTrouble(folder, log);
  const writeMachine = createWriting(parts, memory && createCommits(memory, parts.patienceMs));

  const write = async (kept: Kept, clean: boolean) => {
    const waiting = kept.waiting.splice(0);
    kept.dueMs = clock.monotonicMs() + everyMs;
    try {
      await writeMachine(kept, clean ? 'last' : 'due');
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
        // What failed is not tried at every tick.
        const isDue = isAtTime(parts, kept, nowMs) || (trouble.why === '' && isEarly(parts, kept, nowMs));
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
          await writeMachine(kept, 'first');
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

/** Whether it is its time: that of a machine that rests comes more rarely. */
function isAtTime({ core, clock }: CheckpointParts, kept: Kept, nowMs: number): boolean {
  const isOther = core.books[kept.machine]!.changes !== kept.normalsWritten;
  const rests = !hasMoved(kept, clock.nowMs()) && !isOther;
  return nowMs >= kept.dueMs + (rests ? restingEveryMs - everyMs : 0);
}

/** Whether somebody waits for it, an alarm is not as it was, or more is told than it reserves. */
function isEarly({ core, reserve, memory }: CheckpointParts, kept: Kept, nowMs: number): boolean {
  if (kept.waiting.length > 0) return true;
  const isOther = core.books[kept.machine]!.changes !== kept.alarmsWritten;
  if (isOther && nowMs >= kept.dueMs - everyMs + alarmsEveryMs) return true;
  return reserve && hasOutgrown(kept, core.books[kept.machine]!, memory !== undefined);
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

/** Beyond what may be told, or beyond what the copy in the files would restart at. */
function hasOutgrown(kept: Kept, book: AlarmBook, inCommits: boolean): boolean {
  const { reserve, twin, copied } = kept;
  if (needsOccurrences(book, kept.occurrencesDurable)) return true;
  return isBeyond(reserve, twin) || (inCommits && isAbove(copied, reserve.state, twin));
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
