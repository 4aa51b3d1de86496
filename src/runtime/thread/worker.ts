// A worker thread as the far end of a source: the only place that starts one. It shares nothing with the gateway but
// the messages; it may die of an error or of its own heap, and the process lives on.
import { Worker } from 'node:worker_threads';
import type { FarEvents, Spawn } from './life.ts';
import type { FromFar } from './message.ts';

export interface WorkerOptions {
  /** What the entry finds as its `workerData`. */
  readonly data: unknown;
  /** For people who look at the threads of a process. */
  readonly name: string;
  /** Of its heap, in MB; absent: what the engine thinks right. */
  readonly heapMaxMb?: number;
}

export function workerSpawn(entry: URL, { data, name, heapMaxMb }: WorkerOptions): Spawn {
  return (events: FarEvents) => {
    const resourceLimits = heapMaxMb === undefined ? {} : { maxOldGenerationSizeMb: heapMaxMb };
    let worker: Worker;
    try {
      worker = new Worker(entry, { workerData: data, name, resourceLimits });
    } catch (error) {
      // The system gives no more threads: as if it had died at once, and another is tried later.
      queueMicrotask(() => events.lost(wordsOf(error)));
      return { post() {}, async end() {} };
    }
    let why: string | undefined;
    worker.on('message', (message: FromFar) => events.message(message));
    worker.on('error', (error) => {
      why = wordsOf(error);
    });
    worker.on('exit', (code) => events.lost(why ?? `exit code ${code}`));
    return {
      post: (message, transfer = []) => worker.postMessage(message, transfer),
      async end() {
        await worker.terminate();
      },
    };
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
