// Messages out of history on their way to the peer, in order: a bounded number under way, what is live goes first.
import type { CatchUpPeer, MissedGap, MissedSamples } from '../../ports/catch-up.ts';
import type { Clock } from '../../ports.ts';
import type { Item } from './ask.ts';
import type { Pace } from './pace.ts';
import { createTrail } from './trail.ts';

export interface Delivery {
  /** All received up to then has reached the peer. */
  readonly doneMs: number;
  /** Acknowledged since the start. */
  readonly samples: number;
  /** Not handed over yet. */
  readonly waiting: number;
  push(items: readonly Item[]): void;
  send(): void;
  /** What is not acknowledged was never here. */
  cut(): void;
}

export interface DeliveryParts {
  readonly peer: CatchUpPeer;
  readonly clock: Clock;
  readonly pace: Pace;
  onAcknowledged(): void;
  onRefused(error: Error): void;
}

export function createDelivery(parts: DeliveryParts, startMs: number): Delivery {
  const { peer, clock, pace } = parts;
  const trail = createTrail(startMs);
  let items: Item[] = [];
  let sending = false;
  let inFlight = 0;
  let generation = 0;
  let samples = 0;

  const sendOne = (message: MissedSamples | MissedGap, doneMs: number) => {
    const mine = generation;
    const settle = trail.add(doneMs);
    const sentMs = clock.monotonicMs();
    const count = 'signals' in message ? message.samples : 0;
    inFlight++;
    pace.sent(count);
    handOver(peer, message, (error) => {
      if (mine !== generation) return;
      if (error === undefined) {
        inFlight--;
        samples += count;
        pace.acknowledged(clock.monotonicMs() - sentMs);
        settle();
        parts.onAcknowledged();
      } else if (peer.isUp) parts.onRefused(error);
    });
  };

  return {
    get doneMs() {
      return trail.doneMs;
    },
    get samples() {
      return samples;
    },
    get waiting() {
      return items.length;
    },
    push(more) {
      items.push(...more);
    },
    send() {
      // `done` may be called within the call: the loop that is running goes on, not another one inside it.
      if (sending) return;
      sending = true;
      for (let item = items[0]; item !== undefined; item = items[0]) {
        const { message, doneMs } = item;
        if (message !== undefined && !(peer.isUp && peer.isClear)) break;
        if (message !== undefined && !pace.allows(clock.monotonicMs(), inFlight)) break;
        items.shift();
        if (message === undefined) trail.pass(doneMs);
        else sendOne(message, doneMs);
      }
      sending = false;
    },
    cut() {
      generation++;
      items = [];
      inFlight = 0;
      trail.cut();
      pace.lost();
    },
  };
}

function handOver(peer: CatchUpPeer, message: MissedSamples | MissedGap, done: (error?: Error) => void) {
  if ('signals' in message) peer.samples(message, done);
  else peer.gap(message, done);
}
