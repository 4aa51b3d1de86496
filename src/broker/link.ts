// An external broker as a Bus: mqtt.js for the protocol, our own reading of messages, our own patience.
// Must never queue while the broker is away (the outboxes do that), nor acknowledge before the handler.
import { type IClientOptions, MqttClient } from 'mqtt';
import { GemError } from '../errors.ts';
import type { Bus, BusHandler, BusStatus, Clock, LinkState, Log, PublishOptions } from '../ports.ts';
import { type Backoff, connected, failed, noBackoff } from './backoff.ts';
import { createDialer, type Dialer } from './dial.ts';
import { Intake } from './intake.ts';
import { isRefusal, wordsOf } from './link-reason.ts';
import { createNoStore } from './no-store.ts';
import { createRouter, type Router } from './router.ts';
import type { ExternalBrokerConfig } from './schema.ts';
import { coveringFilters } from './topic.ts';

export interface BrokerLinkOptions {
  readonly clientId: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random?: () => number;
  /** Leave no session behind: for a look, not for a gateway. */
  readonly fleeting?: boolean;
}

/** One connection, from dialling to its close. */
interface Attempt {
  readonly client: MqttClient;
  readonly intake: Intake;
  error: (Error & { code?: string | number }) | undefined;
}

type Done = (error?: Error) => void;

const PACKET_BYTES = 16 * 1024 * 1024;
const UNSETTLED_MAX = 1000;
const SESSION_EXPIRY_S = 7 * 24 * 3600;
const GOODBYE_MS = 1000;

export function createBrokerLink(config: ExternalBrokerConfig, options: BrokerLinkOptions): Bus {
  return new BrokerLink(config, options);
}

class BrokerLink implements Bus {
  readonly #config: ExternalBrokerConfig;
  readonly #options: BrokerLinkOptions;
  readonly #router: Router;
  readonly #filters = new Map<string, 0 | 1>();
  readonly #listeners: ((link: LinkState, reason: string) => void)[] = [];
  /** Publishes that mqtt.js has and that are not answered yet. */
  readonly #pending = new Set<Done>();
  #status: BusStatus | undefined;
  #dialer!: Dialer;
  #link: LinkState = 'stopped';
  #reason = '';
  #backoff: Backoff = noBackoff;
  #current: Attempt | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastComplaint = '';

  constructor(config: ExternalBrokerConfig, options: BrokerLinkOptions) {
    this.#config = config;
    this.#options = options;
    this.#router = createRouter(options.log, () => false);
  }

  get link(): LinkState {
    return this.#link;
  }

  get reason(): string {
    return this.#reason;
  }

  subscribe(filter: string, qos: 0 | 1, handler: BusHandler): void {
    const other = this.#filters.get(filter) ?? 0;
    this.#filters.set(filter, qos > other ? qos : other);
    this.#router.subscribe(filter, handler);
  }

  status(status: BusStatus): void {
    this.#status = status;
  }

  onLink(listener: (link: LinkState, reason: string) => void): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {
    this.#dialer = await createDialer(this.#config, PACKET_BYTES);
    this.#dial();
  }

