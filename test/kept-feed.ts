// A Feed that keeps what it is given, for tests that ask what a source made of its input.
import type { RejectReason, Remark, TagSpec } from '../src/core/sample.ts';
import type { Feed } from '../src/ports.ts';

export interface KeptSample {
  tag: string;
  value: number;
  quality: number;
  sourceMs: number;
  /** Of a 64-bit integer. */
  exact?: bigint;
}

export interface KeptFeed extends Feed {
  readonly tags: TagSpec[];
  readonly samples: KeptSample[];
  readonly rejects: { reason: RejectReason; excerpt: string }[];
  readonly remarks: Remark[];
  readonly peerClocks: { sentMs: number; peerMs: number; receivedMs: number; clock: string | undefined }[];
  timeMs: number;
  /** By name: where an earlier run ended. */
  known: Readonly<Record<string, number>>;
  /** What `committed` answers. */
  commit: Promise<void> | undefined;
}

export function createKeptFeed(timeMs = 1_763_682_360_000, tagsMax = 1000): KeptFeed {
  const tags: TagSpec[] = [];
  const feed: KeptFeed = {
    tags,
    samples: [],
    rejects: [],
    remarks: [],
    peerClocks: [],
    timeMs,
    known: {},
    commit: undefined,
    tag(spec) {
      const known = tags.findIndex(({ name }) => name === spec.name);
      if (known >= 0) return known;
      return tags.length >= tagsMax ? -1 : tags.push(spec) - 1;
    },
    push(tag, value, quality, sourceMs) {
      feed.samples.push({ tag: tags[tag]!.name, value, quality, sourceMs });
      return true;
    },
    pushExact(tag, exact, quality, sourceMs) {
      feed.samples.push({ tag: tags[tag]!.name, value: Number(exact), quality, sourceMs, exact });
      return true;
    },
    peerClock(sentMs, peerMs, receivedMs, clock) {
      feed.peerClocks.push({ sentMs, peerMs, receivedMs, clock });
    },
    reject(reason, excerpt) {
      feed.rejects.push({ reason, excerpt: Buffer.from(excerpt).toString() });
    },
    remark(remark) {
      feed.remarks.push(remark);
    },
    committed: () => feed.commit,
    lastMs: async (some) => some.map((tag) => feed.known[tags[tag]?.name ?? ''] ?? Number.NaN),
    nowMs: () => feed.timeMs,
  };
  return feed;
}
