// A source's way in: stamps and judges each sample, puts it into the inbox and accounts for it.
// Called for every sample, so the way of a good one allocates nothing.
import { observeTwoWay } from '../core/clock/observe.ts';
import { admitTag, Found, type Intake, judge, recall } from '../core/intake.ts';
import { newestSeenMs } from '../core/recent.ts';
import type { RejectReason, TagSpec } from '../core/sample.ts';
import { absurdFutureMs, asKnown } from '../core/stamp.ts';
import type { DeadLetter, GatewayEvent } from '../ports/event.ts';
import type { Store } from '../ports/history.ts';
import type { Clock, Feed } from '../ports.ts';
import { clockOf, type SourceAccount } from './account.ts';
import type { Present } from './clock.ts';
import type { Inbox } from './inbox.ts';
import type { Ledger } from './ledger.ts';
import type { TagTable } from './tags.ts';
import { createTokenBucket, type SampleLimits } from './token-bucket.ts';
import { tellUnitChange } from './unit-news.ts';

const excerptBytes = 1024;
/** An excerpt of what is refused sample by sample is told so often at most: all of it would be as much again. */
const seldomMs = 1000;
/** A tag that goes from unit to unit and back is told of at first, and then now and then. */
const unitNews = { samplesPerS: 0.1, burst: 10 };

/** `offsetMs`: wall minus gateway time, when the wall clock was set since the start. */
type FeedClock = Clock & { readonly offsetMs?: number; readonly present?: () => Present };

export interface FeedParts {
  readonly clock: FeedClock;
  readonly inbox: Inbox;
  readonly intake: Intake;
  readonly tags: TagTable;
  readonly store: Store | undefined;
  onDeadLetter(letter: DeadLetter): void;
  onEvent?(event: GatewayEvent): void;
  /** A tag is seen for the first time. */
  onTag(source: string, tag: number, spec: TagSpec): void;
}

/** Without `limits` the source may be as fast as it likes. */
export function createFeed(
  source: string,
  account: SourceAccount,
  tagLimit: number,
  parts: FeedParts,
  limits?: SampleLimits,
): Feed {
  const { clock, intake, tags, store } = parts;
  const { ledger } = account;
  const take = createTake(source, account, parts, limits);

  return {
    tag(spec) {
      const known = tags.find(source, spec.name);
      if (known !== undefined) return known;
      if (tags.count(source) >= tagLimit || store?.hasRoomFor?.(source, spec) === false) return -1;
      const { index } = tags.admit(source, spec);
      admitTag(intake, index, spec, clockOf(account, spec.clock, spec.clockTrusted));
      store?.tag(index, source, spec);
      const past = store?.recent(source, spec.name);
      if (past !== undefined) recall(intake, index, past);
      parts.onTag(source, index, spec);
      return index;
    },
    push: take,
    pushExact: (tag, exact, quality, sourceMs) => take(tag, Number(exact), quality, sourceMs, exact),
    peerClock(sentMs, peerMs, receivedMs, name) {
      observeTwoWay(clockOf(account, name), sentMs, peerMs, receivedMs);
    },
    reject(reason, excerpt, count = 1) {
      ledger.received += count;
      ledger.rejected[reason] += count;
      parts.onDeadLetter({ source, reason, timeMs: clock.nowMs(), excerpt: shorten(excerpt), count });
    },
    remark(remark) {
      ledger.remarks[remark]++;
    },
    committed: () => store?.committed(),
    lastMs: (some) => Promise.resolve(some.map((tag) => newestSeenMs(intake.recent, tag))),
    nowMs: () => clock.nowMs(),
  };
}

/** One sample to the inbox, or into the account of those that did not get there. */
function createTake(source: string, account: SourceAccount, parts: FeedParts, limits?: SampleLimits) {
  const { clock, inbox, intake, tags, store } = parts;
  const { ledger } = account;
  const { rejected } = ledger;
  const lane = inbox.lane(source);
  const bucket = limits && createTokenBucket(limits);
  const tell = createSeldomLetters(source, parts);
  const unitBucket = createTokenBucket(unitNews);
  const present = clock.present ?? (() => ({ nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }));

  return (tag: number, value: number, quality: number, sourceMs: number, exact?: bigint): boolean => {
    ledger.received++;
    if (tag < 0) {
      rejected.too_many_tags++;
      return true;
    }
    const { nowMs, monotonicMs } = present();
    account.lastSampleMs = monotonicMs;
    if (bucket !== undefined && !bucket.take(nowMs)) {
      rejected.rate++;
      tell('rate', tag, value, nowMs);
      return false;
    }
    // Before it is judged: what was not taken was not seen, or its repetition would be taken for one.
    if (!inbox.hasRoom(lane)) {
      rejected.inbox_full++;
      tell('inbox_full', tag, value, nowMs);
      return false;
    }
    const receiveMs = inbox.receiveMs(nowMs);
    // After the wall clock was set forward, devices that follow it are as far ahead, and not absurd.
    intake.absurdMs = absurdFutureMs + Math.max(0, clock.offsetMs ?? 0);
    // The twins get it, but it is not acknowledged: its repetition is what will be stored.
    intake.forgets = store?.full === true;
    const found = judge(intake, tag, value, quality, sourceMs, receiveMs, exact);
    if (found !== 0) {
      if ((found & Found.duplicate) !== 0) {
        rejected.duplicate++;
        tell('duplicate', tag, value, nowMs);
        return true;
      }
      remark(ledger, found);
      if ((found & (Found.unitChanged | Found.unitBack)) !== 0 && unitBucket.take(nowMs)) {
        const jump = intake.doubts[tag]!.jump!;
        parts.onEvent?.(tellUnitChange(source, tags.rows[tag]!.spec, jump, intake.value, nowMs));
      }
    }
    // Ticks are due on whole milliseconds, so rounding up moves no sample to another one.
    const wholeMs = Math.ceil(receiveMs);
    const timeMs = intake.timeMs === receiveMs ? wholeMs : asKnown(intake.timeMs, sourceMs);
    inbox.push(tag, intake.value, intake.quality, timeMs, wholeMs, sourceMs, exact, lane);
    const kept = store?.push(tag, intake.value, intake.quality, timeMs, wholeMs, sourceMs, exact) ?? true;
    if (kept) {
      ledger.pending++;
      return true;
    }
    rejected.disk_full++;
    tell('disk_full', tag, value, nowMs);
    return false;
  };
}

/** Says now and then what was refused here: it may be every sample. */
function createSeldomLetters(source: string, parts: FeedParts) {
  const toldMs = new Map<RejectReason, number>();
  return (reason: RejectReason, tag: number, value: number, nowMs: number): void => {
    if (nowMs - (toldMs.get(reason) ?? Number.NEGATIVE_INFINITY) < seldomMs) return;
    toldMs.set(reason, nowMs);
    const excerpt = `${parts.tags.rows[tag]!.spec.name} = ${value}`;
    parts.onDeadLetter({ source, reason, timeMs: nowMs, excerpt });
  };
}

function remark(ledger: Ledger, found: number): void {
  if ((found & Found.late) !== 0) ledger.remarks.late++;
  if ((found & Found.unsynced) !== 0) ledger.remarks.clock_unsynced++;
  if ((found & Found.future) !== 0) ledger.remarks.future++;
  if ((found & Found.outOfRange) !== 0) ledger.remarks.out_of_range++;
  if ((found & Found.corrected) !== 0) ledger.remarks.clock_corrected++;
  if ((found & Found.stuck) !== 0) ledger.remarks.stuck++;
  if ((found & Found.unitJump) !== 0) ledger.remarks.unit_jump++;
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
