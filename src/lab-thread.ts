// What a thread of the lab runs: one job at a time, behind all other threads of the process. Started by the lab's pool.
import { profileFrom } from './core/forecast/load-book.ts';
import { riskOf } from './core/forecast/risk.ts';
import { models } from './core/models/index.ts';
import { giveWay } from './history/reader/give-way.ts';
import type { LabAnswer, LabTask } from './runtime/lab.ts';

export function doLabTask({ job }: LabTask): LabAnswer {
  giveWay();
  const begunMs = performance.now();
  const model = models.get(job.model);
  if (model === undefined) throw new RangeError(`unknown model ${job.model}`);
  const answer = riskOf({ ...job, load: profileFrom(model, job.load) }, model);
  return { answer, tookMs: performance.now() - begunMs };
}
