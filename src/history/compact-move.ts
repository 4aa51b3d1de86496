// One transaction after another in which tags of a batch go from the journal into blocks and rollups. Until all of
// them have gone, `moved` says which have: readers count no sample twice, and a writer that was killed goes on there.
import type { Batch } from './compact-batch.ts';
import { createCompactBlocks } from './compact-blocks.ts';
import { createCompactRollups } from './compact-rollups.ts';
import { samplesRush } from './compact-spot.ts';
import type { Connection } from './database.ts';
import { quietly } from './upkeep/quietly.ts';

/** A row of the journal that could not be read: what was in it is told of as a gap. */
export interface DamagedRow {
  readonly receivedFirst: number;
  readonly receivedLast: number;
  readonly samples: number;
}

export interface Move {
  /**
   * Moves tags of the batch, from the one with this index on, until it is late; then deletes the rows. Where to go
   * on, or -1 when the batch is done.
   */
  step(batch: Batch, from: number, damaged: readonly DamagedRow[], endMs: number): number;
  /** After something failed: what was remembered may not be stored. */
  forget(): void;
}

/** One may have been a page or hundreds; to delete a page takes some microseconds. */
const rowsDeletedAtOnce = 16;

export function createMove(database: Connection, run: number, samplesHeld: number): Move {
  const blocks = createCompactBlocks(database, samplesHeld);
  const addToRollups = createCompactRollups(database);
  const moved = database.prepare(
    'INSERT INTO moved (tag, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq',
  );
  const drop = database.prepare(
    'DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE seq <= ? ORDER BY seq LIMIT ?)',
  );
  const forgetMoved = database.prepare('DELETE FROM moved');
  const left = database.prepare(
    'UPDATE runs SET received_last = max(coalesce(received_last, ?), ?), seq_last = ? WHERE id = ?',
  );
  const gap = database.prepare(
    "INSERT INTO gaps (from_ms, to_ms, reason, samples) VALUES (?, ?, 'quarantined', ?)",
  );

  /** What was in rows that could not be read: told before the first of them goes. */
  let toldOf: Batch | undefined;
  const tellGaps = (batch: Batch, damaged: readonly DamagedRow[]) => {
    if (toldOf === batch) return;
    toldOf = batch;
    for (const { receivedFirst, receivedLast, samples } of damaged) {
      gap.run(receivedFirst, receivedLast, samples);
    }
  };

  /** True when the last row of the batch is gone. */
  const finish = (batch: Batch, damaged: readonly DamagedRow[], endMs: number): boolean => {
    tellGaps(batch, damaged);
    while (drop.run(batch.lastSeq, rowsDeletedAtOnce).changes === rowsDeletedAtOnce) {
      if (performance.now() >= endMs) return false;
    }
    forgetMoved.run();
    left.run(batch.receivedLast, batch.receivedLast, batch.lastSeq, run);
    return true;
  };

  const slice = (batch: Batch, from: number, damaged: readonly DamagedRow[], endMs: number): number => {
    let at = from;
    for (; at < batch.tags.length && (at === from || performance.now() < endMs); at++) {
      const tag = batch.tags[at]!;
      const series = batch.series(tag);
      blocks.add(tag.tag, series, batch.samples >= samplesRush);
      addToRollups(tag.tag, series);
    }
    if (at === batch.tags.length && finish(batch, damaged, endMs)) return -1;
    for (const { tag } of batch.tags.slice(from, at)) moved.run(tag, batch.lastSeq);
    return at;
  };

  return {
    step(batch, from, damaged, endMs) {
      return quietly(database, () => slice(batch, from, damaged, endMs));
    },
    forget() {
      toldOf = undefined;
      blocks.forget();
    },
  };
}
