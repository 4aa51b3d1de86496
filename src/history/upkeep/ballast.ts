// Room that is ours on a full disk: a file that is really there, given back when a commit finds none. Must never be
// sparse, nor compress well: it would give nothing back.
import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { diskFreeBytes } from './space.ts';

const chunkBytes = 256 * 1024;
const fileMode = 0o600;

export interface Ballast {
  readonly isThere: boolean;
  /** Of what is there; 0 for none. */
  readonly bytes: number;
  /** Makes it smaller; it is not whole then. */
  shrink(bytes: number): void;
  /** Removes it; false when there was none to give. */
  give(): boolean;
  /**
   * Makes a piece of it, when the disk has room for it and for as much again, besides `reservedBytes`. True while there
   * is more to make.
   */
  make(reservedBytes: number): boolean;
  close(): void;
}

export function ballastFile(history: string): string {
  return join(dirname(history), 'history.ballast');
}

/** Of a history that is not open yet; false when there was none. */
export function giveBallast(history: string): boolean {
  const file = ballastFile(history);
  const isThere = existsSync(file);
  rmSync(file, { force: true });
  return isThere;
}

export function createBallast(history: string, bytes: number): Ballast {
  const file = ballastFile(history);
  const chunk = Buffer.alloc(Math.min(bytes, chunkBytes));
  let written = allocated(file);
  let handle: number | undefined;

  const drop = () => {
    if (handle !== undefined) closeSync(handle);
    handle = undefined;
    written = 0;
    rmSync(file, { force: true });
  };
  if (written !== bytes) drop();

  const piece = () => {
    handle ??= openSync(file, 'w', fileMode);
    randomFillSync(chunk);
    written += writeSync(handle, chunk, 0, Math.min(chunk.length, bytes - written));
    if (written < bytes) return;
    fsyncSync(handle);
    closeSync(handle);
    handle = undefined;
  };

  return {
    get isThere() {
      return bytes > 0 && written === bytes && handle === undefined;
    },
    get bytes() {
      return written;
    },
    shrink(smaller) {
      if (handle !== undefined) drop();
      if (written <= smaller) return;
      truncateSync(file, smaller);
      written = smaller;
    },
    give() {
      if (written === 0) return false;
      drop();
      return true;
    },
    make(reservedBytes) {
      if (written === bytes && handle === undefined) return false;
      const missing = bytes - written;
      if (diskFreeBytes(history) < missing + bytes + reservedBytes) {
        if (handle !== undefined) drop();
        return false;
      }
      try {
        piece();
      } catch {
        // Somebody was faster: the room is not there, and what was made of it must not stay.
        drop();
        return false;
      }
      return written < bytes;
    },
    close() {
      if (handle !== undefined) drop();
    },
  };
}

/** What is really on the disk of it; 0 when that is less than it says. */
function allocated(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  return found.blocks * 512 < found.size ? 0 : found.size;
}
