// What the gateway's thread and the reader's say to each other. Answers bring their memory along: data only.
import type { ErrorDetails, GemCode } from '../../errors.ts';
import type { Damage } from '../query/history-file.ts';
import type { Topic } from './question.ts';

export type ToReader =
  | { readonly kind: 'ask'; readonly id: number; readonly topic: Topic; readonly about: unknown }
  /** Nobody waits for it any more. */
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close' };

export interface Failure {
  readonly code: GemCode;
  readonly details: ErrorDetails;
}

export type FromReader =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'damage'; readonly damage: Damage }
  | { readonly kind: 'closed' };
