// History in memory, for tests that are about a sink: what it is asked for by its contract, and what it was told.

import type { GatewayEvent } from '../../../src/ports/event.ts';
import type {
  Archive,
  HistoryGap,
  HistoryReader,
  HistoryTag,
  ReceivedQuery,
} from '../../../src/ports/history.ts';

export interface StoredSample {
  /** Id of the tag. */
  readonly tag: number;
  readonly value: number;
  readonly quality: number;
  readonly timeMs: number;
  readonly receiveMs: number;
}

export interface MemoryArchive extends Archive {
  /** In order of receipt. */
  readonly samples: StoredSample[];
  readonly events: GatewayEvent[];
  readonly gaps: HistoryGap[];
  readonly tags: HistoryTag[];
  readonly cursors: Map<string, number>;
  /** Each question that was asked. */
  readonly asked: string[];
  settledMs: number;
  lastEventId: number;
  lastReceivedMs?: number;
  /** Questions are not answered. */
  broken: boolean;
  onCursor: (stream: string, position: number) => void;
}

const never = async (): Promise<never> => {
  throw new Error('not asked here');
};

export function createMemoryArchive(tags: HistoryTag[]): MemoryArchive {
  const asked: string[] = [];
  const answer = async <T>(question: string, give: () => T): Promise<T> => {
    asked.push(question);
    if (archive.broken) throw new Error('the disk is gone');
    return give();
  };
  const reader: HistoryReader = {
    ...{ span: never, raw: never, at: never, range: never, rollup: never, alarms: never, evidence: never },
    tags: () => answer('tags', () => [...tags]),
    gaps: ({ fromMs, toMs }) =>
      answer('gaps', () => archive.gaps.filter((gap) => gap.toMs >= fromMs && gap.fromMs <= toMs)),
    events: (afterId, limit) =>
      answer('events', () =>
        archive.events
          .map((event, i) => ({ id: i + 1, event: JSON.parse(JSON.stringify(event)) as GatewayEvent }))
          .slice(afterId, afterId + limit),
      ),
    received: (query) => answer('received', () => received(archive.samples, query)),
  };
  const archive: MemoryArchive = {
    ...{ samples: [], events: [], gaps: [], tags, asked, cursors: new Map(), settledMs: Number.NaN, reader },
    lastEventId: 0,
    broken: false,
    onCursor() {},
    cursor: (sink, stream) => archive.cursors.get(`${sink}/${stream}`),
    moveCursor(sink, stream, position) {
      archive.cursors.set(`${sink}/${stream}`, position);
      archive.onCursor(stream, position);
    },
  };
  return archive;
}

function received(all: readonly StoredSample[], { afterMs, toMs, samplesMax, tags }: ReceivedQuery) {
  const from = firstAfter(all, afterMs);
  const found = all
    .slice(from, firstAfter(all, toMs))
    .filter(({ tag }) => tags === undefined || tags.includes(tag));
  // Those of one millisecond stay together.
  const last = found[samplesMax - 1]?.receiveMs;
  const given = last === undefined ? found : found.filter(({ receiveMs }) => receiveMs <= last);
  return {
    reachedMs: given.length < found.length ? last! : toMs,
    samples: {
      length: given.length,
      tag: Int32Array.from(given, ({ tag }) => tag),
      value: Float64Array.from(given, ({ value }) => value),
      quality: Uint32Array.from(given, ({ quality }) => quality),
      timeMs: Float64Array.from(given, ({ timeMs }) => timeMs),
      receiveMs: Float64Array.from(given, ({ receiveMs }) => receiveMs),
      rawMs: Float64Array.from(given, ({ timeMs }) => timeMs),
      exact: new BigInt64Array(0),
    },
  };
}

function firstAfter(all: readonly StoredSample[], timeMs: number): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (all[middle]!.receiveMs <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
