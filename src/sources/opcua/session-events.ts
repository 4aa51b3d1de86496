// What a session tells its owner while it lives.
import type { DataValue } from 'node-opcua-client';

export interface SessionEvents {
  /** A value of the node at `index`. */
  readonly onValue: (index: number, value: DataValue) => void;
  /** The server will not deliver this node; the others go on. */
  readonly onRefused: (index: number, status: number) => void;
  /** Anything heard from the server. */
  readonly onHeard: () => void;
  /** Why it is of no more use; may be called again. */
  readonly onLost: (why: string) => void;
}
