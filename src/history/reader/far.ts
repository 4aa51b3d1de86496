// The reader's thread as the gateway's sees it: started when it is first needed, and again when it died. Must not start
// one after the other without a pause when none of them gets as far as an answer.
import { Worker } from 'node:worker_threads';
import type { FromReader, ToReader } from './message.ts';

type Asked = ToReader & { kind: 'ask' };

export interface FarOptions {
  readonly entry: URL;
  readonly file: string;
}

export interface FarEvents {
  message(message: FromReader): void;
  /** With these questions. */
  died(ids: readonly number[], why: string): void;
  /** Those that have no answer yet. */
  waiting(): Asked[];
}

export interface Far {
  readonly restarts: number;
  ask(message: Asked): void;
  cancel(id: number): void;
  stop(): Promise<void>;
}

/** Beside its columns, which are not in the heap. */
const heapMaxMb = 256;
/** The pause before the thread that follows one which answered nothing, and the longest. */
const pauseMs = { first: 100, most: 10_000 };
const stopMs = 2000;

export function createFar(options: FarOptions, events: FarEvents): Far {
  let worker: Worker | undefined;
  let asked = new Set<number>();
  let pause: NodeJS.Timeout | undefined;
  let deathsInARow = 0;
  let restarts = 0;
  let stopped = false;

  const lost = (why: string) => {
    worker = undefined;
    const ids = [...asked];
    asked = new Set();
    if (stopped) return;
    restarts++;
    const delayMs = deathsInARow === 0 ? 0 : Math.min(pauseMs.most, pauseMs.first * 2 ** (deathsInARow - 1));
    deathsInARow++;
    pause = setTimeout(() => {
      pause = undefined;
      for (const message of events.waiting()) post(message);
    }, delayMs);
    events.died(ids, why);
  };
  const heard = (message: FromReader) => {
    if ('id' in message) {
      asked.delete(message.id);
      deathsInARow = 0;
    }
    events.message(message);
  };
  const post = (message: Asked) => {
    if (stopped || pause !== undefined) return;
    try {
      worker ??= startWorker(options, heard, lost);
    } catch (error) {
      // The system gives no more threads: as if it had died at once.
      asked.add(message.id);
      return lost(wordsOf(error));
    }
    asked.add(message.id);
    worker.postMessage(message);
  };

  return {
    get restarts() {
      return restarts;
    },
    ask: post,
    cancel(id) {
      if (asked.delete(id)) worker?.postMessage({ kind: 'cancel', id } satisfies ToReader);
    },
    async stop() {
      stopped = true;
      clearTimeout(pause);
      if (worker !== undefined) await endWorker(worker);
    },
  };
}

function startWorker(
  { entry, file }: FarOptions,
  heard: (message: FromReader) => void,
  lost: (why: string) => void,
): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: heapMaxMb };
  const worker = new Worker(entry, { workerData: { file }, name: 'history reader', resourceLimits });
  let why: string | undefined;
  worker.on('message', heard);
  worker.on('error', (error: unknown) => {
    why = wordsOf(error);
  });
  worker.on('exit', (code) => lost(why ?? `exit code ${code}`));
  return worker;
}

async function endWorker(worker: Worker): Promise<void> {
  const exited = new Promise((resolve) => {
    worker.once('exit', resolve);
  });
  worker.postMessage({ kind: 'close' } satisfies ToReader);
  const late = setTimeout(() => void worker.terminate(), stopMs);
  await exited;
  clearTimeout(late);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
