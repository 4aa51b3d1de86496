// The one connection that writes: commits whole or not at all, and between two commits a slice of what can wait.
// Synchronous, on whatever thread it lives. Must never say that something is safe before the disk has it.
import type { Commit, Left, Run, Writer } from './commit.ts';
import { type CommitRows, createCommitRows, startRun } from './commit-rows.ts';
import { type Compaction, type CompactTuning, createCompaction, usualCompaction } from './compact.ts';
import type { Connection } from './database.ts';
import { HistoryFull, refusedByDisk } from './history-full.ts';
import { readLeft } from './left.ts';
import { lockHistory } from './lock.ts';
import { patientWriter } from './patient-writer.ts';
import type { HistoryConfig } from './schema.ts';
import { isDamage } from './upkeep/failures.ts';
import { keepOf } from './upkeep/keep.ts';
import type { Tell } from './upkeep/news.ts';
import { openOrQuarantine } from './upkeep/open.ts';
import { suspect } from './upkeep/quarantine.ts';
import { measureSpace } from './upkeep/space.ts';
import { createUpkeep, type Upkeep } from './upkeep/upkeep.ts';

export interface WriterOptions {
  readonly file: string;
  readonly run: Run;
  readonly config: Pick<HistoryConfig, 'keep' | 'ballastMb'>;
  /** What people should know. */
  readonly tell: Tell;
  /** For tests and benches. */
  readonly tuning?: Partial<CompactTuning>;
  /** For tests: larger files are not checked whole when they are opened. */
  readonly checkedBytes?: number;
  /** For tests: the log is large from here on. */
  readonly walLargeBytes?: number;
  /** For tests: the connection, before it is used. */
  readonly opened?: (database: Connection) => void;
}

/** At the end what the journal had is given back; of a heap of it the next run gives back the rest. */
const pagesGivenBack = 16_384;

/** Where the disk is full it begins all the same: then commits find no room until there is some. */
export function createWriter(options: WriterOptions): Writer {
  const { file } = options;
  const run = checked(options.run);
  const lock = lockHistory(file);
  const open = () => openWriter(options, run, () => lock.release());
  try {
    return open();
  } catch (error) {
    const patient = patientWriter(file, error, open, () => lock.release());
    if (patient !== undefined) return patient;
    lock.release();
    throw error;
  }
}

function openWriter(options: WriterOptions, run: Run, release: () => void): Writer {
  const { file } = options;
  let database: Connection | undefined;
  try {
    const opened = openOrQuarantine(
      file,
      run.openedMs,
      (found) => ({
        left: readLeft(found),
        run: startRun(found, run),
      }),
      options.checkedBytes,
    );
    database = opened.database;
    options.opened?.(database);
    const { quarantined, content } = opened;
    const left =
      quarantined === undefined
        ? content.left
        : { ...content.left, quarantined: { file: quarantined.file, why: quarantined.why } };
    return newWriter(options, database, release, left, content.run);
  } catch (error) {
    database?.close();
    throw error;
  }
}

/** What the table would refuse is no fault of the file. */
function checked(run: Run): Run {
  const { startMs, periodMs } = run;
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(periodMs)) {
    throw new RangeError(`a run that starts at ${startMs} with a period of ${periodMs}: whole ms are needed`);
  }
  return { ...run, openedMs: Math.round(run.openedMs) };
}

