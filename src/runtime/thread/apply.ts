// What came from a source on another thread, applied to its real way in, in the order in which it was said. The samples
// arrive here, so it is here that they get their time of receipt.
import { Quality } from '../../core/quality.ts';
import { type RejectReason, type Remark, remarks } from '../../core/sample.ts';
import { withStanding } from '../../formats/standing.ts';
import type { Feed, Log } from '../../ports.ts';
import type { Aside, Batch } from './message.ts';
import { RowKind, rowsIn } from './rows.ts';

export interface Apply {
  /** `onKnown`: of the tags that it names, what was taken of them before. */
  batch(batch: Batch, onKnown: (lastMs: readonly number[]) => void): void;
  /** The far end is gone: each tag that was good is Bad, once. */
  lost(): void;
}

/** Of one life of the far end: the next one numbers its tags anew. */
export function createApply(to: Feed, log: Log): Apply {
  const feed = withStanding(to);
  /** By the number of the tag at the far end. */
  const handles: number[] = [];
  return {
    batch(batch, onKnown) {
      const named = batch.specs.map((spec) => feed.tag(spec));
      for (const handle of named) handles.push(handle);
      // Before the samples that come with the names.
      if (named.length > 0) void lastOf(feed, named).then(onKnown);
      applyRows(feed, batch, handles);
      applyLeft(feed, batch);
      for (const { level, fields, message } of batch.lines) log[level](fields, message);
      if (batch.linesLeft > 0) log.warn({ lines: batch.linesLeft }, 'more lines than could be written');
    },
    lost: () => void feed.lost(Quality.badNoCommunication),
  };
}

async function lastOf(feed: Feed, tags: readonly number[]): Promise<readonly number[]> {
  return (await feed.lastMs?.(tags)) ?? tags.map(() => Number.NaN);
}

function applyRows(feed: Feed, batch: Batch, handles: readonly number[]): void {
  const { kind, tag, value, exact, quality, sourceMs } = rowsIn(batch.buffer);
  let asides = 0;
  for (let row = 0; row < batch.rows; row++) {
    const what = kind[row];
    if (what === RowKind.remark) {
      feed.remark(remarks[tag[row]!]!);
    } else if (what === RowKind.aside) {
      applyAside(feed, batch.asides[asides++]!);
    } else {
      const far = tag[row]!;
      const handle = far < 0 ? far : handles[far]!;
      if (what === RowKind.number) {
        feed.push(handle, value[row]!, quality[row]!, sourceMs[row]!);
      } else {
        const bits = exact[row]!;
        const all = what === RowKind.unsigned ? BigInt.asUintN(64, bits) : bits;
        feed.pushExact(handle, all, quality[row]!, sourceMs[row]!);
      }
    }
  }
}

function applyAside(feed: Feed, aside: Aside): void {
  if (aside.kind === 'reject') feed.reject(aside.reason, aside.excerpt);
  else feed.peerClock(aside.sentMs, aside.peerMs, aside.receivedMs, aside.clock);
}

function applyLeft(feed: Feed, { left, remarksLeft }: Batch): void {
  for (const [reason, { count, excerpt }] of Object.entries(left)) {
    feed.reject(reason as RejectReason, excerpt, count);
  }
  for (const [remark, count] of Object.entries(remarksLeft)) {
    for (let i = 0; i < count; i++) feed.remark(remark as Remark);
  }
}
