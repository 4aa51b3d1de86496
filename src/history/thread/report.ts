// What the history says of itself when it is asked.
import type { HistoryReport } from '../../ports/history.ts';
import type { Desk } from './desk.ts';
import type { Gather } from './gather.ts';
import type { Latency } from './latency.ts';

export function reportOf(desk: Desk, gather: Gather, latency: Latency, committed: number): HistoryReport {
  const { trouble, sizes } = desk;
  const lacksRoom = gather.isFull ? 'more comes than the disk takes: samples are not kept' : '';
  return {
    state: trouble?.state ?? (gather.isFull ? 'full' : 'ok'),
    reason: trouble?.why ?? lacksRoom,
    ...sizes,
    samplesCommitted: committed,
    samplesDropped: gather.dropped,
    samplesWaiting: gather.waiting,
    commits: latency.count,
    commitP50Ms: latency.quantile(0.5),
    commitP99Ms: latency.quantile(0.99),
    commitSumMs: latency.sumMs,
  };
}
