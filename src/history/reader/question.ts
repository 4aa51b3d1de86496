// What can be asked of the history, and what the answer is: the same in process and over a thread.
import type { Evidence } from '../../core/alarm.ts';
import type {
  AlarmsQuery,
  AtQuery,
  EvidenceQuery,
  HistoryGap,
  HistoryPoints,
  HistorySpan,
  HistoryTag,
  HistoryValue,
  RangeQuery,
  RawAnswer,
  RawQuery,
  ReceivedAnswer,
  ReceivedQuery,
  RollupQuery,
  Rollups,
  StoredAlarm,
  StoredEvent,
  TimeRange,
} from '../../ports/history.ts';
import type { Snapshot } from '../commit.ts';
import type { Counts, StoredLedger } from '../query/ledger.ts';
import type { ActsQuery, SnapshotQuery, SnapshotRow, StoredAct, StoredRun } from '../query/runs.ts';

interface Pair<Ask, Answer> {
  readonly ask: Ask;
  readonly answer: Answer;
}

export interface Questions {
  readonly tags: Pair<null, readonly HistoryTag[]>;
  readonly resolveTags: Pair<{ readonly source: string; readonly name: string }, readonly HistoryTag[]>;
  readonly span: Pair<number, HistorySpan>;
  readonly raw: Pair<RawQuery, RawAnswer>;
  readonly at: Pair<AtQuery, HistoryValue>;
  readonly range: Pair<RangeQuery, HistoryPoints>;
  readonly rollup: Pair<RollupQuery, Rollups>;
  readonly received: Pair<ReceivedQuery, ReceivedAnswer>;
  readonly events: Pair<{ readonly afterId: number; readonly limit: number }, readonly StoredEvent[]>;
  readonly gaps: Pair<TimeRange, readonly HistoryGap[]>;
  readonly alarms: Pair<AlarmsQuery, readonly StoredAlarm[]>;
  readonly evidence: Pair<EvidenceQuery, Evidence | undefined>;
  readonly runs: Pair<null, readonly StoredRun[]>;
  readonly acts: Pair<ActsQuery, readonly StoredAct[]>;
  readonly snapshots: Pair<number, readonly SnapshotRow[]>;
  readonly snapshot: Pair<SnapshotQuery, Snapshot | undefined>;
  readonly memory: Pair<null, ReadonlyMap<string, string>>;
  readonly ledger: Pair<null, StoredLedger>;
  readonly counts: Pair<null, Counts>;
}

export type Topic = keyof Questions;

export type Ask = <T extends Topic>(topic: T, ask: Questions[T]['ask']) => Promise<Questions[T]['answer']>;
