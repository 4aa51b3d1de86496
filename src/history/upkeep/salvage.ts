// Brings what can still be read of a damaged file into a new one: tags, the memory of the twins, accounts, where sinks
// were, the newest events, and the samples that were not in blocks yet. Must take nothing that it cannot check or that
// the new file's rules refuse, and never throw: what is not there is not there.
import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { inflateEvidence } from '../alarm-rows.ts';
import { pageBytes } from '../database.ts';
import { decodeJournal } from '../journal-row.ts';
import { earliestMs } from './age-clock.ts';
import { bytesOf } from './space.ts';

export interface Salvaged {
  readonly tags: number;
  readonly memory: number;
  readonly ledger: number;
  readonly cursors: number;
  readonly events: number;
  readonly gaps: number;
  /** Samples that were in the journal. */
  readonly samples: number;
  /** Earliest and latest receipt that the damaged file knew of; NaN where that cannot be told. */
  readonly fromMs: number;
  readonly toMs: number;
}

type Row = Readonly<Record<string, unknown>>;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rowsMax: number;
  readonly check?: (row: Row) => boolean;
}

const rowsUsual = 1_000_000;
const isJson = (text: unknown) => {
  try {
    return typeof text === 'string' && JSON.parse(text) !== null;
  } catch {
    return false;
  }
};

const tables: readonly Table[] = [
  {
    name: 'tags',
    columns: ['id', 'source', 'name', 'unit', 'kind', 'tier'],
    rowsMax: rowsUsual,
    check: ({ tier }) => tier === 'raw' || tier === 'twin',
  },
  { name: 'memory', columns: ['key', 'saved_ms', 'text'], rowsMax: rowsUsual },
  { name: 'ledger', columns: ['source', 'row'], rowsMax: rowsUsual, check: ({ row }) => isJson(row) },
  { name: 'cursors', columns: ['sink', 'stream', 'position'], rowsMax: rowsUsual },
  {
    name: 'events',
    columns: ['id', 'time_ms', 'event'],
    rowsMax: 10_000,
    check: ({ event }) => isJson(event),
  },
  {
    name: 'alarms',
    columns: ['id', 'time_ms', 'machine', 'alarm', 'occurrence', 'kind', 'text', 'evidence'],
    rowsMax: 10_000,
    check: ({ text, evidence }) => isJson(text) && isEvidence(evidence),
  },
  { name: 'gaps', columns: ['id', 'from_ms', 'to_ms', 'reason', 'samples'], rowsMax: 10_000 },
  {
    name: 'journal',
    columns: ['seq', 'received_first', 'received_last', 'samples', 'data'],
    rowsMax: 100_000,
    check: ({ data, samples }) => data instanceof Uint8Array && holds(data, samples),
  },
];

function isEvidence(bytes: unknown): boolean {
  if (bytes === null) return true;
  try {
    return bytes instanceof Uint8Array && inflateEvidence(bytes) !== null;
  } catch {
    return false;
  }
}

function holds(data: Uint8Array, samples: unknown): boolean {
  try {
    return decodeJournal(data).length === samples;
  } catch {
    return false;
  }
}

/** Into a new file, in one transaction. */
export function salvage(damaged: string, into: Database.Database): Salvaged {
  let from: Database.Database | undefined;
  try {
    // Of a file that was cut to nothing SQLite would delete the log; with a page of nothing it reads what is in there.
    if (bytesOf(damaged) === 0) writeFileSync(damaged, Buffer.alloc(pageBytes), { mode: 0o600 });
    from = new Database(damaged, { fileMustExist: true, timeout: 0 });
    const known = from;
    return into.transaction(() => salvageAll(known, into))();
  } catch {
    return nothingSalvaged;
  } finally {
    try {
      from?.close();
    } catch {
      // It is damaged.
    }
  }
}

export const nothingSalvaged: Salvaged = {
  tags: 0,
  memory: 0,
  ledger: 0,
  cursors: 0,
  events: 0,
  gaps: 0,
  samples: 0,
  fromMs: Number.NaN,
  toMs: Number.NaN,
};

function salvageAll(from: Database.Database, into: Database.Database): Salvaged {
  const kept = new Map<string, Row[]>();
  for (const table of tables) kept.set(table.name, copy(from, into, table));
  const count = (name: string) => kept.get(name)?.length ?? 0;
  keepEventIdsRising(into);
  const journal = kept.get('journal') ?? [];
  return {
    tags: count('tags'),
    memory: count('memory'),
    ledger: count('ledger'),
    cursors: count('cursors'),
    events: count('events'),
    gaps: count('gaps'),
    samples: journal.reduce((sum, { samples }) => sum + Number(samples), 0),
    fromMs: number(from, 'SELECT min(opened_ms) FROM runs'),
    toMs: Math.max(
      ...[
        number(from, 'SELECT received_last FROM journal ORDER BY seq DESC LIMIT 1'),
        number(from, 'SELECT max(received_last) FROM runs'),
      ].map((value) => (Number.isNaN(value) ? -Infinity : value)),
    ),
  };
}

/** Rows from the newest back to the first that cannot be read, then from the oldest up to the last that can. */
function copy(from: Database.Database, into: Database.Database, table: Table): Row[] {
  const kept: Row[] = [];
  const columns = table.columns.join(', ');
  const values = table.columns.map((column) => `@${column}`).join(', ');
  const insert = into.prepare(`INSERT OR IGNORE INTO ${table.name} (${columns}) VALUES (${values})`);
  let lowest = Infinity;
  for (const order of ['DESC', 'ASC']) {
    try {
      const rows = from.prepare<[], Row & { at: number }>(
        `SELECT rowid AS at, ${columns} FROM ${table.name} ORDER BY rowid ${order} LIMIT ${table.rowsMax}`,
      );
      for (const { at, ...row } of rows.iterate()) {
        if (order === 'ASC' && at >= lowest) break;
        if (order === 'DESC') lowest = at;
        if (table.check !== undefined && !table.check(row)) continue;
        if (put(insert, row)) kept.push(row);
      }
    } catch {
      // Up to here it could be read.
    }
  }
  return kept;
}

function put(insert: Database.Statement, row: Row): boolean {
  try {
    return insert.run(row).changes > 0;
  } catch {
    return false;
  }
}

/** A sink is past an id that it has seen: no event to come may have one below. */
function keepEventIdsRising(into: Database.Database): void {
  const past = into
    .prepare<[number], number | null>('SELECT max(position) FROM cursors WHERE position < ?')
    .pluck()
    .get(earliestMs);
  const newest = into.prepare<[], number | null>('SELECT max(id) FROM events').pluck().get() ?? 0;
  if (past === null || past === undefined || past <= newest) return;
  into.prepare("DELETE FROM sqlite_sequence WHERE name = 'events'").run();
  into.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)").run(Math.ceil(past));
}

function number(db: Database.Database, sql: string): number {
  try {
    return db.prepare<[], number | null>(sql).pluck().get() ?? Number.NaN;
  } catch {
    return Number.NaN;
  }
}
