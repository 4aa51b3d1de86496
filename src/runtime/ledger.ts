// The account of every sample of one source: received = stored + coalesced + pending + rejected, always.
// Continued where the run before it ended, when the history has kept that.
import { type RejectReason, type Remark, rejectReasons, remarks } from '../core/sample.ts';
import type { LedgerRow } from '../ports.ts';

export interface Ledger {
  received: number;
  stored: number;
  coalesced: number;
  pending: number;
  readonly rejected: Record<RejectReason, number>;
  readonly remarks: Record<Remark, number>;
}

function zeros<K extends string>(names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
}

export function newLedger(): Ledger {
  return {
    received: 0,
    stored: 0,
    coalesced: 0,
    pending: 0,
    rejected: zeros(rejectReasons),
    remarks: zeros(remarks),
  };
}

/** Goes on from what an earlier run left. What was pending when that was killed is lost. */
export function continueLedger(
  ledger: Ledger,
  past: { readonly row: LedgerRow; readonly remarks: Readonly<Record<Remark, number>> },
): void {
  const { row } = past;
  ledger.received += row.received;
  ledger.stored += row.stored;
  ledger.coalesced += row.coalesced;
  ledger.rejected.lost += row.pending;
  // One that an older version did not know is not there.
  for (const reason of rejectReasons) ledger.rejected[reason] += row.rejected[reason] ?? 0;
  for (const remark of remarks) ledger.remarks[remark] += past.remarks[remark] ?? 0;
}

export function ledgerRow(ledger: Ledger): LedgerRow {
  return {
    received: ledger.received,
    stored: ledger.stored,
    coalesced: ledger.coalesced,
    pending: ledger.pending,
    rejected: { ...ledger.rejected },
  };
}

export function sumLedgers(rows: readonly LedgerRow[]): LedgerRow {
  const sum = newLedger();
  for (const row of rows) {
    sum.received += row.received;
    sum.stored += row.stored;
    sum.coalesced += row.coalesced;
    sum.pending += row.pending;
    for (const reason of rejectReasons) sum.rejected[reason] += row.rejected[reason];
  }
  return ledgerRow(sum);
}

/** Samples the row does not explain; anything but 0 is a defect. */
export function unexplained(row: LedgerRow): number {
  const rejected = Object.values(row.rejected).reduce((sum, count) => sum + count, 0);
  return row.received - row.stored - row.coalesced - row.pending - rejected;
}
