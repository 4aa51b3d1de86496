// The file as a reader has it open: a connection that cannot write, short snapshots, and an account of what was damaged.
import type { Statement } from 'better-sqlite3';
import type { HistoryTag } from '../../ports/history.ts';
import { type Connection, openDatabase } from '../database.ts';
import { createJournalCache, type JournalCache } from './journal-cache.ts';

/**
 * A question that is being answered. At each `yield` no snapshot is held, and others may have a turn; it may also be
 * left there for good.
 */
export type Job<T> = Generator<void, T, void>;

/** A job as who gives it turns sees it. */
export interface Turns<T> {
  next(): IteratorResult<void, T>;
}

/** What could not be read, and was left out of an answer. */
export interface Damage {
  readonly table: 'journal' | 'blocks' | 'rollups' | 'alarms';
  /** Of the row. */
  readonly key: number;
  readonly why: string;
}

export interface HistoryFile {
  readonly file: string;
  readonly db: Connection;
  readonly journal: JournalCache;
  /** Prepared once. */
  readonly sql: <Binds extends unknown[], Row>(text: string) => Statement<Binds, Row>;
  /** Reads all in it as of one commit. Short: what takes long is done with what it returns. */
  readonly snapshot: <T>(read: () => T) => T;
  tags(): readonly HistoryTag[];
  /** Undefined for one that there is not. */
  tag(id: number): HistoryTag | undefined;
  /** Counted and told once for each row. */
  damaged(damage: Damage): void;
  readonly damages: number;
  close(): void;
}

/** More rows than that are not told one by one. */
const damagesMax = 10_000;

export function openHistoryFile(file: string, onDamage?: (damage: Damage) => void): HistoryFile {
  const db = openDatabase(file, { readonly: true });
  const statements = new Map<string, unknown>();
  const told = new Set<string>();
  let known = new Map<number, HistoryTag>();

  function damaged(damage: Damage): void {
    const row = `${damage.table} ${damage.key}`;
    if (told.has(row) || told.size >= damagesMax) return;
    told.add(row);
    onDamage?.(damage);
  }

  function sql<Binds extends unknown[], Row>(text: string): Statement<Binds, Row> {
    const found = statements.get(text);
    if (found !== undefined) return found as Statement<Binds, Row>;
    const statement = db.prepare<Binds, Row>(text);
    statements.set(text, statement);
    return statement;
  }

  function tags(): readonly HistoryTag[] {
    const rows = sql<[], HistoryTag>('SELECT id, source, name, unit, kind, tier FROM tags ORDER BY id').all();
    known = new Map(rows.map((row) => [row.id, row]));
    return rows;
  }

  return {
    file,
    db,
    journal: createJournalCache(db, (key, why) => damaged({ table: 'journal', key, why })),
    sql,
    snapshot(read) {
      db.exec('BEGIN');
      try {
        return read();
      } finally {
        // There is nothing to commit, and after damage a commit would fail for it.
        if (db.inTransaction) db.exec('ROLLBACK');
      }
    },
    tags,
    tag(id) {
      if (!known.has(id)) tags();
      return known.get(id);
    },
    damaged,
    get damages() {
      return told.size;
    },
    close: () => db.close(),
  };
}
