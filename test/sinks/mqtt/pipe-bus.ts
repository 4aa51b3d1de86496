// A Bus whose connection is a pipe: messages arrive in order, when the test lets them through, and what is in it when
// it breaks is gone. QoS 0 is done when it is handed over, QoS 1 when it has arrived: as TCP has it.
import type { Bus, LinkState, PublishOptions } from '../../../src/ports.ts';

export interface Arrived extends PublishOptions {
  readonly topic: string;
  readonly payload: string;
  /** Counted from 1. */
  readonly connection: number;
}

export interface PipeBus extends Bus {
  /** What the broker has, in order. */
  readonly arrived: Arrived[];
  /** Messages that the pipe lets through at once; what is beyond waits for `flow`. */
  open: boolean;
  /** The broker denies what has this in its topic. */
  refuse: string | undefined;
  /** QoS 1 is done when it is handed over: a fault. */
  hasty: boolean;
  flow(count?: number): void;
  setLink(link: LinkState): void;
  readonly inPipe: number;
}

interface Under {
  readonly message: Arrived;
  readonly done: (error?: Error) => void;
}

export function createPipeBus(): PipeBus {
  const arrived: Arrived[] = [];
  const listeners: ((link: LinkState, reason: string) => void)[] = [];
  let pipe: Under[] = [];
  let link: LinkState = 'stopped';
  let connection = 0;

  const bus: PipeBus = {
    arrived,
    open: true,
    refuse: undefined,
    hasty: false,
    get link() {
      return link;
    },
    reason: '',
    get inPipe() {
      return pipe.length;
    },
    subscribe() {},
    status() {},
    onLink: (listener) => void listeners.push(listener),
    async start() {
      bus.setLink('up');
    },
    async stop() {
      bus.setLink('stopped');
    },
    publish(topic, payload, { qos, retain }, done) {
      if (link !== 'up') {
        done(new Error('the link is down'));
        return;
      }
      const early = qos === 0 || bus.hasty;
      const message = { topic, payload: Buffer.from(payload).toString(), qos, retain, connection };
      pipe.push({ message, done: early ? () => {} : done });
      if (early) done();
      if (bus.open) bus.flow();
    },
    flow(count = pipe.length) {
      const through = pipe.splice(0, count);
      for (const { message, done } of through) {
        const denied = bus.refuse !== undefined && message.topic.includes(bus.refuse);
        if (!denied) arrived.push(message);
        done(denied ? new Error('denied') : undefined);
      }
    },
    setLink(next) {
      if (next === 'up') connection++;
      link = next;
      const lost = next === 'up' ? [] : pipe;
      if (next !== 'up') pipe = [];
      for (const listener of listeners) listener(next, '');
      for (const { done } of lost) done(new Error('the link is down'));
    },
  };
  return bus;
}
