// A Bus without a network: the test is the broker. Publishes are acknowledged, held or refused at will.
import type { Bus, BusHandler, BusStatus, LinkState, PublishOptions } from '../src/ports.ts';

export interface Published extends PublishOptions {
  readonly topic: string;
  readonly payload: string;
}

export interface MemoryBus extends Bus {
  /** All that was handed over while the link was up, in order. */
  readonly published: Published[];
  readonly filters: string[];
  /** `hold`: nothing is acknowledged until `release`. `refuse`: the broker denies each publish. */
  answer: 'acknowledge' | 'hold' | 'refuse';
  setLink(link: LinkState, reason?: string): void;
  /** Acknowledges what is held, oldest first; returns how many. */
  release(count?: number): number;
  /** A message from outside, to every handler whose filter takes it. */
  deliver(topic: string, payload: string | Uint8Array, retained?: boolean): Promise<void>[];
  readonly held: number;
  statusMessages: BusStatus[];
}

interface Subscription {
  readonly filter: string;
  readonly handler: BusHandler;
}

export function createMemoryBus(): MemoryBus {
  const handlers: Subscription[] = [];
  const listeners: ((link: LinkState, reason: string) => void)[] = [];
  const published: Published[] = [];
  const statusMessages: BusStatus[] = [];
  let held: ((error?: Error) => void)[] = [];
  let link: LinkState = 'stopped';
  let reason = '';

  const bus: MemoryBus = {
    published,
    statusMessages,
    answer: 'acknowledge',
    get filters() {
      return handlers.map(({ filter }) => filter);
    },
    get held() {
      return held.length;
    },
    get link() {
      return link;
    },
    get reason() {
      return reason;
    },
    subscribe(filter, _qos, handler) {
      handlers.push({ filter, handler });
    },
    status(status) {
      statusMessages.push(status);
    },
    onLink(listener) {
      listeners.push(listener);
    },
    async start() {
      bus.setLink('up');
    },
    async stop() {
      bus.setLink('stopped');
    },
    publish(topic, payload, options, done) {
      if (link !== 'up') {
        done(new Error('the link is down'));
        return;
      }
      if (bus.answer === 'refuse') {
        done(new Error('denied'));
        return;
      }
      published.push({ topic, payload: Buffer.from(payload).toString(), ...options });
      if (bus.answer === 'hold') held.push(done);
      else done();
    },
    setLink(next, why = '') {
      link = next;
      reason = why;
      const broken = next === 'up' ? [] : held;
      if (next !== 'up') held = [];
      for (const done of broken) done(new Error('the link is down'));
      for (const listener of listeners) listener(next, why);
    },
    release(count = held.length) {
      const ready = held.splice(0, count);
      for (const done of ready) done();
      return ready.length;
    },
    deliver: (topic, payload, retained = false) => deliver(handlers, topic, Buffer.from(payload), retained),
  };
  return bus;
}

function deliver(to: readonly Subscription[], topic: string, bytes: Buffer, retained: boolean) {
  return to
    .filter(({ filter }) => takes(filter, topic))
    .map(({ handler }) => handler(topic, bytes, retained) ?? Promise.resolve());
}

/** MQTT's own matching, written apart from the product's. */
function takes(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const parts = filter.split('/');
  for (const [i, part] of parts.entries()) {
    if (part === '#') return true;
    if (i >= levels.length || (part !== '+' && part !== levels[i])) return false;
  }
  return parts.length === levels.length;
}
