// What is kept of one source while it runs: its ledger, its clocks, and when it was last heard.
import { type ClockModel, newClockModel } from '../core/clock-model.ts';
import { type Ledger, newLedger } from './ledger.ts';

export interface SourceAccount {
  readonly ledger: Ledger;
  /** By name; a source without devices has one, whose name is empty. Bounded by the tags it may make. */
  readonly clocks: Map<string, ClockModel>;
  /** Monotonic time of the last sample; NaN before the first. */
  lastSampleMs: number;
}

export function newSourceAccount(): SourceAccount {
  return { ledger: newLedger(), clocks: new Map(), lastSampleMs: Number.NaN };
}

/** The clock of a device, made on first use; whether it is trusted is decided then. */
export function clockOf(account: SourceAccount, name = '', trusted = false): ClockModel {
  let clock = account.clocks.get(name);
  if (clock === undefined) {
    clock = newClockModel({ trusted });
    account.clocks.set(name, clock);
  }
  return clock;
}
