// What a replay needs to know of a run besides its samples: what was done to the twins and before which tick, which ticks
// never were, what the core's state was now and then. It only hands on, and never makes a tick wait.
import { createHash } from 'node:crypto';
import { writeValue } from '../../core/snapshot-write.ts';
import { type Core, stateHash } from '../../core/step.ts';
import type { TwinCommand } from '../../core/twin-command.ts';
import type { Log } from '../../ports.ts';
import { packCore } from './packed-core.ts';

const hashEveryMs = 60_000;

/** As the history has it. It belongs before the step of its tick; `hash` and `end` after it. */
export interface RunAct {
  readonly tick: number;
  readonly kind: 'command' | 'skipped' | 'hash' | 'end';
  readonly text: string;
}

export interface RunRecordParts {
  readonly core: Core;
  readonly act: (act: RunAct) => void;
  /** Settles when it is on the disk or never will be: until then no other one is taken. */
  readonly snapshot: (snapshot: { readonly tick: number; readonly data: Uint8Array }) => Promise<unknown>;
  readonly snapshotEveryMs: number;
  readonly log: Log;
}

export interface RunRecord {
  /** Before it is applied. */
  command(command: TwinCommand): void;
  /** Before the step of a tick: the loop's `onBatch`. */
  batch(tick: number): void;
  /** After the step, once its news have been told, and before anything else is done to the core. */
  ticked(tick: number): void;
  /** After the last tick. Resolves when all is handed on. */
  end(): Promise<void>;
}

export function createRunRecord(parts: RunRecordParts): RunRecord {
  const { core, act, log } = parts;
  const every = (ms: number) => Math.max(1, Math.round(ms / core.periodMs));
  const [hashEvery, snapshotEvery] = [every(hashEveryMs), every(parts.snapshotEveryMs)];
  const waiting: string[] = [];
  let next = 0;
  let stepped = 0;
  let packing: Promise<void> = Promise.resolve();
  let isUnderWay = false;

  const handOn = async (tick: number, packed: Promise<Uint8Array>) => {
    try {
      const data = await packed;
      void parts.snapshot({ tick, data }).then(arrived, arrived);
    } catch (error) {
      arrived();
      log.error({ tick, err: error }, 'no snapshot could be taken of the twins');
    }
  };
  const arrived = () => {
    isUnderWay = false;
  };
  const take = (tick: number) => {
    // The one before is still on its way: a disk that is full does without, and memory does not fill with them.
    if (isUnderWay) return;
    isUnderWay = true;
    packing = handOn(tick, packCore(core));
  };
  const flush = (tick: number) => {
    for (const text of waiting.splice(0)) act({ tick, kind: 'command', text });
  };

  return {
    command(command) {
      waiting.push(JSON.stringify(command));
    },
    batch(tick) {
      if (tick > next) act({ tick: next, kind: 'skipped', text: `${tick - next}` });
      flush(tick);
      next = tick + 1;
    },
    ticked(tick) {
      stepped++;
      if (stepped % hashEvery === 0) act({ tick, kind: 'hash', text: stateHash(core) });
      if (stepped % snapshotEvery === 0) take(tick);
    },
    async end() {
      if (core.lastTick >= 0) act({ tick: core.lastTick, kind: 'end', text: stateHash(core) });
      await packing;
    },
  };
}

/**
 * Of all that a core computes with. `core` is fresh; `machines` is what the configuration says of them: which tag feeds
 * what is not in the core.
 */
export function fingerprintOf(core: Core, machines: unknown, version: string): string {
  if (core.lastTick >= 0) throw new RangeError('the fingerprint is that of a core that has not stepped');
  const hash = createHash('sha256');
  hash.update(JSON.stringify([version, machines]));
  hash.update(writeValue({ ...core, startMs: 0 }));
  return hash.digest('hex');
}
