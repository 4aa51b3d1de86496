// What a source on a thread of its own ("far") and the gateway ("near") say to each other. Everything here is
// cloned or handed over by the engine: data only.
import type { RejectReason, TagSpec } from '../../core/sample.ts';
import type { ErrorDetails, GemCode } from '../../errors.ts';
import type { Log, SourceHealth } from '../../ports.ts';
import type { TimePair } from './far-clock.ts';
import type { RemarkCounts } from './rows.ts';

export type ToFar =
  | { readonly kind: 'start' }
  /** Say goodbye to the peer, send what is left, then `ended`. */
  | { readonly kind: 'stop' }
  /** Now and then; each is answered by `alive`. */
  | { readonly kind: 'time'; readonly time: TimePair }
  /** A block that was read: what comes next may go into it. */
  | { readonly kind: 'back'; readonly buffer: ArrayBuffer }
  /** All that was pushed before this question, and those before it, is safe. */
  | { readonly kind: 'safe'; readonly id: number }
  /** Of the tags that were named, in their order: the newest source time of what was taken before; NaN without one. */
  | { readonly kind: 'known'; readonly lastMs: readonly number[] };

export type FromFar =
  /** What the start will need is loaded. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'started'; readonly failure?: Failure }
  | { readonly kind: 'alive' }
  | Batch
  | { readonly kind: 'ended' };

/** What happened in a turn of the far loop, or in several when blocks were scarce. */
export interface Batch {
  readonly kind: 'batch';
  readonly buffer: ArrayBuffer;
  readonly rows: number;
  /** Of the rows that say so, in their order. */
  readonly asides: readonly Aside[];
  /** Tags that were named: each gets the next number. */
  readonly specs: readonly TagSpec[];
  /** What found no room, or was too often the same to be told each time: counted, with one excerpt. */
  readonly left: Readonly<Partial<Record<RejectReason, Left>>>;
  readonly remarksLeft: RemarkCounts;
  readonly lines: readonly Line[];
  readonly linesLeft: number;
  /** When it is another than before. */
  readonly health: SourceHealth | undefined;
  /** The newest question whether all so far is safe. */
  readonly question: number | undefined;
}

export type Aside =
  | { readonly kind: 'reject'; readonly reason: RejectReason; readonly excerpt: string | Uint8Array }
  | {
      readonly kind: 'clock';
      readonly sentMs: number;
      readonly peerMs: number;
      readonly receivedMs: number;
      readonly clock: string | undefined;
    };

export interface Left {
  count: number;
  readonly excerpt: string | Uint8Array;
}

export interface Line {
  readonly level: keyof Log;
  readonly fields: object;
  readonly message: string;
}

/** An error of ours keeps its code and its words on the way. */
export interface Failure {
  readonly code: GemCode | undefined;
  readonly details: ErrorDetails;
  readonly message: string;
}