  publish(topic: string, payload: string | Uint8Array, { qos, retain }: PublishOptions, done: Done): void {
    const client = this.#current?.client;
    if (client === undefined || this.#link !== 'up' || !client.connected) {
      process.nextTick(done, new Error('not connected to the broker'));
      return;
    }
    const once: Done = (error) => {
      if (this.#pending.delete(once)) done(error);
    };
    this.#pending.add(once);
    const bytes =
      typeof payload === 'string'
        ? payload
        : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    client.publish(topic, bytes, { qos, retain }, (error) => process.nextTick(once, error ?? undefined));
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sayGoodbye();
    const attempt = this.#current;
    this.#current = undefined;
    if (attempt !== undefined) await hangUp(attempt);
    this.#failPending('the connection to the broker was closed');
    clearTimeout(this.#timer);
    this.#setLink('stopped', '');
  }

  #setLink(link: LinkState, reason: string): void {
    if (link === this.#link && reason === this.#reason) return;
    this.#link = link;
    this.#reason = reason;
    for (const listener of this.#listeners) listener(link, reason);
  }

  #dial(): void {
    if (this.#link !== 'down') this.#setLink('connecting', '');
    const stream = this.#dialer.open();
    const intake = new Intake(stream, {
      version: this.#config.protocol === '5' ? 5 : 4,
      packetBytes: PACKET_BYTES,
      unsettledMax: UNSETTLED_MAX,
      router: this.#router,
    });
    const client = new MqttClient(
      () => stream as ReturnType<ConstructorParameters<typeof MqttClient>[0]>,
      clientOptions(this.#config, this.#options, this.#dialer, this.#status),
    );
    const attempt: Attempt = { client, intake, error: undefined };
    this.#current = attempt;
    const failed = (error: Error): void => {
      attempt.error ??= error;
    };
    stream.on('error', failed);
    client.on('error', failed);
    client.on('connect', () => this.#arrived(attempt));
    client.once('close', () => this.#ended(attempt));
  }

  /** Subscribes each time: the session may be of an older configuration, and retained messages come once more. */
  #arrived(attempt: Attempt): void {
    if (attempt !== this.#current) return;
    this.#backoff = connected(this.#backoff, this.#options.clock.monotonicMs());
    if (this.#filters.size === 0) {
      this.#up(attempt);
      return;
    }
    const deadline = setTimeout(() => {
      attempt.error = new Error('the broker does not answer the subscription');
      attempt.client.end(true);
    }, this.#config.connectTimeoutS * 1000);
    const wanted = Object.fromEntries(
      [...coveringFilters(this.#filters)].map(([filter, qos]) => [filter, { qos }]),
    );
    attempt.client.subscribe(wanted, (error) => {
      clearTimeout(deadline);
      if (attempt !== this.#current || !attempt.client.connected) return;
      if (error) {
        this.#options.log.error(
          { broker: this.#dialer.shownUrl, filters: Object.keys(wanted), error: error.message },
          'the broker refused a subscription; what it covers does not arrive',
        );
      }
      this.#up(attempt);
    });
  }

  #up(attempt: Attempt): void {
    this.#lastComplaint = '';
    this.#options.log.info({ broker: this.#dialer.shownUrl }, 'connected to the broker');
    this.#setLink('up', '');
    if (this.#status === undefined || attempt !== this.#current) return;
    this.publish(this.#status.topic, this.#status.online(), { qos: 1, retain: true }, (error) => {
      if (error === undefined) return;
      this.#options.log.debug({ error: error.message }, 'the birth message was not acknowledged');
    });
  }

  #ended(attempt: Attempt): void {
    attempt.intake.close();
    if (attempt !== this.#current) return;
    this.#current = undefined;
    const { backoffMinS, backoffMaxS } = this.#config;
    const range = { minMs: backoffMinS * 1000, maxMs: backoffMaxS * 1000 };
    const { random = Math.random, clock } = this.#options;
    const { next, waitMs } = failed(this.#backoff, clock.monotonicMs(), range, random);
    this.#backoff = next;
    this.#timer = setTimeout(() => this.#dial(), waitMs);
    this.#complain(attempt.error);
    this.#failPending('the connection to the broker was lost');
  }

  /** Said once for each new reason, not at each try. */
  #complain(error: Attempt['error']): void {
    const why = wordsOf(error);
    const code = isRefusal(error) ? 'GEM_BROKER_REFUSED' : 'GEM_BROKER_UNREACHABLE';
    const problem = new GemError(code, { url: this.#dialer.shownUrl, why });
    if (problem.message !== this.#lastComplaint) {
      this.#lastComplaint = problem.message;
      this.#options.log.error({ code, hint: problem.hint }, problem.message);
    }
    this.#setLink('down', why);
  }

  #failPending(why: string): void {
    for (const done of [...this.#pending]) done(new Error(why));
  }

  async #sayGoodbye(): Promise<void> {
    const status = this.#status;
    if (status === undefined || this.#link !== 'up') return;
    await within(GOODBYE_MS, (done) => {
      this.publish(status.topic, status.offline(), { qos: 1, retain: true }, () => done());
    });
  }
}

/** Disconnects in order, so that the last will is not published; or at once when the broker is slow. */
async function hangUp({ client, intake }: Attempt): Promise<void> {
  intake.close();
  // mqtt.js waits for every acknowledgement before it disconnects, without end.
  for (const id of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(id));
  await within(GOODBYE_MS, (done) => client.end(false, {}, () => done()));
  client.end(true);
}

function clientOptions(
  config: ExternalBrokerConfig,
  { clientId, fleeting = false }: BrokerLinkOptions,
  dialer: Dialer,
  status: BusStatus | undefined,
): IClientOptions {
  const v5 = config.protocol === '5';
  return {
    clientId,
    protocolId: 'MQTT',
    protocolVersion: v5 ? 5 : 4,
    // A fixed name and a session kept by the broker: QoS 1 messages survive a restart of the gateway.
    clean: fleeting,
    keepalive: config.keepaliveS,
    connectTimeout: config.connectTimeoutS * 1000,
    reconnectPeriod: 0,
    queueQoSZero: false,
    outgoingStore: createNoStore(),
    resubscribe: false,
    timerVariant: 'native',
    ...(dialer.username === undefined ? {} : { username: dialer.username }),
    ...(dialer.password === undefined ? {} : { password: dialer.password }),
    ...(v5
      ? {
          properties: {
            sessionExpiryInterval: fleeting ? 0 : SESSION_EXPIRY_S,
            receiveMaximum: UNSETTLED_MAX,
            maximumPacketSize: PACKET_BYTES,
          },
        }
      : {}),
    ...(status === undefined
      ? {}
      : { will: { topic: status.topic, payload: Buffer.from(status.offline()), qos: 1, retain: true } }),
  };
}

/** Runs `act` until it calls back, but no longer than `ms`. */
function within(ms: number, act: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    act(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
