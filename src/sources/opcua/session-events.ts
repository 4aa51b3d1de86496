// What a session tells its owner while it lives.
import type { DataValue } from 'node-opcua-client';
import type { ItemReport } from './item-report.ts';

export interface SessionEvents {
  /** A value of the node at `index`. */
  readonly onValue: (index: number, value: DataValue) => void;
  /** The server will not deliver this node; the others go on. */
  readonly onRefused: (index: number, status: number) => void;
  /** Values were lost on the way to us. */
  readonly onGap: () => void;
  /** Source time from which values of the item are missing; NaN when none are. */
  readonly missingSinceMs: (index: number) => number;
  /** Values out of the server's history, oldest first. */
  readonly onHistory: (index: number, values: readonly DataValue[]) => void;
  readonly report: ItemReport;
  /** Anything heard from the server. */
  readonly onHeard: () => void;
  /** The subscription spoke: data or a keep-alive, the latest of which comes after so long. */
  readonly onPublished: (keepAliveMs: number) => void;
  /** The server said `peerMs` between the two times of ours. */
  readonly onServerClock: (sentMs: number, peerMs: number, receivedMs: number) => void;
  /** Something that is no reason to refuse the server, and that a person should know. */
  readonly onRemark: (text: string) => void;
  /** Why it is of no more use; may be called again. */
  readonly onLost: (why: string) => void;
}
