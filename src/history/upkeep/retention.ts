// Removes what is older than it is kept, and what is oldest when the file or the disk has no room, a few milliseconds at
// a time; and gives free pages back to the disk. Gateway time decides, and only once it has stood (age-clock.ts).
import type Database from 'better-sqlite3';
import { type AgeClock, earliestMs, isSet, lookAtClock, startAgeClock } from './age-clock.ts';
import { type Ages, agesOf, fetchedMs } from './ages.ts';
import { type Keep, type Part, parts, sacrificesForCommits } from './keep.ts';
import { createLeftovers } from './leftovers.ts';
import { mb, type Tell } from './news.ts';
import { createPressure } from './pressure.ts';
import { spareAside } from './quarantine.ts';
import { createRemoved } from './removed.ts';
import { shelfOf } from './shelf.ts';
import { bytesOf, measureSpace } from './space.ts';
import { createRetentionGap, createSweep, type Sweep } from './sweep.ts';
import { createVacuum } from './vacuum.ts';

export interface RetentionOptions {
  readonly db: Database.Database;
  readonly file: string;
  readonly keep: Keep;
  readonly lastReceivedMs: number;
  readonly tell: Tell;
  /** Between two slices of what is in no hurry, so that commits have the disk for themselves meanwhile. */
  readonly paceMs?: number;
}

export interface Retention {
  /** Works for about so long, outside of a transaction. True while there is more to do now. */
  step(nowMs: number, budgetMs: number): boolean;
  /** Lets go of what is oldest because commits are refused. True while there is more that may go. */
  squeeze(nowMs: number, budgetMs: number): boolean;
}

/** By gateway time. */
const sweepEveryMs = 600_000;
/** The disk may fill by others' doing: looked at so often. */
const measureEveryMs = 500;
/** When nothing was left that may go, it is looked again after so long. */
const exhaustedMs = 60_000;
/**
 * A sink that has fetched nothing for so many times `rawMs` holds nothing back any more: it may have been taken out of
 * the configuration long ago.
 */
const heldTimes = 2;
/** What went a day after its time was held for a sink; at its time it goes without a word. */
const heldAtLeastMs = 86_400_000;
/** Free inside the file when a commit was refused: that is enough for many. */
const enoughFreeBytes = 4 * 2 ** 20;

export function createRetention(options: RetentionOptions): Retention {
  const { db, file, paceMs = 0 } = options;
  const vacuum = createVacuum(db);
  let clock: AgeClock | undefined;
  const chores = choresOf(options, () => agesOf(db, clock!, options.lastReceivedMs));
  let sweptMs = Number.NEGATIVE_INFINITY;
  let measuredMs = Number.NEGATIVE_INFINITY;
  let chore: { readonly work: Chore; readonly isUrgent: boolean } | undefined;
  let restedMs = Number.NEGATIVE_INFINITY;

  const look = (nowMs: number) => {
    clock = clock === undefined ? startAgeClock(nowMs, options.lastReceivedMs) : lookAtClock(clock, nowMs);
    return clock;
  };
  const next = (now: AgeClock): typeof chore => {
    const everyMs = chores.isExhausted ? exhaustedMs : measureEveryMs;
    if (performance.now() - measuredMs >= everyMs) {
      measuredMs = performance.now();
      // Says itself whether there is room now.
      return { work: chores.byRoom(), isUrgent: true };
    }
    if (isSet(now) && Math.abs(now.seenMs - sweptMs) >= sweepEveryMs) {
      sweptMs = now.seenMs;
      return { work: chores.byAge(), isUrgent: false };
    }
    return undefined;
  };

  return {
    step(nowMs, budgetMs) {
      const now = look(nowMs);
      const beganMs = performance.now();
      chore ??= next(now);
      if (chore?.isUrgent !== true && beganMs - restedMs < paceMs) return false;
      let more = true;
      try {
        do more = chore === undefined ? vacuum.step() : !chore.work.next().done;
        while (more && performance.now() < beganMs + budgetMs);
        if (chore !== undefined && !more) [chore, more] = [undefined, true];
      } catch (error) {
        chore = undefined;
        throw error;
      }
      restedMs = performance.now();
      return more;
    },
    squeeze(nowMs, budgetMs) {
      look(nowMs);
      const endMs = performance.now() + budgetMs;
      do {
        const { freeBytes, fileBytes } = measureSpace(db, file);
        // What lies behind the end of the file on the disk cannot be merged into it: it is brought forward.
        if (freeBytes > 0 && fileBytes > bytesOf(file)) vacuum.now();
        else if (freeBytes >= enoughFreeBytes || chores.squeeze()) return false;
      } while (performance.now() < endMs);
      return true;
    },
  };
}