function newWriter(
  options: WriterOptions,
  database: Connection,
  release: () => void,
  left: Left,
  run: number,
): Writer {
  const { file, config, tell } = options;
  const rows = createCommitRows(database, run);
  const upkeep = createUpkeep({
    db: database,
    file,
    keep: keepOf(config.keep),
    ballastBytes: config.ballastMb * 1e6,
    lastReceivedMs: left.lastReceivedMs,
    tell,
    ...(options.walLargeBytes !== undefined && { walLargeBytes: options.walLargeBytes }),
  });
  const compaction = createCompaction({
    database,
    run,
    tuning: { ...usualCompaction, ...options.tuning },
    damaged: (seq, samples) => {
      const text = `a row of the journal is damaged: ${samples} samples are lost`;
      tell({ kind: 'damaged-row', text, details: { seq, samples } });
    },
  });
  const commit = createCommit(database, rows, firstSeq(database), compaction);

  const { watched, attempt } = createGuard(file);

  return {
    left,
    run,
    commit: (group) => watched(() => commitOrMakeRoom(() => commit(group), upkeep, file, group)),
    work(nowMs) {
      // A reader that holds on makes the log grow with everything that is moved.
      const isMoving = !upkeep.isHeld && attempt(() => compaction.work(nowMs));
      const isKeeping = attempt(() => upkeep.work(nowMs));
      return isMoving || isKeeping;
    },
    sizes() {
      const { fileBytes, walBytes, diskFreeBytes } = measureSpace(database, file);
      return { bytes: fileBytes, walBytes, freeBytes: diskFreeBytes };
    },
    close() {
      try {
        const isEmpty = attempt(() => {
          compaction.finish();
          return true;
        });
        if (!isEmpty) {
          const text = 'the disk is full: what is left of the journal is put into blocks by the next run';
          tell({ kind: 'journal-left', text, details: {} });
        }
        attempt(() => database.pragma(`incremental_vacuum(${pagesGivenBack})`));
        attempt(() => upkeep.close());
      } finally {
        database.close();
        release();
      }
    },
  };
}

interface Guard {
  /** Damage that is met is remembered: the next one who opens the file puts it aside. */
  readonly watched: <T>(act: () => T) => T;
  /** What can wait waits where there is no room for it. Whether it answered with true. */
  readonly attempt: (act: () => unknown) => boolean;
}

function createGuard(file: string): Guard {
  const watched = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      if (isDamage(error)) suspect(file, error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
  const attempt = (act: () => unknown): boolean => {
    try {
      return watched(act) === true;
    } catch (error) {
      if (refusedByDisk(error, file) === undefined) throw error;
      return false;
    }
  };
  return { watched, attempt };
}

/** Of a sample in the journal, about. */
const sampleBytesMax = 24;

/** What a full disk refuses is tried once more when there was something that could be let go. */
function commitOrMakeRoom(
  commit: () => void,
  upkeep: Upkeep,
  file: string,
  { nowMs, samples }: Commit,
): void {
  const bytes = (samples?.length ?? 0) * sampleBytesMax;
  if (!upkeep.hasRoom(nowMs, bytes)) throw new HistoryFull('the disk is full');
  try {
    commit();
  } catch (error) {
    const full = refusedByDisk(error, file);
    if (full === undefined) throw error;
    if (!upkeep.makeRoom(nowMs) || !upkeep.hasRoom(nowMs, bytes)) throw full;
    try {
      commit();
    } catch (again) {
      throw refusedByDisk(again, file) ?? again;
    }
  }
}

/** Behind every row that is there, and every one that was. */
function firstSeq(database: Connection): number {
  const last = (sql: string) => database.prepare<[], number | null>(sql).pluck().get() ?? 0;
  return Math.max(last('SELECT max(seq) FROM journal'), last('SELECT max(seq_last) FROM runs')) + 1;
}

/** All of it in one transaction; nothing is remembered of one that failed. */
function createCommit(
  database: Connection,
  rows: CommitRows,
  startSeq: number,
  compaction: Compaction,
): (commit: Commit) => void {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const end = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  let ids = new Map<number, number>();
  let seq = startSeq;

  return (commit) => {
    begin.run();
    let known = ids;
    try {
      if (commit.tags.length > 0) {
        known = new Map(ids);
        for (const tag of commit.tags) known.set(tag.index, rows.tagId(tag));
      }
      rows.write(commit, known, seq);
      end.run();
    } catch (error) {
      if (database.inTransaction) rollback.run();
      throw error;
    }
    ids = known;
    const { samples } = commit;
    if (samples === undefined || samples.length === 0) return;
    seq += 1;
    compaction.added(samples.length, samples.receiveMs[0]!);
  };
}
