// How much room the file takes, and how much the disk has. Must never open the file or its -shm: to close them would
// drop the locks that the connections of this process hold on them.
import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';

export interface Space {
  /** Of the file as its readers see it, with what is in the log only. */
  readonly fileBytes: number;
  readonly walBytes: number;
  /** Inside the file, of pages that hold nothing. */
  readonly freeBytes: number;
  /** On the disk, for a user without privileges. */
  readonly diskFreeBytes: number;
}

export function measureSpace(db: Database.Database, file: string): Space {
  const pageBytes = pragmaNumber(db, 'page_size');
  return {
    fileBytes: pragmaNumber(db, 'page_count') * pageBytes,
    walBytes: bytesOf(`${file}-wal`),
    freeBytes: pragmaNumber(db, 'freelist_count') * pageBytes,
    diskFreeBytes: diskFreeBytes(file),
  };
}

export function pragmaNumber(db: Database.Database, name: string): number {
  return Number(db.pragma(name, { simple: true }));
}

export function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

export function diskFreeBytes(file: string): number {
  const folder = dirname(file);
  if (!existsSync(folder)) return 0;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
