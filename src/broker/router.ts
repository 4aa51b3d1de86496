// From a topic to the gateway's own handlers, in process. Must never let a handler's mistake reach a
// connection or another handler.
import type { BusHandler, Log } from '../ports.ts';
import { createTopicTree } from './topic-tree.ts';

export interface Route {
  readonly topic: string;
  readonly handlers: readonly BusHandler[];
  /** Somebody else wants it too: a connected subscriber or the session of an absent one. */
  readonly shared: boolean;
  readonly version: number;
}

export interface Router {
  subscribe(filter: string, handler: BusHandler): void;
  /** To be called when subscribers come and go: what is known about routes is then looked up again. */
  changed(): void;
  route(topic: string): Route;
  /** The route of a topic seen before, by its bytes in a packet; undefined: it has yet to pass aedes' checks. */
  known(chunk: Buffer, start: number, end: number): Route | undefined;
  /** Remembers a topic that aedes found in order. */
  learn(topic: string): Route;
  deliver(route: Route, payload: Uint8Array, retained: boolean): Promise<void> | undefined;
  readonly failures: number;
}

const ROUTES_MAX = 16_384;

export function createRouter(log: Log, shared: (topic: string) => boolean): Router {
  const filters = createTopicTree<BusHandler>();
  // Keyed by the topic's bytes as latin1: a cheap, faithful key for a slice of a packet.
  const routes = new Map<string, Route>();
  let version = 0;
  let failures = 0;

  function make(topic: string): Route {
    return { topic, handlers: [...new Set(filters.match(topic))], shared: shared(topic), version };
  }

  function remember(key: string, topic: string): Route {
    if (routes.size >= ROUTES_MAX) routes.clear();
    const route = make(topic);
    routes.set(key, route);
    return route;
  }

  function lookUp(key: string): Route | undefined {
    const route = routes.get(key);
    return route === undefined || route.version === version ? route : remember(key, route.topic);
  }

  function failed(topic: string, error: unknown): void {
    failures++;
    log.error({ topic, error: String(error) }, 'a message could not be taken in');
  }

  function call(handler: BusHandler, route: Route, payload: Uint8Array, retained: boolean) {
    try {
      return handler(route.topic, payload, retained);
    } catch (error) {
      failed(route.topic, error);
      return undefined;
    }
  }

  function deliver(route: Route, payload: Uint8Array, retained: boolean): Promise<void> | undefined {
    const { handlers } = route;
    let waiting: Promise<void> | undefined;
    for (let i = 0; i < handlers.length; i++) {
      const result = call(handlers[i]!, route, payload, retained);
      if (result === undefined) continue;
      waiting = waiting === undefined ? result : both(waiting, result);
    }
    return waiting;
  }

  return {
    subscribe(filter, handler) {
      filters.add(filter, handler);
      version++;
    },
    changed: () => {
      version++;
    },
    route: (topic) => lookUp(keyOf(topic)) ?? make(topic),
    known: (chunk, start, end) => lookUp(chunk.toString('latin1', start, end)),
    learn(topic) {
      const key = keyOf(topic);
      return lookUp(key) ?? remember(key, topic);
    },
    deliver,
    get failures() {
      return failures;
    },
  };
}

async function both(first: Promise<void>, second: Promise<void>): Promise<void> {
  await Promise.all([first, second]);
}

function keyOf(topic: string): string {
  return /^[\0-\x7f]*$/.test(topic) ? topic : Buffer.from(topic, 'utf8').toString('latin1');
}
