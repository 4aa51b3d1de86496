// Where the writer lives, as the gateway's thread sees it: a thread of its own, or this one for tests under a clock of
// their own. Knows nothing of what is said.
import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Writer } from '../commit.ts';
import type { FromWriter, ToWriter } from './message.ts';
import { type ServeParts, serveWriter } from './serve.ts';

export interface WriterHost {
  post(message: ToWriter): void;
  /** Ends it, whatever it is doing; resolves when it is gone. */
  end(): Promise<void>;
}

export interface HostEvents {
  message(message: FromWriter): void;
  /** It is gone, and why. */
  lost(why: string): void;
}

export type SpawnWriter = (events: HostEvents) => WriterHost;

/** `entry`: a module that serves a writer on its `parentPort`; `data`: what it finds as its `workerData`. */
export function writerThread(entry: URL, data: unknown): SpawnWriter {
  return (events) => {
    let worker: Worker;
    try {
      worker = new Worker(entry, { workerData: data, name: 'history writer' });
    } catch (error) {
      // The system gives no more threads: as if it had died at once, and another is tried later.
      queueMicrotask(() => events.lost(wordsOf(error)));
      return { post() {}, async end() {} };
    }
    let why: string | undefined;
    worker.on('message', (message: FromWriter) => events.message(message));
    worker.on('error', (error) => {
      why = wordsOf(error);
    });
    worker.on('exit', (code) => events.lost(why ?? `exit code ${code}`));
    return {
      post: (message) => worker.postMessage(message),
      async end() {
        await worker.terminate();
      },
    };
  };
}

/** On this thread, one thing a turn. */
export function nearWriter(parts: ServeParts): SpawnWriter {
  return (events) => {
    const soon = parts.soon ?? setImmediate;
    const inward = new EventEmitter();
    let over = false;
    let writer: Writer | undefined;
    const open: ServeParts['open'] = (tell) => {
      writer = parts.open(tell);
      return writer;
    };
    soon(() => {
      const port = {
        on: (event: 'message', listener: (message: ToWriter) => void) => inward.on(event, listener),
        postMessage: (message: FromWriter) => void (over || soon(() => over || events.message(message))),
      };
      if (!over) serveWriter(port, { ...parts, open });
    });
    return {
      post: (message) => soon(() => over || inward.emit('message', message)),
      async end() {
        over = true;
        inward.removeAllListeners();
        // A thread's end would let go of the file.
        try {
          writer?.close();
        } catch {
          // It was closed already.
        }
      },
    };
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
