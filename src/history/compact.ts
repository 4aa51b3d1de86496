// Brings the journal into blocks and rollups, the oldest first, in slices of a few milliseconds: reads and sorts a
// batch of rows, moves it tag by tag, deletes the rows. Each transaction leaves every sample in exactly one place.
import { type Batch, type BatchBuilder, createBatchBuilder } from './compact-batch.ts';
import { createMove, type DamagedRow } from './compact-move.ts';
import type { Connection } from './database.ts';
import { decodeJournal } from './journal-row.ts';
import { readMoved, unlessDamaged } from './left.ts';

export interface CompactTuning {
  /** A batch begins when the oldest row is so old ... */
  readonly waitMs: number;
  /** ... or when the journal has so many samples: for each tag these, but within the bounds. */
  readonly samplesPerTag: number;
  readonly samplesMin: number;
  readonly samplesMax: number;
  /** Of decoded blocks so many samples are remembered. */
  readonly samplesHeld: number;
  readonly sliceMs: number;
}

export const usualCompaction: CompactTuning = {
  waitMs: 30_000,
  samplesPerTag: 256,
  samplesMin: 1 << 16,
  samplesMax: 1 << 20,
  samplesHeld: 1 << 19,
  sliceMs: 4,
};

export interface Compaction {
  /** A commit added a row. */
  added(samples: number, receivedFirst: number): void;
  /** A slice; false when there is nothing to do now. */
  work(nowMs: number): boolean;
  /** All that is in the journal, however long it takes. */
  finish(): void;
}

export interface CompactOptions {
  readonly database: Connection;
  readonly run: number;
  readonly tuning: CompactTuning;
  /** A row of the journal cannot be read, and is given up. */
  readonly damaged: (seq: number, samples: number) => void;
}

/** What is being moved. */
interface Going {
  readonly builder: BatchBuilder;
  isComplete: boolean;
  batch: Batch | undefined;
  tagsDone: number;
  lastSeq: number;
  readonly damaged: DamagedRow[];
}

export function createCompaction(options: CompactOptions): Compaction {
  const { database, tuning } = options;
  const journal = createJournalRows(database);
  const move = createMove(database, options.run, tuning.samplesHeld);
  let { samples, receivedFirst } = journal.waiting();
  let going: Going | undefined;

  const wanted = () => {
    const tags = journal.tags() * tuning.samplesPerTag;
    return Math.min(tuning.samplesMax, Math.max(tuning.samplesMin, tags));
  };
  let batchSamples = wanted();

  const isDue = (nowMs: number) =>
    samples >= batchSamples || (samples > 0 && Math.abs(nowMs - receivedFirst) >= tuning.waitMs);

  /** One row read or sorted, or tags moved as far as the time allows. */
  const step = (endMs: number): void => {
    if (going === undefined) {
      batchSamples = wanted();
      const builder = createBatchBuilder(readMoved(database));
      going = { builder, isComplete: false, batch: undefined, tagsDone: 0, lastSeq: -1, damaged: [] };
    }
    if (!going.isComplete) readRow(going, journal, batchSamples, options);
    else if (going.batch === undefined) going.batch = going.builder.sort();
    else {
      going.tagsDone = move.step(going.batch, going.tagsDone, going.damaged, endMs);
      if (going.tagsDone >= 0) return;
      going = undefined;
      ({ samples, receivedFirst } = journal.waiting());
    }
  };

  const slice = (sliceMs: number) => {
    const endMs = performance.now() + sliceMs;
    try {
      do step(endMs);
      while (going !== undefined && performance.now() < endMs);
    } catch (error) {
      going = undefined;
      move.forget();
      throw error;
    }
  };

  return {
    added(more, firstMs) {
      if (samples === 0) receivedFirst = firstMs;
      samples += more;
    },
    work(nowMs) {
      if (going === undefined && !isDue(nowMs)) return false;
      slice(tuning.sliceMs);
      return true;
    },
    finish() {
      while (samples > 0 || going !== undefined) slice(1000);
    },
  };
}

/** One more row of the journal into the batch, unless it has enough. */
function readRow(to: Going, journal: JournalRows, samplesMax: number, { damaged }: CompactOptions): void {
  const row = to.builder.samples >= samplesMax ? undefined : journal.after(to.lastSeq);
  if (row === undefined) {
    to.isComplete = true;
    return;
  }
  const columns = unlessDamaged(() => decodeJournal(row.data));
  if (columns === undefined) {
    to.damaged.push(row);
    damaged(row.seq, row.samples);
  }
  to.lastSeq = row.seq;
  to.builder.add({ seq: row.seq, receivedLast: row.receivedLast, columns });
}

type JournalRows = ReturnType<typeof createJournalRows>;

interface JournalRow extends DamagedRow {
  readonly seq: number;
  readonly data: Buffer;
}

function createJournalRows(database: Connection) {
  const next = database.prepare<[number], JournalRow>(
    `SELECT seq, received_first AS receivedFirst, received_last AS receivedLast, samples, data
     FROM journal WHERE seq > ? ORDER BY seq LIMIT 1`,
  );
  const sum = database.prepare<[], { samples: number | null }>('SELECT sum(samples) AS samples FROM journal');
  const first = database
    .prepare<[], number>('SELECT received_first FROM journal ORDER BY seq LIMIT 1')
    .pluck();
  const tags = database.prepare<[], number>('SELECT count(*) FROM tags').pluck();
  return {
    after: (seq: number) => next.get(seq),
    waiting: () => ({ samples: sum.get()!.samples ?? 0, receivedFirst: first.get() ?? Number.NaN }),
    tags: () => tags.get()!,
  };
}
