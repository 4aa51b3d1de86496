// What an import adds to the accounts of the sources: it adds up for imported samples as it does for live ones.
import type { LedgerEntry } from '../history/commit.ts';
import { continueLedger, type Ledger, ledgerRow, newLedger } from '../runtime/ledger.ts';
import type { ImportedTag } from './imported.ts';

export interface Accounts {
  /** Samples of a source: so many were in the file, so many of them were new. */
  took(source: string, received: number, stored: number): void;
  /** Rows nobody can say the source of, unless the file has only one. */
  refused(count: number, tags: readonly ImportedTag[]): void;
  /** Of the sources this import has to do with. */
  entries(): LedgerEntry[];
}

export function createAccounts(left: readonly LedgerEntry[]): Accounts {
  const ledgers = new Map<string, Ledger>();
  const of = (source: string): Ledger => {
    let ledger = ledgers.get(source);
    if (ledger === undefined) {
      ledger = newLedger();
      const before = left.find((entry) => entry.source === source);
      if (before !== undefined) continueLedger(ledger, before);
      ledgers.set(source, ledger);
    }
    return ledger;
  };
  return {
    took(source, received, stored) {
      const ledger = of(source);
      ledger.received += received;
      ledger.stored += stored;
      ledger.rejected.duplicate += received - stored;
    },
    refused(count, tags) {
      const sources = new Set(tags.map(({ source }) => source));
      const [only] = sources;
      if (count === 0 || only === undefined || sources.size > 1) return;
      const ledger = of(only);
      ledger.received += count;
      ledger.rejected.parse += count;
    },
    entries: () =>
      [...ledgers].map(([source, ledger]) => {
        const before = left.find((entry) => entry.source === source);
        return { ...before, source, row: ledgerRow(ledger), remarks: { ...ledger.remarks } };
      }),
  };
}
