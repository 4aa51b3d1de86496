// Commits samples and puts them into blocks as fast as it can, on a thread of its own, until it has done all.
import { workerData } from 'node:worker_threads';
import { createWriter } from '../../../src/history/writer.ts';
import { movingSample, receivedMs, tags } from './moving-samples.ts';
import { columnsOf } from './stored.ts';

const { file, progress, samples, keep } = workerData as {
  file: string;
  progress: Int32Array;
  samples: number;
  keep: Parameters<typeof createWriter>[0]['config']['keep'];
};
const group = 211;
const run = {
  startMs: receivedMs(0),
  periodMs: 100,
  openedMs: receivedMs(0),
  gemel: '0',
  site: '',
  fingerprint: '',
  config: '{}',
};
const writer = createWriter({
  ...{ file, run, config: { keep, ballastMb: 0 }, tell: () => undefined },
  tuning: { waitMs: 0, samplesPerTag: 1, samplesMin: 1500, samplesMax: 3000, sliceMs: 1 },
});
for (let from = 0; from < samples; from += group) {
  const to = Math.min(samples, from + group);
  const some = Array.from({ length: to - from }, (_, k) => movingSample(from + k));
  const nowMs = receivedMs(to);
  writer.commit({
    nowMs,
    tags:
      from > 0
        ? []
        : Array.from({ length: tags }, (_, index) => ({
            ...{ index, source: 'mill', name: `signal ${index}`, unit: '', kind: 'number', tier: 'raw' },
          })),
    samples: columnsOf(some),
    ...{ ledger: [], memory: [], events: [], acts: [], snapshots: [], cursors: [], gaps: [] },
  });
  Atomics.store(progress, 0, to);
  for (let k = 0; k < 3; k++) writer.work(nowMs);
  // As fast as the readers can follow, more or less.
  Atomics.wait(progress, 1, 0, 1);
}
writer.close();
Atomics.store(progress, 2, 1);
