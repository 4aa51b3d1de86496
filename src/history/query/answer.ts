// Each question to the function that answers it: the one table of both readers.
import type { Questions, Topic } from '../reader/question.ts';
import { readAlarms, readEvidence } from './alarms.ts';
import { readAt } from './at.ts';
import { readEvents, readGaps } from './events.ts';
import type { HistoryFile, Turns } from './history-file.ts';
import { countRows, readLedger, readMemory } from './ledger.ts';
import { readRange } from './range.ts';
import { readRaw } from './raw.ts';
import { createReceived } from './received/received.ts';
import { readRollup } from './rollup.ts';
import { readActs, readRuns, readSnapshot, readSnapshots } from './runs.ts';
import { readSpan } from './span.ts';

export type Answers = {
  readonly [T in Topic]: (ask: Questions[T]['ask']) => Turns<Questions[T]['answer']>;
};

export function createAnswers(file: HistoryFile): Answers {
  const received = createReceived(file);
  return {
    tags: () => atOnce(() => file.tags()),
    resolveTags: ({ source, name }) =>
      atOnce(() => file.tags().filter((tag) => tag.source === source && tag.name === name)),
    span: (tag) => readSpan(file, tag),
    raw: (query) => readRaw(file, query),
    at: (query) => atOnce(() => readAt(file, query)),
    range: (query) => readRange(file, query),
    rollup: (query) => readRollup(file, query),
    received,
    events: ({ afterId, limit }) => atOnce(() => readEvents(file, afterId, limit)),
    gaps: (range) => atOnce(() => readGaps(file, range)),
    alarms: (query) => atOnce(() => readAlarms(file, query)),
    evidence: (query) => atOnce(() => readEvidence(file, query)),
    runs: () => atOnce(() => readRuns(file)),
    acts: (query) => atOnce(() => readActs(file, query)),
    snapshots: (run) => atOnce(() => readSnapshots(file, run)),
    snapshot: (query) => atOnce(() => readSnapshot(file, query)),
    memory: () => atOnce(() => readMemory(file)),
    ledger: () => atOnce(() => readLedger(file)),
    counts: () => countRows(file),
  };
}

/** What is so quick that it is done in its first turn. */
function atOnce<T>(answer: () => T): Turns<T> {
  return { next: () => ({ done: true, value: answer() }) };
}
