// What the history says of itself, for a scrape: whether it is written, how much waits, how long a commit takes.
import type { HistoryReport } from '../../ports/history.ts';
import { type Family, newFamily } from './exposition.ts';

const states = ['ok', 'full', 'failed'] as const satisfies readonly HistoryReport['state'][];
/** The summary has two quantiles, a sum and a count. */
export const historySeries = 6 + states.length + 4;

export function newHistoryFamilies() {
  const gauge = (name: string, help: string, ...labels: readonly string[]): Family =>
    newFamily(`gemel_history_${name}`, 'gauge', help, labels);
  const counter = (name: string, help: string): Family => newFamily(`gemel_history_${name}`, 'counter', help);
  return {
    historyState: gauge(
      'state',
      '1 for the state of the history, 0 for the others; only in "ok" is all kept.',
      'state',
    ),
    historySamples: counter('samples_total', 'Samples that are on the disk, since the start; twins too.'),
    historyDropped: counter(
      'samples_dropped_total',
      'Samples that were not kept, since the start: the disk was full or too slow.',
    ),
    historyWaiting: gauge('samples_waiting', 'Samples that are not on the disk yet.'),
    historyBytes: gauge('bytes', 'Size of the history file.'),
    historyWal: gauge('wal_bytes', 'Size of its log, which is merged into it now and then.'),
    historyFree: gauge('free_bytes', 'Room that is left on its disk.'),
    historyCommits: newFamily(
      'gemel_history_commit_seconds',
      'summary',
      'From the first sample of a commit to its safety on the disk; quantiles of the last 512.',
      ['quantile'],
    ),
  };
}

type HistoryFamilies = ReturnType<typeof newHistoryFamilies>;

export function addHistory(families: HistoryFamilies, report: HistoryReport): void {
  for (const state of states) families.historyState.add(report.state === state ? 1 : 0, state);
  families.historySamples.add(report.samplesCommitted);
  families.historyDropped.add(report.samplesDropped);
  families.historyWaiting.add(report.samplesWaiting);
  families.historyBytes.add(report.bytes);
  families.historyWal.add(report.walBytes);
  families.historyFree.add(report.freeBytes);
  families.historyCommits.add(report.commitP50Ms / 1000, '0.5');
  families.historyCommits.add(report.commitP99Ms / 1000, '0.99');
  families.historyCommits.total((report.commitSumMs ?? 0) / 1000, report.commits);
}
