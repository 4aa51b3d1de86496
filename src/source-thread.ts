// What a source on a thread of its own runs: a composition root of one part. Started by gateway.ts, never imported.
import { parentPort, workerData } from 'node:worker_threads';
import { serveSource } from './runtime/thread/serve.ts';
import { createLoneSource, type LoneSourceConfig } from './sources/index.ts';

export interface SourceThreadData {
  readonly name: string;
  readonly config: LoneSourceConfig;
  readonly pkiDir: string;
  /** As many tags as the gateway will take of it. */
  readonly tagsMax: number;
}

const { name, config, pkiDir, tagsMax } = workerData as SourceThreadData;
serveSource(parentPort!, { tagsMax }, ({ clock, log }) =>
  createLoneSource(name, config, { clock, log, pkiDir }),
);
