// Gives pages that hold nothing back to the disk, a few at a time, so that the file shrinks. Leaves some: what comes
// next is written there.
import type Database from 'better-sqlite3';
import { quietly } from './quietly.ts';
import { pragmaNumber } from './space.ts';

const pagesAtOnce = 32;
/** So many stay free, or this share of the file. */
const spareMin = 512;
const spareShare = 1 / 64;
/** Once begun it goes on to there; it does not begin before there are twice as many. */
const beginAt = 2;

export interface Vacuum {
  /** True while there is more to give back. */
  step(): boolean;
  /** Some, whatever is to spare. */
  now(): void;
}

export function createVacuum(db: Database.Database): Vacuum {
  const incremental = 2;
  const able = pragmaNumber(db, 'auto_vacuum') === incremental;
  let isOn = false;
  const give = (pages: number) => quietly(db, () => db.pragma(`incremental_vacuum(${pages})`));
  return {
    step() {
      if (!able) return false;
      const free = pragmaNumber(db, 'freelist_count');
      const spare = Math.max(spareMin, pragmaNumber(db, 'page_count') * spareShare);
      isOn = free > (isOn ? spare : spare * beginAt);
      if (!isOn) return false;
      give(Math.min(pagesAtOnce, Math.ceil(free - spare)));
      return true;
    },
    now() {
      if (able) give(pagesAtOnce);
    },
  };
}
