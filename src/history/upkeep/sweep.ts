// One pass over all tags of a shelf that removes what is older than a time, some rows at a time. Must never remove what
// only seems old: see `Cut`.
import type Database from 'better-sqlite3';
import { quietly } from './quietly.ts';
import type { Shelf, ShelfRow } from './shelf.ts';

/**
 * A row goes when it was received before `beforeMs` and is of a time before it, or of one that is far ahead, which says
 * nothing. So what was filled in late stays as long as if it were new.
 */
export interface Cut {
  readonly beforeMs: number;
  /** When something was received by a clock that is believed, whatever the stored receipt says. */
  readonly receiptMs: (receivedMs: number) => number;
  /** A time from here on is of a clock that is wrong. */
  readonly aheadMs: number;
  /** All sinks that are waited for have what was received up to then. */
  readonly fetchedMs: number;
  /** Those that are waited for no more have what was received up to then; what was held for them is told as a gap. */
  readonly givenUpMs: number;
  /** What was received before was held for them. */
  readonly heldBeforeMs: number;
  /** What they do not have goes too; it is told as a gap. */
  readonly unfetched: boolean;
  /** In the transaction of a removal: hears up to when what went had been received. */
  readonly onGone?: ((receivedMs: number) => void) | undefined;
}

export interface Sweep {
  /** A few rows or tags, about a millisecond. True when all was seen. */
  step(): boolean;
  readonly removed: number;
  /** The oldest of what it left, as far as it has come; Infinity when that is nothing. */
  readonly oldestMs: number;
  /** The same of what may go when it is older. */
  readonly nextMs: number;
}

const rowsAtOnce = 16;
const tagsAtOnce = 128;

export function createSweep(db: Database.Database, shelf: Shelf, cut: Cut, gap: RetentionGap): Sweep {
  const tags = shelf.tags();
  let at = 0;
  let ranges: Range[] = [];
  let removed = 0;
  let oldestMs = Infinity;
  let nextMs = Infinity;

  /** The rows of one read that go; notes the age of those that stay. */
  const judge = (rows: readonly ShelfRow[]) =>
    rows.filter((row) => {
      const atMs = timeOf(row, cut);
      const may = cut.unfetched || row.receivedLast <= cut.fetchedMs;
      const goes = may && atMs < cut.beforeMs;
      if (!goes) oldestMs = Math.min(oldestMs, atMs);
      if (!goes && may) nextMs = Math.min(nextMs, atMs);
      return goes;
    });

  const remove = (rows: readonly ShelfRow[]) => {
    if (rows.length === 0) return;
    quietly(db, () => {
      for (const row of rows) {
        shelf.remove(row.key);
        if (row.samples > 0 && isMissed(row, cut)) gap.add(row);
      }
      gap.write();
      cut.onGone?.(
        Math.max(...rows.map((row) => Math.min(row.receivedLast, cut.receiptMs(row.receivedLast)))),
      );
    });
    removed += rows.length;
  };

  return {
    step() {
      const going: ShelfRow[] = [];
      let seen = 0;
      for (let visited = 0; visited < tagsAtOnce && seen < rowsAtOnce; ) {
        const range = ranges.at(-1);
        if (range === undefined) {
          if (at === tags.length) break;
          ranges = rangesOf(shelf, tags[at++]!, cut);
          visited++;
          continue;
        }
        const limit = range.limit ?? rowsAtOnce;
        const rows = shelf.read(range.first, range.end, limit);
        seen += rows.length;
        going.push(...judge(rows));
        if (rows.length < limit || range.limit !== undefined) ranges.pop();
        else range.first = rows.at(-1)!.key + 1;
      }
      remove(going);
      return at === tags.length && ranges.length === 0;
    },
    get removed() {
      return removed;
    },
    get oldestMs() {
      return oldestMs;
    },
    get nextMs() {
      return nextMs;
    },
  };
}

/** Some sink would have wanted it. */
function isMissed({ receivedLast }: ShelfRow, { fetchedMs, givenUpMs, heldBeforeMs }: Cut): boolean {
  return receivedLast > fetchedMs || (receivedLast > givenUpMs && receivedLast < heldBeforeMs);
}

/** What its age is counted from. */
function timeOf(row: ShelfRow, cut: Cut): number {
  const receiptMs = cut.receiptMs(row.receivedLast);
  return row.endMs >= cut.aheadMs ? receiptMs : Math.max(receiptMs, row.endMs);
}

interface Range {
  first: number;
  readonly end: number;
  /** Only so many rows, to see how old they are. */
  readonly limit?: number;
}

/** What may be old, the first of what is not, and what is of a time to come; the last is looked at first. */
function rangesOf(shelf: Shelf, tag: number, cut: Cut): Range[] {
  const { first, end } = shelf.span(tag);
  const within = (key: number) => Math.min(end, Math.max(first, key));
  const old = cut.beforeMs > 0 ? within(shelf.keyAfter(tag, cut.beforeMs)) : first;
  const ahead = Math.max(old, within(shelf.keyAt(tag, cut.aheadMs)));
  return [
    { first: ahead, end },
    { first: old, end: ahead, limit: 1 },
    { first, end: old },
  ];
}

/** What went before a sink had it, gathered into one row as long as it is one stretch of work. */
export interface RetentionGap {
  add(row: ShelfRow): void;
  /** In the transaction of the removal. */
  write(): void;
  /** The next removal is another matter. */
  readonly end: () => void;
}

export function createRetentionGap(db: Database.Database): RetentionGap {
  const insert = db.prepare(
    "INSERT INTO gaps (from_ms, to_ms, reason, samples) VALUES (?, ?, 'retention', ?)",
  );
  const update = db.prepare('UPDATE gaps SET from_ms = ?, to_ms = ?, samples = ? WHERE id = ?');
  let id: number | undefined;
  let fromMs = Infinity;
  let toMs = -Infinity;
  let samples = 0;
  let isNew = false;
  return {
    add(row) {
      fromMs = Math.min(fromMs, row.receivedFirst);
      toMs = Math.max(toMs, row.receivedLast);
      samples += row.samples;
      isNew = true;
    },
    write() {
      if (!isNew) return;
      isNew = false;
      if (id !== undefined && update.run(fromMs, toMs, samples, id).changes > 0) return;
      id = Number(insert.run(fromMs, toMs, samples).lastInsertRowid);
    },
    end() {
      id = undefined;
      fromMs = Infinity;
      toMs = -Infinity;
      samples = 0;
    },
  };
}
