// Keeps the load of the machines in files: read at the start, written every ten minutes, one machine after another, and
// at the stop. Never on a tick; a disk that fails is told of once and costs the forecast nothing but its memory.
import { type LoadBook, unpackLoad } from '../../core/forecast/load-book.ts';
import type { Model } from '../../core/model.ts';
import { GemError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import type { GatewayClock } from '../clock.ts';
import { type Disk, readSealed, writeSealed } from '../twins/sealed-file.ts';
import { decodeLoad, encodeLoad, type LoadMemory, loadFile } from './load-file.ts';

export interface LoadKeeper {
  load(): Promise<void>;
  /** Once a tick: begins what is due. */
  look(nowMs: number): void;
  last(): Promise<void>;
}

export interface LoadKeeperParts {
  readonly disk: Disk;
  readonly log: Log;
  readonly stateDir: string;
  readonly clock: Pick<GatewayClock, 'monotonicMs'>;
  readonly machines: number;
  readonly periodS: number;
  id(machine: number): string;
  model(machine: number): Model;
  /** What is to be kept, of now. */
  kept(machine: number): LoadMemory;
  restore(machine: number, book: LoadBook): void;
}

const everyMs = 600_000;

export function createLoadKeeper(parts: LoadKeeperParts): LoadKeeper {
  const { disk, log, stateDir, machines } = parts;
  let writing: Promise<void> | undefined;
  let dueMs = Number.NaN;
  let next = 0;
  let complained = false;
  let loaded = false;

  const write = async (m: number) => {
    try {
      await writeSealed(disk, loadFile(stateDir, parts.id(m)), encodeLoad(parts.kept(m)));
      if (complained) log.info({ dir: stateDir }, 'the load of the machines is written again');
      complained = false;
    } catch (error) {
      if (!complained)
        log.warn(
          { dir: stateDir, why: (error as Error).message },
          'the load of the machines cannot be written',
        );
      complained = true;
    }
  };

  const read = async (m: number) => {
    const machine = parts.id(m);
    const { value, damage } = await readSealed(disk, loadFile(stateDir, machine), decodeLoad);
    if (damage !== '') {
      const instead = value === undefined ? 'its load is seen anew' : 'the writing before it is used';
      log.warn({ machine }, `${damage}; ${instead}`);
    }
    if (value === undefined || value.load.length === 0) return;
    const book = unpackLoad(parts.model(m), parts.periodS, value.load);
    if (book.blocks.length === 0)
      log.info({ machine }, 'the load that was kept is of another model; it is seen anew');
    parts.restore(m, book);
  };

  return {
    async load() {
      for (let m = 0; m < machines; m++) {
        try {
          await read(m);
        } catch (error) {
          // Also one of a newer gemel: it is not worth a gateway that does not start.
          const why = error instanceof GemError ? error.message : String((error as Error).message);
          log.warn({ machine: parts.id(m), why }, 'the load that was kept cannot be read; it is seen anew');
        }
      }
      loaded = true;
    },
    look(nowMs) {
      if (Number.isNaN(dueMs)) dueMs = nowMs + everyMs / machines;
      if (nowMs < dueMs || writing !== undefined) return;
      const m = next;
      next = (next + 1) % machines;
      dueMs = nowMs + everyMs / machines;
      // Behind what the tick has yet to tell.
      writing = new Promise<void>((resolve) => setImmediate(resolve))
        .then(() => write(m))
        .finally(() => {
          writing = undefined;
        });
    },
    async last() {
      await writing;
      // What was never read must not be written over.
      if (loaded) for (let m = 0; m < machines; m++) await write(m);
    },
  };
}
