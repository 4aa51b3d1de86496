// The journal as a reader sees it: rows are read and put in order by tag once, and forgotten when they have become
// blocks. Must hold no more samples than it may; what does not fit is read again for each question.
import type { Connection } from '../database.ts';
import { decodeJournal } from '../journal-row.ts';
import { type Grouped, groupByTag } from './grouped.ts';

export interface JournalRow {
  readonly seq: number;
  readonly receivedFirst: number;
  readonly receivedLast: number;
  readonly samples: number;
}

/** The journal at one commit. Taken within a snapshot, and of use after it. */
export interface JournalView {
  /** Oldest first. */
  readonly rows: readonly JournalRow[];
  /** By tag: its samples in rows up to this seq are in blocks already. */
  readonly moved: ReadonlyMap<number, number>;
  /** Undefined for a damaged row. */
  readonly grouped: (row: JournalRow) => Grouped | undefined;
}

export interface JournalCache {
  view(): JournalView;
}

/** About 50 bytes each. */
const samplesKeptMax = 1_500_000;

interface Kept {
  /** As it is stored, until somebody asks. */
  bytes: Buffer | undefined;
  grouped: Grouped | undefined;
}

export function createJournalCache(
  db: Connection,
  onDamage: (seq: number, why: string) => void,
  keptMax = samplesKeptMax,
): JournalCache {
  const list = db.prepare<[], JournalRow>(
    `SELECT seq, received_first AS receivedFirst, received_last AS receivedLast, samples
     FROM journal ORDER BY seq`,
  );
  const data = db.prepare<[number], Buffer>('SELECT data FROM journal WHERE seq = ?').pluck();
  const movedRows = db.prepare<[], { tag: number; seq: number }>('SELECT tag, seq FROM moved');
  let kept = new Map<number, Kept>();

  /** Forgets rows that are gone, and keeps new ones as far as there is room. */
  function take(rows: readonly JournalRow[]): Map<number, Kept> {
    const next = new Map<number, Kept>();
    const here = new Map<number, Kept>();
    let room = keptMax;
    for (const { seq, samples } of rows) {
      const entry = kept.get(seq) ?? { bytes: data.get(seq), grouped: undefined };
      here.set(seq, entry);
      room -= samples;
      if (room >= 0) next.set(seq, entry);
    }
    kept = next;
    return here;
  }

  function open({ seq }: JournalRow, entry: Kept): Grouped | undefined {
    if (entry.bytes !== undefined) {
      try {
        entry.grouped = groupByTag(decodeJournal(entry.bytes));
      } catch (error) {
        onDamage(seq, error instanceof Error ? error.message : String(error));
      }
      entry.bytes = undefined;
    }
    return entry.grouped;
  }

  return {
    view() {
      const rows = list.all();
      const here = take(rows);
      const moved = new Map(movedRows.all().map(({ tag, seq }) => [tag, seq]));
      return { rows, moved, grouped: (row) => open(row, here.get(row.seq)!) };
    },
  };
}
