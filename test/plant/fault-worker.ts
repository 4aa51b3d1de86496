// Meets runs of the fault campaign on a thread: the plant's physics and the core are both plain computing.
// No test of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { meetRun } from './fault-campaign.ts';
import { type RunRecord, type RunSpec, readRecord, recordRun, writeRecord } from './fault-record.ts';

export interface FaultWorkerData {
  readonly runs: readonly RunSpec[];
  /** Where what reached the gateway in a run is kept, to meet it again; empty: nowhere. */
  readonly folder: string;
}

const { runs, folder } = workerData as FaultWorkerData;

function recordOf(spec: RunSpec): RunRecord {
  if (folder === '') return recordRun(spec);
  const file = join(folder, `${spec.seed}.run`);
  if (existsSync(file)) {
    const kept = readRecord(file);
    if (JSON.stringify(kept.spec) === JSON.stringify(spec)) return kept;
  }
  const record = recordRun(spec);
  writeRecord(file, record);
  return record;
}

for (const spec of runs) parentPort?.postMessage(meetRun(recordOf(spec)));
