// Brings the log (WAL) into the file in steps, and makes its file small again. Must never wait for a reader: one that
// holds on to a snapshot lets the log grow, which is told once, and commits go on.
import type Database from 'better-sqlite3';
import { mb, type Tell } from './news.ts';
import { bytesOf } from './space.ts';

export interface MergeOptions {
  readonly tell: Tell;
  /** The log is larger than usual from here on; its file is cut when it can be. */
  readonly largeBytes?: number;
  /** What is merged at a time, if it comes evenly. */
  readonly stepBytes?: number;
  /** Monotonic; tests replace it. */
  readonly monotonicMs?: () => number;
}

export interface Merge {
  /** Merges if it is time. */
  step(): void;
  /**
   * Merges now as much as can be; true when that was all. The log's file keeps its size then unless it is large: on a
   * full disk, what it gave back would be somebody else's at once.
   */
  now(): boolean;
  /** A reader holds on and the log is large: what only makes it larger and can wait should. */
  readonly isHeld: boolean;
}

interface Result {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

const everyMinMs = 50;
const everyMaxMs = 5000;

export function createMerge(db: Database.Database, file: string, options: MergeOptions): Merge {
  const largeBytes = options.largeBytes ?? 64 * 2 ** 20;
  const stepBytes = options.stepBytes ?? 4 * 2 ** 20;
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  const wal = `${file}-wal`;
  let everyMs = 500;
  let lastMs = monotonicMs();
  let merged = 0;
  let mergedBytes = 0;
  let isHeld = false;
  let isStuck = false;
  let toldBytes = 0;

  const look = (result: Result) => {
    const walBytes = bytesOf(wal);
    // The log of a reader that holds on stays behind; one that only came in between does so for a moment.
    isHeld = walBytes > largeBytes && result.checkpointed < result.log;
    if (isHeld && toldBytes === 0) {
      toldBytes = walBytes;
      const text = `a reader holds on to an old state of the history: its log cannot be merged, and has ${mb(walBytes)} MB`;
      options.tell({ kind: 'reader-holds', text, details: { walBytes } });
    } else if (toldBytes > 0 && walBytes <= largeBytes) {
      const text = 'the reader of the history is gone; its log is merged and small again';
      toldBytes = 0;
      options.tell({ kind: 'reader-gone', text, details: { walBytes } });
    }
  };

  const merge = () => {
    let result = checkpoint(db, 'PASSIVE');
    const all = result.checkpointed === result.log;
    if (all && bytesOf(wal) > largeBytes) result = checkpoint(db, 'TRUNCATE');
    look(result);
    return result;
  };

  return {
    step() {
      const nowMs = monotonicMs();
      // After a pause it may come all at once.
      if (nowMs - lastMs < everyMs && (isStuck || bytesOf(wal) - mergedBytes < stepBytes)) return;
      const { checkpointed, log } = merge();
      const frames = checkpointed >= merged ? checkpointed - merged : checkpointed;
      merged = Math.max(checkpointed, 0);
      // As often as makes each a step of the size that is wanted; one that is stuck need not be tried often.
      const pages = stepBytes / 4096;
      const wantedMs = checkpointed < log ? everyMaxMs : (nowMs - lastMs) * (pages / Math.max(frames, 1));
      everyMs = Math.min(everyMaxMs, Math.max(everyMinMs, Math.min(wantedMs, everyMs * 2)));
      lastMs = monotonicMs();
      mergedBytes = bytesOf(wal);
      isStuck = checkpointed < log;
    },
    now() {
      const { checkpointed, log } = merge();
      return checkpointed === log;
    },
    get isHeld() {
      return isHeld;
    },
  };
}

/** Without waiting for anybody: what cannot be merged now is merged another time. */
function checkpoint(db: Database.Database, mode: 'PASSIVE' | 'TRUNCATE'): Result {
  const timeoutMs = Number(db.pragma('busy_timeout', { simple: true }));
  db.pragma('busy_timeout = 0');
  try {
    return (db.pragma(`wal_checkpoint(${mode})`) as Result[])[0]!;
  } finally {
    db.pragma(`busy_timeout = ${timeoutMs}`);
  }
}
