// The whole of what can be read, as functions over one way to ask.

import type { HistoryReader, HistoryTag } from '../../ports/history.ts';
import type { Snapshot } from '../commit.ts';
import type { Counts, StoredLedger } from '../query/ledger.ts';
import type { ActsQuery, SnapshotRow, StoredAct, StoredRun } from '../query/runs.ts';
import type { Ask } from './question.ts';

export interface FullReader extends HistoryReader {
  /** A stream has several tags where its unit or kind was changed: those that were named first come first. */
  resolveTags(source: string, name: string): Promise<readonly HistoryTag[]>;
  /** Oldest first. */
  runs(): Promise<readonly StoredRun[]>;
  /** In order of tick, of one tick as they came; at most `limit` of them. */
  acts(query: ActsQuery): Promise<readonly StoredAct[]>;
  /** Which there are of a run, without what is in them. */
  snapshots(run: number): Promise<readonly SnapshotRow[]>;
  /** The last one of the run that is not after the tick. */
  snapshot(run: number, tick: number): Promise<Snapshot | undefined>;
  /** Texts by key, as the twins left them. */
  memory(): Promise<ReadonlyMap<string, string>>;
  ledger(): Promise<StoredLedger>;
  /** What the tables hold themselves, to set beside the accounts. */
  counts(): Promise<Counts>;
}

export function readerOf(ask: Ask): FullReader {
  return {
    tags: () => ask('tags', null),
    resolveTags: (source, name) => ask('resolveTags', { source, name }),
    span: (tag) => ask('span', tag),
    raw: (query) => ask('raw', query),
    at: (query) => ask('at', query),
    range: (query) => ask('range', query),
    rollup: (query) => ask('rollup', query),
    received: (query) => ask('received', query),
    events: (afterId, limit) => ask('events', { afterId, limit }),
    gaps: (range) => ask('gaps', range),
    alarms: (query) => ask('alarms', query),
    evidence: (query) => ask('evidence', query),
    runs: () => ask('runs', null),
    acts: (query) => ask('acts', query),
    snapshots: (run) => ask('snapshots', run),
    snapshot: (run, tick) => ask('snapshot', { run, tick }),
    memory: () => ask('memory', null),
    ledger: () => ask('ledger', null),
    counts: () => ask('counts', null),
  };
}
