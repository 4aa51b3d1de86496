// What the gateway's thread and the writer's say to each other. Everything here is cloned by the engine but the memory
// of samples, which both see: data only.
import type { ErrorDetails, GemCode } from '../../errors.ts';
import type { Commit, Left } from '../commit.ts';
import type { UpkeepNews } from '../upkeep/news.ts';
import type { SharedBlock } from './block.ts';

export interface Sizes {
  readonly bytes: number;
  readonly walBytes: number;
  readonly freeBytes: number;
}

/** What goes to the disk together, and its number: committed in the order of the numbers, and each once. */
export interface GroupMessage {
  readonly kind: 'commit';
  readonly group: number;
  readonly samples: SharedBlock | undefined;
  readonly rest: Omit<Commit, 'samples'>;
}

export type ToWriter =
  | GroupMessage
  /** Now and then; each is answered by `alive`. */
  | { readonly kind: 'ask'; readonly nowMs: number }
  /** After what was sent: into blocks, and the end. */
  | { readonly kind: 'close'; readonly nowMs: number };

export type FromWriter =
  /** `group`: the last one of this run of the gateway that is in the file; -1 without any. */
  | {
      readonly kind: 'opened';
      readonly left: Left;
      readonly run: number;
      readonly group: number;
      readonly sizes: Sizes;
    }
  | { readonly kind: 'committed'; readonly group: number }
  /** Nothing of a group could be written; it is tried again and again. */
  | { readonly kind: 'full'; readonly why: string; readonly sizes: Sizes }
  | { readonly kind: 'alive'; readonly sizes: Sizes }
  | { readonly kind: 'news'; readonly news: UpkeepNews }
  /** It will do nothing more. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'closed' };

/** An error of ours keeps its code and its words on the way. */
export interface Failure {
  readonly code: GemCode | undefined;
  readonly details: ErrorDetails;
  readonly message: string;
}
