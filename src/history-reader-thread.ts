// What the reader of the history runs on its thread. Started by gateway.ts, never imported.
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from './history/reader/give-way.ts';
import { type ServeReaderOptions, serveReader } from './history/reader/serve.ts';

giveWay();
serveReader(parentPort!, workerData as ServeReaderOptions);
