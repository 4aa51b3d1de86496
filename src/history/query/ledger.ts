// The accounts, the memory of the twins and where the sinks were, as the last commit left them; and how much the
// tables hold, to set beside the accounts.
import type { LedgerEntry } from '../commit.ts';
import type { HistoryFile, Job } from './history-file.ts';

export interface StoredLedger {
  readonly sources: readonly LedgerEntry[];
  readonly cursors: readonly { readonly sink: string; readonly stream: string; readonly position: number }[];
}

export interface Counts {
  readonly journalRows: number;
  readonly journalSamples: number;
  readonly blocks: number;
  readonly blockSamples: number;
}

interface Sum {
  readonly last: number | null;
  readonly rows: number;
  readonly samples: number | null;
}

/** So many rows are a few milliseconds. */
const rowsAtOnce = 20_000;

export function readLedger({ sql }: HistoryFile): StoredLedger {
  const rows = sql<[], { source: string; row: string }>('SELECT source, row FROM ledger').all();
  const cursors = sql<[], { sink: string; stream: string; position: number }>(
    'SELECT sink, stream, position FROM cursors',
  ).all();
  return { sources: rows.map(entryOf), cursors };
}

function entryOf({ source, row }: { source: string; row: string }): LedgerEntry {
  const kept = JSON.parse(row) as Omit<LedgerEntry, 'source'>;
  return { source, row: kept.row, remarks: kept.remarks };
}

export function readMemory({ sql }: HistoryFile): ReadonlyMap<string, string> {
  const rows = sql<[], { key: string; text: string }>('SELECT key, text FROM memory').all();
  return new Map(rows.map(({ key, text }) => [key, text]));
}

/** Exact while nobody writes; else off by what was moved meanwhile. */
export function* countRows({ sql, snapshot }: HistoryFile): Job<Counts> {
  const select = sql<[number, number], Sum>(
    `SELECT max(key) AS last, count(*) AS rows, sum(samples) AS samples
     FROM (SELECT key, samples FROM blocks WHERE key > ? ORDER BY key LIMIT ?)`,
  );
  let blocks = 0;
  let blockSamples = 0;
  for (let after = -1; ; ) {
    const { last, rows, samples } = snapshot(() => select.get(after, rowsAtOnce)!);
    blocks += rows;
    blockSamples += samples ?? 0;
    if (last === null || rows < rowsAtOnce) break;
    after = last;
    yield;
  }
  const journal = sql<[], { rows: number; samples: number }>(
    'SELECT count(*) AS rows, coalesce(sum(samples), 0) AS samples FROM journal',
  ).get()!;
  return { journalRows: journal.rows, journalSamples: journal.samples, blocks, blockSamples };
}
