// Events on their way to a peer, in order: a bounded number under way, each until it is acknowledged. What a broken
// connection has not acknowledged goes again on the next one.
import type { CatchUpPeer } from '../../ports/catch-up.ts';
import type { GatewayEvent } from '../../ports/event.ts';

export interface EventQueue {
  /** `id`: its place in history; undefined for one that history does not have. */
  add(id: number | undefined, event: GatewayEvent): void;
  /** One that is done with: its place is reached with it. */
  pass(id: number, event: GatewayEvent): void;
  send(): void;
  /** What was refused may go again. */
  retry(): void;
  lost(): void;
  readonly depth: number;
}

export interface EventQueueListener {
  /** All up to this place of history is done with. */
  onReached(id: number): void;
  onAcknowledged(): void;
  onGivenUp(): void;
}

interface Item {
  readonly id: number | undefined;
  readonly event: GatewayEvent;
  state: 'waiting' | 'sent' | 'refused' | 'settled';
  refusals: number;
}

export const eventsInflightMax = 20;
/** A denied publish may be a broker that is still loading its rules: five ticks, then it is given up. */
const refusalsMax = 5;

export function createEventQueue(peer: CatchUpPeer, listener: EventQueueListener): EventQueue {
  let items: Item[] = [];
  let generation = 0;
  let inFlight = 0;

  const settle = () => {
    const first = items.findIndex(({ state }) => state !== 'settled');
    const done = items.slice(0, first < 0 ? items.length : first);
    items = items.slice(done.length);
    const reached = done.findLast(({ id }) => id !== undefined);
    if (reached?.id !== undefined) listener.onReached(reached.id);
  };

  const answered = (item: Item, error: Error | undefined) => {
    // Without a link nothing was refused: `lost` takes it back.
    if (error !== undefined && !peer.isUp) return;
    if (error !== undefined && ++item.refusals < refusalsMax) {
      item.state = 'refused';
      return;
    }
    item.state = 'settled';
    settle();
    if (error === undefined) listener.onAcknowledged();
    else listener.onGivenUp();
  };

  return {
    add(id, event) {
      items.push({ id, event, state: 'waiting', refusals: 0 });
    },
    pass(id, event) {
      items.push({ id, event, state: 'settled', refusals: 0 });
      settle();
    },
    send() {
      for (const item of items) {
        if (inFlight >= eventsInflightMax || !peer.isUp) break;
        if (item.state !== 'waiting') continue;
        item.state = 'sent';
        inFlight++;
        const mine = generation;
        peer.event(item.event, (error) => {
          if (mine !== generation) return;
          inFlight--;
          answered(item, error);
        });
      }
    },
    retry() {
      for (const item of items) if (item.state === 'refused') item.state = 'waiting';
    },
    lost() {
      generation++;
      inFlight = 0;
      for (const item of items) if (item.state !== 'settled') item.state = 'waiting';
    },
    get depth() {
      return items.length;
    },
  };
}
