// What a sink gives its peer that missed something, out of history. Interfaces only.
import type { BackfillReport, Clock, Log, SinkContext, TickResult } from '../ports.ts';
import type { GatewayEvent } from './event.ts';
import type { Archive, HistoryGap, TimeRange } from './history.ts';

/** Samples of a signal in order of receipt. */
export interface MissedSignal {
  readonly name: string;
  readonly timeMs: readonly number[];
  /** NaN exactly when the quality is Bad. */
  readonly value: readonly number[];
  readonly quality: readonly number[];
}

/** What a machine's signals were in a second of receipt that did not reach a sink's peer live. */
export interface MissedSamples {
  readonly machine: string;
  /** The second of receipt, counted since 1970: what is told again has the same one, and the same in it. */
  readonly seq: number;
  /** From 0; a second with many samples is told in `parts` parts. */
  readonly part: number;
  readonly parts: number;
  /** Of receipt: after the one, up to the other. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Live data did flow; these samples came too late for the frame they belonged into. */
  readonly late: boolean;
  readonly samples: number;
  readonly signals: readonly MissedSignal[];
}

/** Of this stretch a machine's samples are not to be had: not kept, or beyond what is caught up with. */
export interface MissedGap extends TimeRange {
  readonly machine: string;
  readonly seq: number;
  readonly reason: HistoryGap['reason'] | 'too_old';
  /** That were lost, where somebody counted. */
  readonly samples: number;
}

/**
 * A sink's way to its peer, as catching up uses it. Each `done` is called once, without an error when the peer has it,
 * and with it all that was handed over before. When the link is lost, `lost` of `CatchUp` says so; what is called
 * after that is not heeded.
 */
export interface CatchUpPeer {
  readonly isUp: boolean;
  /** Nothing of what is live waits here. */
  readonly isClear: boolean;
  /** Live messages of machines that were dropped, since the start. */
  readonly dropped: number;
  samples(missed: MissedSamples, done: (error?: Error) => void): void;
  gap(gap: MissedGap, done: (error?: Error) => void): void;
  event(event: GatewayEvent, done: (error?: Error) => void): void;
  /**
   * All that was received up to `upToMs` has arrived, live or later; what is live has been handed over without a
   * break up to `liveMs`.
   */
  mark(mark: { readonly upToMs: number; readonly liveMs: number }, done: (error?: Error) => void): void;
}

/** Gives a sink's peer what it missed, out of history, beside what is live. Every call is quick and none throws. */
export interface CatchUp {
  /** After the live data of a tick was handed over. */
  tick(result: TickResult): void;
  /** About once a second. */
  mark(): void;
  event(event: GatewayEvent): void;
  /** The link is lost: what was not acknowledged is told again on the next one. */
  lost(): void;
  /** Tells what happened last, while the peer answers; resolves in a second or two. */
  stop(): Promise<void>;
  readonly report: BackfillReport;
  /** Events that wait for the history or the peer. */
  readonly depth: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface CatchUpOptions {
  readonly sink: string;
  readonly archive: Archive;
  readonly context: SinkContext;
  readonly clock: Clock;
  readonly log: Log;
  readonly samplesPerS: number;
  readonly batchSamples: number;
  readonly inflight: number;
  readonly maxAgeMs: number;
  /** Most events that wait in memory for history to have them. */
  readonly eventsMax: number;
}

export type NewCatchUp = (options: CatchUpOptions, peer: CatchUpPeer) => CatchUp;
