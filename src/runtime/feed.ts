// A source's way in: stamps and judges each sample, puts it into the inbox and accounts for it.
// Called for every sample, so the way of a good one allocates nothing.
import { type ClockModel, observeClock } from '../core/clock-model.ts';
import { admitTag, Found, type Intake, judge } from '../core/intake.ts';
import type { RejectReason, TagSpec } from '../core/sample.ts';
import type { Clock, DeadLetter, Feed, Store } from '../ports.ts';
import type { Inbox } from './inbox.ts';
import type { Ledger } from './ledger.ts';
import type { TagTable } from './tags.ts';

const excerptBytes = 1024;

export interface FeedParts {
  readonly clock: Clock;
  readonly inbox: Inbox;
  readonly intake: Intake;
  readonly tags: TagTable;
  readonly store: Store | undefined;
  onDeadLetter(letter: DeadLetter): void;
  /** A tag is seen for the first time. */
  onTag(source: string, tag: number, spec: TagSpec): void;
}

export interface SourceAccount {
  readonly ledger: Ledger;
  readonly clockModel: ClockModel;
  /** Monotonic time of the last sample; NaN before the first. */
  lastSampleMs: number;
}

export function createFeed(source: string, account: SourceAccount, tagLimit: number, parts: FeedParts): Feed {
  const { clock, inbox, intake, tags, store } = parts;
  const { ledger } = account;

  const reject = (reason: RejectReason, excerpt: string | Uint8Array) => {
    ledger.received++;
    ledger.rejected[reason]++;
    parts.onDeadLetter({ source, reason, timeMs: clock.nowMs(), excerpt: shorten(excerpt) });
  };

  const take = (tag: number, value: number, quality: number, sourceMs: number, exact?: bigint) => {
    ledger.received++;
    if (tag < 0) {
      ledger.rejected.too_many_tags++;
      return;
    }
    const receiveMs = inbox.receiveMs(clock.nowMs());
    const found = judge(intake, tag, value, quality, sourceMs, receiveMs);
    // Only a stamp that was believed says anything about the clock it came from.
    if (intake.timeMs === sourceMs) observeClock(account.clockModel, sourceMs, receiveMs);
    if (found !== 0) {
      remark(ledger, found);
      if ((found & Found.duplicate) !== 0) {
        ledger.rejected.duplicate++;
        return;
      }
    }
    if (inbox.push(tag, intake.value, intake.quality, intake.timeMs, receiveMs, sourceMs, exact))
      ledger.pending++;
    else ledger.rejected.inbox_full++;
    account.lastSampleMs = clock.monotonicMs();
  };

  return {
    tag(spec) {
      const known = tags.find(source, spec.name);
      if (known !== undefined) return known;
      if (tags.count(source) >= tagLimit) return -1;
      const { index } = tags.admit(source, spec);
      admitTag(intake, index, spec);
      parts.onTag(source, index, spec);
      return index;
    },
    push: take,
    pushExact: (tag, exact, quality, sourceMs) => take(tag, Number(exact), quality, sourceMs, exact),
    peerClock() {},
    reject,
    remark(remark) {
      ledger.remarks[remark]++;
    },
    committed: () => store?.committed(),
    nowMs: () => clock.nowMs(),
  };
}

function remark(ledger: Ledger, found: number): void {
  if ((found & Found.late) !== 0) ledger.remarks.late++;
  if ((found & Found.unsynced) !== 0) ledger.remarks.clock_unsynced++;
  if ((found & Found.future) !== 0) ledger.remarks.future++;
  if ((found & Found.outOfRange) !== 0) ledger.remarks.out_of_range++;
}

/** At most 1 KiB, readable whatever the bytes were. */
function shorten(excerpt: string | Uint8Array): string {
  const bytes =
    typeof excerpt === 'string'
      ? Buffer.from(excerpt)
      : Buffer.from(excerpt.buffer, excerpt.byteOffset, excerpt.byteLength);
  if (bytes.length <= excerptBytes) return bytes.toString();
  // A character cut in half at the end becomes a replacement mark of three bytes: leave room for it.
  return bytes.subarray(0, excerptBytes - 3).toString();
}
