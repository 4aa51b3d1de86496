// What goes to the disk together: all of it or nothing. Made on the gateway's thread, written by the writer's.
import type { AlarmChangeKind } from '../core/alarm.ts';
import type { Remark, SampleColumns, Series } from '../core/sample.ts';
import type { GatewayEvent } from '../ports/event.ts';
import type { HistoryGap, HistoryTag } from '../ports/history.ts';
import type { LedgerRow } from '../ports.ts';

export interface NewTag extends Omit<HistoryTag, 'id'> {
  /** What the samples of this run call it. */
  readonly index: number;
}

/** The account of a source over all runs. */
export interface LedgerEntry {
  readonly source: string;
  readonly row: LedgerRow;
  readonly remarks: Readonly<Record<Remark, number>>;
  /** Of the commit it came with: the mark of the gateway's run, and its number in it. */
  readonly group?: string;
}

/** What a replay needs besides samples. It belongs before the step of its tick. */
export interface Act {
  readonly tick: number;
  /**
   * `command`: a TwinCommand. `skipped`: the ticks from this one on that never were, as many as the text says.
   * `hash`: the state hash after this tick. `end`: the last tick of a run that stopped in order, and its hash.
   * `overlap`: the first of a run that began, by the wall clock, before the last sample of the run before was received:
   * when that was.
   */
  readonly kind: 'command' | 'skipped' | 'hash' | 'end' | 'overlap';
  readonly text: string;
}

/** All of the core after a tick, so that a replay need not begin at the start of the run. */
export interface Snapshot {
  readonly tick: number;
  readonly data: Uint8Array;
}

/** A line of the journal of alarms. */
export interface AlarmRow {
  readonly timeMs: number;
  readonly machine: string;
  readonly alarm: string;
  readonly occurrence: number;
  readonly kind: AlarmChangeKind;
  /** The alarm as JSON, without its evidence. */
  readonly text: string;
  readonly evidence?: PackedEvidence;
}

/** Evidence in a form that crosses to another thread at once: numbers in one column, NaN for null. */
export interface PackedEvidence {
  /** All of it but the numbers, as JSON. */
  readonly head: string;
  /** Of the signals, then of the residuals, one series after the other. */
  readonly values: Float64Array;
}

export interface Run {
  readonly startMs: number;
  readonly periodMs: number;
  readonly openedMs: number;
  readonly gemel: string;
  readonly site: string;
  /** Of all that the core computes with: two runs with the same one replay alike. */
  readonly fingerprint: string;
  /** As JSON, without secrets. */
  readonly config: string;
}

export interface Commit {
  /** Gateway time of now: retention and rollups know no other. */
  readonly nowMs: number;
  readonly tags: readonly NewTag[];
  /** Tags by their index; valid during the call. */
  readonly samples: SampleColumns | undefined;
  readonly ledger: readonly LedgerEntry[];
  readonly memory: readonly { readonly key: string; readonly text: string }[];
  readonly events: readonly GatewayEvent[];
  readonly acts: readonly Act[];
  readonly snapshots: readonly Snapshot[];
  readonly cursors: readonly {
    readonly sink: string;
    readonly stream: string;
    readonly position: number;
  }[];
  readonly gaps: readonly HistoryGap[];
  /** Absent: none. */
  readonly alarms?: readonly AlarmRow[];
}

/** What earlier runs left, read once when the file is opened. */
export interface Left {
  readonly tags: readonly HistoryTag[];
  /** By tag id: its last samples, oldest first, at most `recentMax`. */
  readonly recent: ReadonlyMap<number, Series>;
  readonly ledger: readonly LedgerEntry[];
  readonly memory: ReadonlyMap<string, string>;
  readonly cursors: readonly { sink: string; stream: string; position: number }[];
  /** Of the newest event; 0 without any. */
  readonly lastEventId: number;
  /** Latest receipt that is stored; NaN in a new file. */
  readonly lastReceivedMs: number;
  /** The last run did not stop in order. */
  readonly unclean: boolean;
  /** For people: a file that was put aside, and why. */
  readonly quarantined?: { readonly file: string; readonly why: string };
}

export const recentMax = 32;

/** The one connection that writes; synchronous, on whatever thread it lives. */
export interface Writer {
  readonly left: Left;
  /** The id of the run that this writer is for. */
  readonly run: number;
  /** Durable when it returns. Throws `HistoryFull` when the disk is full: nothing of it is written, try again. */
  commit(commit: Commit): void;
  /**
   * Work that can wait (blocks, rollups, retention, merging the log), in slices of a few milliseconds. False when there
   * is none left for now.
   */
  work(nowMs: number): boolean;
  /** Sizes and states for a report. */
  sizes(): { readonly bytes: number; readonly walBytes: number; readonly freeBytes: number };
  /** Puts what is in the journal into blocks, merges the log, and closes. */
  close(): void;
}
