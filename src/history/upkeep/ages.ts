// When something in the file was really received, though a clock may have been wrong then or be so now.
import type Database from 'better-sqlite3';
import { type AgeClock, aheadMs, isBelievable, isSet } from './age-clock.ts';

export interface Ages {
  /** Ages count from here: now, or the latest receipt while the clock was never set. */
  readonly nowMs: number;
  /** A time from here on is of a clock that is wrong. */
  readonly aheadMs: number;
  readonly receiptMs: (receivedMs: number) => number;
}

/**
 * A receipt of 1970, or of next year, was given by a clock that was wrong, and was corrected when a later run began: it
 * counts as of then, which is later than it can have been.
 */
export function agesOf(db: Database.Database, clock: AgeClock, lastReceivedMs: number): Ages {
  const nowMs = isSet(clock) ? clock.trustedMs : Math.max(clock.trustedMs, finiteOr(lastReceivedMs, 0));
  const seen = { ...clock, trustedMs: nowMs };
  const correctedMs = Math.min(nowMs, lastCorrection(db, seen) ?? nowMs);
  return {
    nowMs,
    aheadMs: nowMs + aheadMs,
    receiptMs: (receivedMs) => (isBelievable(seen, receivedMs) ? receivedMs : correctedMs),
  };
}

/**
 * When the first run began whose clock was right after the last one whose clock was not. Where no such run is left it
 * was before the run of now, whose clock never leaps.
 */
function lastCorrection(db: Database.Database, clock: AgeClock): number | undefined {
  const opened = db.prepare<[], number>('SELECT opened_ms FROM runs ORDER BY id DESC').pluck();
  let newest: number | undefined;
  let correction: number | undefined;
  for (const openedMs of opened.iterate()) {
    if (!isBelievable(clock, openedMs)) return correction;
    newest ??= openedMs;
    correction = openedMs;
  }
  return newest;
}

function finiteOr(value: number, other: number): number {
  return Number.isFinite(value) ? value : other;
}

/** Sinks have all that was received up to then; a position that is no time is of another stream, such as events. */
export function fetchedMs(db: Database.Database, earliestMs: number): number {
  const least = db
    .prepare<[number], number | null>('SELECT min(position) FROM cursors WHERE position >= ?')
    .pluck()
    .get(earliestMs);
  return least ?? Infinity;
}
