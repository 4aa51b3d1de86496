// What the writer of the history runs on its thread. Started by gateway.ts, never imported.
import { parentPort, workerData } from 'node:worker_threads';
import { HistoryFull } from './history/history-full.ts';
import { serveWriter } from './history/thread/serve.ts';
import { createWriter, type WriterOptions } from './history/writer.ts';

export interface WriterThreadData extends Omit<WriterOptions, 'tell'> {
  /** Of this run of the gateway, and of no other. */
  readonly token: string;
}

const { token, ...options } = workerData as WriterThreadData;
serveWriter(parentPort!, {
  token,
  openedMs: options.run.openedMs,
  open: (tell) => createWriter({ ...options, tell }),
  isFull: (error) => error instanceof HistoryFull,
});
