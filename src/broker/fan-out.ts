// The emitter between aedes and its subscribers, in place of mqemitter: a publisher never waits for the
// slowest subscriber (each one's backlog is bounded where it is written, see subscribers.ts). Must never
// call back later than the deliveries were handed over.
import { createTopicTree } from './topic-tree.ts';

type Done = (error?: Error) => void;
export type Deliver = (packet: { topic: string }, done: () => void) => void;

/** The part of mqemitter's interface that aedes uses. */
export interface FanOut {
  on(topic: string, deliver: Deliver, done?: Done): FanOut;
  removeListener(topic: string, deliver: Deliver, done?: Done): FanOut;
  emit(packet: { topic: string }, done?: Done): FanOut;
  close(done: Done): FanOut;
  /** Whether any subscriber takes this topic. */
  wants(topic: string): boolean;
  /**
   * What one subscriber was handed last, in the shape of aedes' `client.duplicates`. aedes takes a message
   * with a lower number than the last for a repetition, and so drops what a later one overtook while it was
   * being stored. A repetition is only the same message again, by another filter of the same client.
   */
  memory(): Record<string, number>;
}

export function createFanOut(changed: () => void): FanOut {
  const tree = createTopicTree<Deliver>();
  let closed = false;
  /** While it is handed to subscribers. */
  let current: object | undefined;
  const fanOut: FanOut = {
    on(topic, deliver, done) {
      tree.add(topic, deliver);
      changed();
      if (done !== undefined) setImmediate(done);
      return fanOut;
    },
    removeListener(topic, deliver, done) {
      tree.remove(topic, deliver);
      changed();
      if (done !== undefined) setImmediate(done);
      return fanOut;
    },
    emit(packet, done) {
      if (closed) {
        done?.(new Error('the broker is closed'));
        return fanOut;
      }
      current = packet;
      for (const deliver of tree.match(packet.topic)) deliver(packet, nothing);
      current = undefined;
      done?.();
      return fanOut;
    },
    close(done) {
      closed = true;
      setImmediate(done);
      return fanOut;
    },
    wants: (topic) => tree.has(topic),
    memory() {
      let last: object | undefined;
      return new Proxy<Record<string, number>>(
        {},
        {
          get: () => (current !== undefined && last === current ? Number.POSITIVE_INFINITY : 0),
          set() {
            last = current;
            return true;
          },
        },
      );
    },
  };
  return fanOut;
}

function nothing(): void {}
