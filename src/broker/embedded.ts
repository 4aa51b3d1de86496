// The embedded broker as a Bus: it lasts from start to stop; what runs in between is running-broker.ts.
// Must never listen before it is safe to, nor crash on what a client sends.
import type { Bus, BusHandler, BusStatus, Clock, LinkState, Log, PublishOptions } from '../ports.ts';
import { createRouter, type Router } from './router.ts';
import { RunningBroker } from './running-broker.ts';
import { assertSafe, readTls } from './safety.ts';
import type { EmbeddedBrokerConfig } from './schema.ts';
import { createTally, type Tally } from './tally.ts';

export interface EmbeddedBrokerOptions {
  readonly stateDir: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Topics that only the gateway itself may publish below, e.g. its own root. */
  readonly protect?: readonly string[];
}

export interface EmbeddedBrokerStats extends Readonly<Tally> {
  readonly clients: number;
  readonly connections: number;
  readonly sessions: number;
  readonly retained: number;
  readonly retainedBytes: number;
  readonly notRetained: number;
  readonly notQueued: number;
  readonly handlerFailures: number;
}

export interface EmbeddedBroker extends Bus {
  /** The ports are the true ones once started. */
  readonly address: { readonly host: string; readonly port: number; readonly websocketPort?: number };
  stats(): EmbeddedBrokerStats;
}

export function createEmbeddedBroker(
  config: EmbeddedBrokerConfig,
  options: EmbeddedBrokerOptions,
): EmbeddedBroker {
  return new Embedded(config, options);
}

class Embedded implements EmbeddedBroker {
  readonly reason = '';
  readonly #config: EmbeddedBrokerConfig;
  readonly #options: EmbeddedBrokerOptions;
  readonly #tally = createTally();
  readonly #router: Router;
  readonly #listeners: ((link: LinkState, reason: string) => void)[] = [];
  #link: LinkState = 'stopped';
  #status: BusStatus | undefined;
  #running: RunningBroker | undefined;

  constructor(config: EmbeddedBrokerConfig, options: EmbeddedBrokerOptions) {
    this.#config = config;
    this.#options = options;
    this.#router = createRouter(options.log, (topic) => this.#running?.wants(topic) ?? false);
  }

  get link(): LinkState {
    return this.#link;
  }

  get address(): EmbeddedBroker['address'] {
    const { port, websocketPort } = this.#running?.ports ?? this.#config;
    return { host: this.#config.host, port, ...(websocketPort === undefined ? {} : { websocketPort }) };
  }

  subscribe(filter: string, _qos: 0 | 1, handler: BusHandler): void {
    this.#router.subscribe(filter, handler);
  }

  status(status: BusStatus): void {
    this.#status = status;
  }

  onLink(listener: (link: LinkState, reason: string) => void): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {
    const { log } = this.#options;
    assertSafe(this.#config, log);
    const tls = await readTls(this.#config);
    this.#setLink('connecting');
    try {
      this.#running = await RunningBroker.open(this.#config, {
        ...this.#options,
        protect: this.#options.protect ?? [],
        router: this.#router,
        tally: this.#tally,
      });
      this.#router.changed();
      this.#deliverRetained();
      await this.#running.listen(tls);
    } catch (error) {
      await this.#shut();
      throw error;
    }
    this.#setLink('up');
    if (this.#status !== undefined) await this.#announce(this.#status.topic, this.#status.online());
    log.info({ ...this.address }, 'the broker listens');
  }

  publish(
    topic: string,
    payload: string | Uint8Array,
    options: PublishOptions,
    done: (error?: Error) => void,
  ): void {
    const running = this.#running;
    if (running === undefined || this.#link !== 'up') {
      process.nextTick(done, new Error('the broker is not running'));
      return;
    }
    this.#tally.published++;
    const bytes =
      typeof payload === 'string'
        ? Buffer.from(payload)
        : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const route = this.#router.route(topic);
    this.#router.deliver(route, bytes, false)?.catch(() => {});
    // Called back later in any case: whoever sends the next message from `done` must not recurse.
    if (!options.retain && !route.shared) process.nextTick(done);
    else running.publish(topic, bytes, options, (error) => process.nextTick(done, error ?? undefined));
  }

  async stop(): Promise<void> {
    if (this.#running === undefined) return;
    if (this.#status !== undefined && this.#link === 'up') {
      await this.#announce(this.#status.topic, this.#status.offline());
    }
    await this.#shut();
  }

  stats(): EmbeddedBrokerStats {
    const { clients = 0, connections = 0, persistence } = this.#running ?? {};
    return {
      ...this.#tally,
      refused: { ...this.#tally.refused },
      clients,
      connections,
      sessions: persistence?.sessions.size ?? 0,
      retained: persistence?.retained.count ?? 0,
      retainedBytes: persistence?.retained.bytes ?? 0,
      notRetained: persistence?.refused.retained ?? 0,
      notQueued: persistence?.refused.queued ?? 0,
      handlerFailures: this.#router.failures,
    };
  }

  #setLink(link: LinkState): void {
    this.#link = link;
    for (const listener of this.#listeners) listener(link, this.reason);
  }

  #deliverRetained(): void {
    for (const { topic, payload } of this.#running!.persistence.retained.matching(['#'])) {
      this.#router.deliver(this.#router.route(topic), payload, true)?.catch(() => {});
    }
  }

  #announce(topic: string, text: string): Promise<void> {
    return new Promise((resolve) => {
      this.publish(topic, text, { qos: 1, retain: true }, (error) => {
        if (error !== undefined) {
          this.#options.log.warn({ topic, error: error.message }, 'the status was not published');
        }
        resolve();
      });
    });
  }

  async #shut(): Promise<void> {
    this.#setLink('stopped');
    const running = this.#running;
    await running?.close();
    this.#running = undefined;
  }
}
