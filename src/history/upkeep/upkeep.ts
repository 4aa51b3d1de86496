// Everything that keeps the history file in order between two commits: what is too old goes, the log is merged, the
// ballast is there. Works in slices of a few milliseconds on the writer's connection; must never make a commit wait.
import type Database from 'better-sqlite3';
import { type Ballast, createBallast } from './ballast.ts';
import { claimLog } from './claim.ts';
import type { Keep } from './keep.ts';
import { createMerge } from './merge.ts';
import type { Tell } from './news.ts';
import { spareAside } from './quarantine.ts';
import { createRetention } from './retention.ts';
import { bytesOf, diskFreeBytes, measureSpace } from './space.ts';

export interface UpkeepOptions {
  readonly db: Database.Database;
  readonly file: string;
  readonly keep: Keep;
  readonly ballastBytes: number;
  /** Latest receipt in the file when it was opened; NaN in a new one. */
  readonly lastReceivedMs: number;
  readonly tell: Tell;
  /** The log is large from here on. */
  readonly walLargeBytes?: number;
}

export interface Upkeep {
  /** A slice of a few milliseconds, outside of a transaction. True while there is more to do now. */
  work(nowMs: number): boolean;
  /**
   * A commit found no room: gives the ballast back, merges the log, and lets go of what is oldest, for at most some
   * tens of milliseconds. True when a try may go better now.
   */
  makeRoom(nowMs: number): boolean;
  /**
   * Whether a commit of about so many bytes may be tried. While the disk is full it must fit into what is free inside the
   * file: pages beyond its end can be written to the log, and would stay there, until the log is full as well and nothing
   * can be let go any more. Lets go of what is oldest for that, for at most some tens of milliseconds.
   */
  hasRoom(nowMs: number, bytes: number): boolean;
  /** Work that makes file or log grow and can wait should. */
  readonly isHeld: boolean;
  /** Merges the log as far as it can be; before the connection is closed. */
  close(): void;
}

const sliceMs = 3;
const roomMs = 50;
/** Left on the disk: without a reserve to tell it by, there is room again. */
const roomyBytes = 2 ** 24;
/** Of a commit beside its samples, and of its upkeep. */
const spareBytes = 2 ** 19;
/** Enough for some hundreds of blocks a second, which is many times what the fastest sources fill. */
const paceMs = 50;

export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { db, file, tell } = options;
  const merge = createMerge(db, file, {
    tell,
    ...(options.walLargeBytes === undefined ? {} : { largeBytes: options.walLargeBytes }),
  });
  const ballast = createBallast(file, options.ballastBytes);
  const retention = createRetention({ ...options, paceMs });
  let lackedRoom = false;
  const isRoomy = (bytes: number) => hasFree(db, file, bytes + spareBytes);

  return {
    work(nowMs) {
      // Until there is room again the file must not grow: it could not be written, and the log with it.
      if (lackedRoom) attempt(() => retention.squeeze(nowMs, sliceMs));
      merge.step();
      if (!ballast.isThere && ballast.make(lackedRoom ? options.ballastBytes : 0)) return true;
      if (ballast.isThere && lackedRoom) {
        lackedRoom = false;
        tell({ kind: 'ballast-made', text: 'the history has its reserve on the disk again', details: {} });
      }
      if (lackedRoom && options.ballastBytes === 0) lackedRoom = diskFreeBytes(file) < roomyBytes;
      // What is free in the file is needed there: to give it back would be to lose it to others.
      if (merge.isHeld || lackedRoom) return false;
      return retention.step(nowMs, sliceMs);
    },
    makeRoom(nowMs) {
      const endMs = performance.now() + roomMs;
      spareAside(file);
      // What is in the log already goes first: it may need room behind the end of the file.
      const isMerged = attempt(() => merge.now()) === true;
      if (isMerged) attempt(() => turnIntoLog(ballast, db, file));
      const gave = ballast.give();
      if (gave) {
        const text = 'the disk is full: the history uses its reserve to make room';
        tell({ kind: 'ballast-given', text, details: { bytes: options.ballastBytes } });
      }
      lackedRoom = true;
      attempt(() => merge.now());
      if (gave && !isMerged) attempt(() => claimLog(db, file, options.ballastBytes / 2));
      let squeezed = false;
      while (performance.now() < endMs && attempt(() => retention.squeeze(nowMs, sliceMs)) === true)
        squeezed = true;
      return attempt(() => merge.now()) === true || gave || squeezed;
    },
    hasRoom(nowMs, bytes) {
      const endMs = performance.now() + roomMs;
      while (lackedRoom && !isRoomy(bytes)) {
        if (performance.now() > endMs) return false;
        // Undefined: what is let go needs room in the log, which it has when that is merged.
        const more = attempt(() => retention.squeeze(nowMs, sliceMs));
        if (attempt(() => merge.now()) !== true || more === false) return isRoomy(bytes);
      }
      return true;
    },
    get isHeld() {
      return merge.isHeld || (lackedRoom && !isRoomy(0));
    },
    close() {
      attempt(() => merge.now());
      ballast.close();
    },
  };
}

/** On the disk others may be faster. */
function hasFree(db: Database.Database, file: string, bytes: number): boolean {
  const space = measureSpace(db, file);
  return space.freeBytes >= bytes || space.diskFreeBytes >= 2 * bytes;
}

const pieces = 16;

/** Half of it, piece by piece, so that nobody else comes between. */
function turnIntoLog(ballast: Ballast, db: Database.Database, file: string): void {
  const whole = ballast.bytes;
  const before = bytesOf(`${file}-wal`);
  for (let i = 1; i <= pieces / 2; i++) {
    const given = (whole / pieces) * i;
    ballast.shrink(Math.floor(whole - given));
    claimLog(db, file, Math.floor(Math.max(before, given)));
  }
}

/** What needs room itself may find none. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