/** Each `yield` is the end of about a millisecond's work; no transaction is open then. */
type Chore = Generator<void, void, void>;

interface Chores {
  /** The last time there was no room, nothing was left that may go. */
  readonly isExhausted: boolean;
  byAge(): Chore;
  byRoom(): Chore;
  /** True when nothing is left that may go. */
  squeeze(): boolean;
}

function choresOf({ db, file, keep, tell }: RetentionOptions, ages: () => Ages): Chores {
  const gap = createRetentionGap(db);
  const onRawGone = createRemoved(db);
  const sweepOf = (part: Part, now: Ages, beforeMs: number, unfetched: boolean, settles = false): Sweep => {
    const isRaw = part === parts.raw;
    const heldMs = Math.max(earliestMs, now.nowMs - heldTimes * keep.rawMs);
    const cut = {
      ...{ beforeMs, unfetched, receiptMs: now.receiptMs, aheadMs: now.aheadMs },
      onGone: isRaw ? onRawGone : undefined,
      fetchedMs: isRaw ? fetchedMs(db, heldMs) : Infinity,
      givenUpMs: isRaw ? fetchedMs(db, earliestMs) : Infinity,
      heldBeforeMs: now.nowMs - keep.rawMs - heldAtLeastMs,
    };
    return createSweep(db, shelfOf(db, part, settles), cut, gap);
  };
  const pressure = createPressure({ sweepOf, end: gap.end });

  let isExhausted = false;

  function* byAge(): Chore {
    const now = ages();
    let supportMs = now.nowMs - keep.rawMs;
    for (const [part, keepMs] of agesKept(keep)) {
      const sweep = sweepOf(part, now, now.nowMs - keepMs, false, true);
      while (!sweep.step()) yield;
      if (part === parts.raw && sweep.oldestMs < Infinity) supportMs = Math.min(supportMs, sweep.oldestMs);
      yield;
    }
    gap.end();
    const leftovers = createLeftovers(db, supportMs, now.nowMs - keep.rollupMs);
    while (!leftovers.step()) yield;
  }

  function* byRoom(): Chore {
    isExhausted = false;
    const freeBefore = measureSpace(db, file).freeBytes;
    let rows = 0;
    for (;;) {
      const space = measureSpace(db, file);
      const worth = pressure.of(space, keep);
      if (worth === 0) break;
      // What nobody uses goes before what is in use.
      if (space.diskFreeBytes < keep.minFreeBytes) spareAside(file);
      const { removed, exhausted } = pressure.step(ages(), worth);
      rows += removed;
      isExhausted = exhausted;
      if (exhausted) break;
      yield;
    }
    pressure.rest();
    if (rows === 0) return;
    const freedBytes = Math.max(0, measureSpace(db, file).freeBytes - freeBefore);
    const text = `the history had no room: what was oldest is gone (${mb(freedBytes)} MB)`;
    tell({ kind: 'squeezed', text, details: { rows, freedBytes } });
  }

  return {
    get isExhausted() {
      return isExhausted;
    },
    byAge,
    byRoom,
    squeeze: () => pressure.step(ages(), sacrificesForCommits).exhausted,
  };
}

function agesKept(keep: Keep): readonly (readonly [Part, number])[] {
  return [
    [parts.raw, keep.rawMs],
    [parts.twin, keep.twinMs],
    [parts.seconds, keep.secondMs],
    [parts.minutes, keep.rollupMs],
    [parts.hours, keep.rollupMs],
  ];
}
