// The two ways to the broker as one: the lane for what only counts while fresh, the outbox for what must
// arrive. Watches the link for both.
import type { Bus, Outbox, PublishOptions } from '../../ports.ts';
import { createDrain } from './drain.ts';
import { createLane } from './lane.ts';
import { newMessage, type OutMessage } from './message.ts';
import { createPump } from './pump.ts';

export interface Channel {
  readonly isUp: boolean;
  /** QoS 1 waits for a broker that is away, within the outbox's bound; QoS 0 does not. */
  send(topic: string, payload: string, options: PublishOptions): void;
  /** The same, of a machine's live data: that it was dropped is told of in `liveDropped`. */
  sendLive(topic: string, payload: string, options: PublishOptions): void;
  /** The state of now, at any QoS: not kept, since the next connection brings it anew. */
  sendState(topic: string, payload: string, options: PublishOptions): void;
  drop(reason: string): void;
  /** Once a tick: another try for what the broker refused. */
  retry(): void;
  /** Something that is waited for besides has moved. */
  progress(): void;
  /** Sends what it can, for as long as something moves. */
  drain(): Promise<void>;
  readonly depth: number;
  /** All that was sent has been handed to the bus. */
  readonly isClear: boolean;
  readonly liveDropped: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** Without any progress for so long the peer is not worth waiting for. */
const patienceMs = 2000;

export function createChannel(
  bus: Bus,
  outbox: Outbox<OutMessage>,
  inflightMax: number,
  onUp: () => void,
  /** What else is waited for at the end. */
  besides: () => number = () => 0,
): Channel {
  const depth = () => outbox.depth + lane.depth + besides();
  const drain = createDrain(() => bus.link !== 'up' || depth() === 0);
  const onSettled = () => drain.progress();
  const lane = createLane(bus, inflightMax, onSettled);
  const pump = createPump(outbox, bus, inflightMax, onSettled);

  bus.onLink((link) => {
    if (link === 'up') {
      onUp();
      pump.run();
      return;
    }
    lane.linkLost();
    pump.linkLost();
    drain.progress();
  });

  const offer = (message: OutMessage) => {
    if (message.qos === 0) lane.offer(message);
    else {
      outbox.offer(message);
      pump.run();
    }
  };

  return {
    get isClear() {
      return lane.waiting === 0 && outbox.depth <= pump.inFlight;
    },
    get liveDropped() {
      const { overflow = 0, refused = 0 } = outbox.dropped;
      return lane.liveDropped + overflow + refused;
    },
    get isUp() {
      return bus.link === 'up';
    },
    send: (topic, payload, options) => offer(newMessage(topic, payload, options)),
    sendLive: (topic, payload, options) => offer(newMessage(topic, payload, options, true)),
    sendState: (topic, payload, options) => lane.offer(newMessage(topic, payload, options)),
    drop: (reason) => lane.drop(reason),
    retry: () => pump.retry(),
    drain() {
      pump.retry();
      return drain.wait(patienceMs);
    },
    progress: () => drain.progress(),
    get depth() {
      return depth();
    },
    get dropped() {
      return sumOf(outbox.dropped, lane.dropped);
    },
  };
}

export function sumOf(...counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [reason, count] of counts.flatMap((each) => Object.entries(each))) {
    total[reason] = (total[reason] ?? 0) + count;
  }
  return total;
}
