// What the items of a session tell their owner, and what they ask of it. Items are named by their place in the plan.
import type { DataValue } from 'node-opcua-client';
import type { Span } from '../values/unfilled.ts';
import type { ItemReport } from './item-report.ts';

export interface ItemEvents {
  readonly onValue: (item: number, value: DataValue) => void;
  /** A message of the server's begins, made at that time of its; values follow, or none do. */
  readonly onMessage: (publishMs: number) => void;
  /** All that it brought was told. */
  readonly onMessageEnd: () => void;
  /** The server may tell a value of the item so long after it was true. */
  readonly onDelay: (item: number, delayMs: number) => void;
  /** The server will not deliver this node for now; the others go on. */
  readonly onRefused: (item: number, status: number) => void;
  /** From the server's history, oldest first; before the live values of the item where they could wait. */
  readonly onHistory: (item: number, values: readonly DataValue[]) => void;
  /** A value was lost on our side of the connection. */
  readonly onGap: () => void;
  /** Source times between which values of the item are missing, oldest first; while it is away the last has no end. */
  readonly missing: (item: number) => readonly Span[];
  /** What there was of them has been told. */
  readonly onFilled: (item: number) => void;
  readonly report: ItemReport;
}
