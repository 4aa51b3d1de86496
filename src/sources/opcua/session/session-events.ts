// What a session tells its owner while it lives.
import type { ItemEvents } from '../items/item-events.ts';

export interface SessionEvents extends ItemEvents {
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
