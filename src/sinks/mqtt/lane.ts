// The way of what is only of interest while fresh (frames, signals, health): the newest of each topic waits
// for a slow peer, older ones and everything during an outage are dropped and counted. Never a queue.
import type { Bus } from '../../ports.ts';
import type { OutMessage } from './message.ts';

export interface Lane {
  offer(message: OutMessage): void;
  drop(reason: string): void;
  /** The link is lost: what waits or was under way is stale by the time it is back. */
  linkLost(): void;
  readonly depth: number;
  /** Not handed over yet. */
  readonly waiting: number;
  /** Messages of machines among what was dropped. */
  readonly liveDropped: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export function createLane(bus: Bus, inflightMax: number, onSettled: () => void): Lane {
  const waiting = new Map<string, OutMessage>();
  const dropped: Record<string, number> = {};
  let inFlight = 0;
  let liveDropped = 0;
  let connection = 0;
  let sending = false;

  const drop = (reason: string, count = 1, live = false) => {
    if (count > 0) dropped[reason] = (dropped[reason] ?? 0) + count;
    if (live) liveDropped++;
  };

  const send = (message: OutMessage) => {
    const mine = connection;
    inFlight++;
    bus.publish(message.topic, message.payload, message, (error) => {
      if (mine !== connection) return;
      inFlight--;
      if (error !== undefined) drop(bus.link === 'up' ? 'refused' : 'offline', 1, message.live);
      run();
      onSettled();
    });
  };

  const run = () => {
    // `done` may be called within `publish`: the loop that is running goes on, not another one inside it.
    if (sending) return;
    sending = true;
    for (const [topic, message] of waiting) {
      if (inFlight >= inflightMax || bus.link !== 'up') break;
      waiting.delete(topic);
      send(message);
    }
    sending = false;
  };

  return {
    dropped,
    drop: (reason) => drop(reason),
    get waiting() {
      return waiting.size;
    },
    get liveDropped() {
      return liveDropped;
    },
    get depth() {
      return waiting.size + inFlight;
    },
    offer(message) {
      if (bus.link !== 'up') {
        drop('offline', 1, message.live);
        return;
      }
      const older = waiting.get(message.topic);
      // Deleted first, so that the newest is the last in line.
      if (waiting.delete(message.topic)) drop('superseded', 1, older?.live);
      waiting.set(message.topic, message);
      run();
    },
    linkLost() {
      drop('offline', waiting.size + inFlight);
      waiting.clear();
      connection++;
      inFlight = 0;
    },
  };
}
