// The history as the gateway's thread sees it: gathers what is to go to the disk, hands it to the writer's thread in
// groups, and says when it is safe. It never makes a tick wait, and holds no more than it may.
import type { Archive, GatewayEvent, HistoryReport, Memory, Store, TickResult } from '../ports.ts';
import type { Act, LedgerEntry, Snapshot } from './commit.ts';

export interface History extends Store, Memory, Archive {
  /** Opens the file and reads what earlier runs left; everything else is called after it. */
  start(): Promise<void>;
  /** Commits all that was pushed, puts it into blocks, and closes. */
  stop(): Promise<void>;
  /** The accounts as they were when the last run ended. */
  readonly ledger: readonly LedgerEntry[];
  /** Whether the last run stopped in order; true for a new file. */
  readonly clean: boolean;
  act(act: Act): void;
  snapshot(snapshot: Snapshot): void;
  event(event: GatewayEvent): void;
  /** What the twins said at a tick. */
  tick(result: TickResult): void;
  report(): HistoryReport;
}
