// Samples of a file into the history, a group at a time. Must never store one twice that is there already, and never
// delete anything: what is too old goes when a gateway next looks.

import type { Writer } from '../history/commit.ts';
import { HistoryFull } from '../history/history-full.ts';
import type { HistoryReader } from '../ports/history.ts';
import { type Accounts, createAccounts } from './import-ledger.ts';
import { columnsOf, type ImportedRow, type ImportedTag, type ImportSource } from './imported.ts';
import { unknownRows } from './known.ts';

export interface Imported {
  readonly read: number;
  readonly stored: number;
  /** Were there already. */
  readonly known: number;
  readonly refused: number;
  readonly examples: readonly string[];
  readonly tags: number;
  /** Of what was stored; NaN when nothing was. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly damage: string;
}

export interface ImportParts {
  readonly writer: Writer;
  readonly reader: HistoryReader;
  readonly nowMs: () => number;
  /** Of the disk; below it the writer would begin to delete what is oldest. */
  readonly minFreeBytes: number;
  onShare(share: number): void;
}

/** In one commit, about. */
const groupRows = 50_000;

export async function importSamples(source: ImportSource, parts: ImportParts): Promise<Imported> {
  const group = createGroup(source, parts);
  let waiting: ImportedRow[] = [];
  for await (const rows of source.rows) {
    for (const row of rows) {
      // Of one moment all are in one group: that a device said the same twice is seen only there.
      if (waiting.length >= groupRows && row.timeMs !== waiting.at(-1)!.timeMs) {
        await group.store(waiting);
        waiting = [];
      }
      waiting.push(row);
    }
    parts.onShare(source.share());
  }
  await group.store(waiting);
  return group.result();
}

function createGroup(source: ImportSource, { writer, reader, nowMs, minFreeBytes }: ImportParts) {
  const accounts: Accounts = createAccounts(writer.left.ledger);
  const unknown = createUnknown(source, reader);
  const named = new Set<number>();
  let read = 0;
  let stored = 0;
  let refusedBefore = 0;
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;

  return {
    async store(rows: readonly ImportedRow[]): Promise<void> {
      const fresh = new Set<ImportedRow>();
      for (const [tag, own] of Map.groupBy(rows, (row) => row.tag)) {
        const found = await unknown(tag, own);
        for (const row of found) fresh.add(row);
        const { source: name, tier } = source.tags[tag]!;
        if (tier === 'raw') accounts.took(name, own.length, found.length);
      }
      const kept = rows.filter((row) => fresh.has(row));
      const tags = [...new Set(kept.map(({ tag }) => tag))].filter((tag) => !named.has(tag));
      for (const tag of tags) named.add(tag);
      read += rows.length;
      stored += kept.length;
      for (const { timeMs } of kept) {
        fromMs = Math.min(fromMs, timeMs);
        toMs = Math.max(toMs, timeMs);
      }
      accounts.refused(source.refused.count - refusedBefore, source.tags);
      refusedBefore = source.refused.count;
      if (writer.sizes().freeBytes < minFreeBytes) throw new HistoryFull('the disk has too little room left');
      writer.commit({
        nowMs: nowMs(),
        tags: tags.map((index) => ({ index, ...source.tags[index]! })),
        samples: kept.length === 0 ? undefined : columnsOf(kept, (tag) => tag),
        ledger: accounts.entries(),
        ...nothingElse,
      });
      // What was committed goes into blocks before more comes, so that the journal stays short.
      while (writer.work(nowMs()));
    },
    result(): Imported {
      const some = stored > 0;
      return {
        read,
        stored,
        known: read - stored,
        refused: source.refused.count,
        examples: source.refused.examples,
        tags: source.tags.length,
        fromMs: some ? fromMs : Number.NaN,
        toMs: some ? toMs : Number.NaN,
        damage: source.damage(),
      };
    },
  };
}

/** What of the rows of a tag is not stored yet. */
function createUnknown(source: ImportSource, reader: HistoryReader) {
  const ids = new Map<number, number>();
  /** Undefined: nobody has named the tag before, so nothing of it is there. */
  const idOf = async (tag: number): Promise<number | undefined> => {
    if (!ids.has(tag)) {
      const wanted = source.tags[tag]!;
      const found = (await reader.tags()).find((one) => isSame(one, wanted));
      if (found !== undefined) ids.set(tag, found.id);
    }
    return ids.get(tag);
  };
  return async (tag: number, rows: readonly ImportedRow[]): Promise<readonly ImportedRow[]> => {
    const id = await idOf(tag);
    return id === undefined ? rows : unknownRows(reader, id, rows);
  };
}

const nothingElse = { memory: [], events: [], acts: [], snapshots: [], cursors: [], gaps: [] };

function isSame(a: ImportedTag, b: ImportedTag): boolean {
  return (
    a.source === b.source && a.name === b.name && a.unit === b.unit && a.kind === b.kind && a.tier === b.tier
  );
}
