// A reader that dies of a question about tag 666, as of a fault in native code.
import { parentPort, workerData } from 'node:worker_threads';
import { type ServeReaderOptions, serveReader } from '../../../src/history/reader/serve.ts';

parentPort!.on('message', ({ about }: { about?: { tag?: number } | null }) => {
  if (about?.tag === 666) process.exit(1);
});
serveReader(parentPort!, workerData as ServeReaderOptions);
