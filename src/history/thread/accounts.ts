// The accounts of the sources as they are written: as they will be when the group is on the disk they go with, so that
// the file explains itself after any end of the process.
import type { Remark } from '../../core/sample.ts';
import type { LedgerRow } from '../../ports.ts';
import type { LedgerEntry } from '../commit.ts';

/** The account of a source as it is now. */
export interface Account {
  readonly source: string;
  readonly row: LedgerRow;
  readonly remarks: Readonly<Record<Remark, number>>;
}

export interface Accounts {
  /**
   * Those that changed since they were last given. `after`: samples by source that come with later groups, which is
   * what is pending once this one is on the disk.
   */
  entries(now: readonly Account[], after: (source: string) => number): LedgerEntry[];
  /** Nobody has been given any. */
  forget(): void;
}

export function createAccounts(): Accounts {
  const given = new Map<string, number>();
  return {
    forget: () => given.clear(),
    entries(now, after) {
      const fresh: LedgerEntry[] = [];
      for (const { source, row, remarks } of now) {
        const pending = after(source);
        const stored = row.stored + row.pending - pending;
        const entry = { source, row: { ...row, stored, pending }, remarks };
        const mark = markOf(entry);
        if (given.get(source) === mark) continue;
        given.set(source, mark);
        // They go on changing while the group is on its way.
        const { rejected } = row;
        fresh.push({
          source,
          row: { ...entry.row, rejected: { ...rejected } },
          remarks: { ...remarks },
        });
      }
      return fresh;
    },
  };
}

/** Counters only grow, so that their sum tells whether any did. */
function markOf({ row, remarks }: LedgerEntry): number {
  let sum = row.received + row.stored + row.coalesced;
  for (const count of Object.values(row.rejected)) sum += count;
  for (const count of Object.values(remarks)) sum += count;
  return sum;
}
