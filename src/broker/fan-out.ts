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
}

export function createFanOut(changed: () => void): FanOut {
  const tree = createTopicTree<Deliver>();
  let closed = false;
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
      for (const deliver of tree.match(packet.topic)) deliver(packet, nothing);
      done?.();
      return fanOut;
    },
    close(done) {
      closed = true;
      setImmediate(done);
      return fanOut;
    },
    wants: (topic) => tree.has(topic),
  };
  return fanOut;
}

function nothing(): void {}
