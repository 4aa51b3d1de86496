// An external broker as a Bus: mqtt.js for the protocol, our own reading of messages, our own patience.
// Must never queue while the broker is away (the outboxes do that), nor acknowledge before the handler.
import type { Duplex } from 'node:stream';
import { type IClientOptions, type IConnackPacket, MqttClient } from 'mqtt';
import { GemError } from '../errors.ts';
import type { Bus, BusStatus, Clock, LinkState, Log, PublishOptions } from '../ports.ts';
import { type Backoff, connected, failed, noBackoff } from './backoff.ts';
import { createDialer, type Dialer } from './dial.ts';
import { type Intake, interceptPublishes } from './intake.ts';
import { createRouter } from './router.ts';
import type { ExternalBrokerConfig } from './schema.ts';

export interface BrokerLinkOptions {
  readonly clientId: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random?: () => number;
}

/** One connection, from dialling to its close. */
interface Attempt {
  readonly client: MqttClient;
  readonly intake: Intake;
  error: (Error & { code?: unknown }) | undefined;
}

type Done = (error?: Error) => void;

const PACKET_BYTES = 16 * 1024 * 1024;
const UNSETTLED_MAX = 1000;
const SESSION_EXPIRY_S = 7 * 24 * 3600;
const GOODBYE_MS = 1000;

export function createBrokerLink(config: ExternalBrokerConfig, options: BrokerLinkOptions): Bus {
  const { log, clock, random = Math.random } = options;
  const range = { minMs: config.backoffMinS * 1000, maxMs: config.backoffMaxS * 1000 };
  const router = createRouter(log, () => false);
  const filters = new Map<string, 0 | 1>();
  const listeners: ((link: LinkState, reason: string) => void)[] = [];
  const pending = new Set<Done>();
  let status: BusStatus | undefined;
  let dialer: Dialer | undefined;
  let link: LinkState = 'stopped';
  let reason = '';
  let backoff: Backoff = noBackoff;
  let current: Attempt | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  /** Filters are sent at least once in the life of the process: the session may be an older configuration's. */
  let subscribed = false;
  let lastComplaint = '';

  function setLink(next: LinkState, why: string): void {
    if (next === link && why === reason) return;
    link = next;
    reason = why;
    for (const listener of listeners) listener(link, reason);
  }

  function dial(): void {
    timer = undefined;
    if (link !== 'down') setLink('connecting', '');
    let intake: Intake | undefined;
    let stream: Duplex | undefined;
    const client = new MqttClient(
      () => {
        stream = dialer!.open();
        intake = interceptPublishes(stream, {
          version: config.protocol === '5' ? 5 : 4,
          packetBytes: PACKET_BYTES,
          unsettledMax: UNSETTLED_MAX,
          router,
        });
        return stream as ReturnType<ConstructorParameters<typeof MqttClient>[0]>;
      },
      clientOptions(config, options.clientId, dialer!, status),
    );
    const attempt: Attempt = { client, intake: intake!, error: undefined };
    current = attempt;
    stream?.on('error', (error: Error) => {
      attempt.error ??= error;
    });
    client.on('error', (error) => {
      attempt.error ??= error;
    });
    client.on('connect', (connack) => arrived(attempt, connack));
    client.once('close', () => ended(attempt));
  }

  function arrived(attempt: Attempt, { sessionPresent }: IConnackPacket): void {
    if (attempt !== current || stopping) return;
    backoff = connected(backoff, clock.monotonicMs());
    if (filters.size === 0 || (sessionPresent && subscribed)) {
      up(attempt);
      return;
    }
    const deadline = setTimeout(() => {
      attempt.error = new Error('the broker does not answer the subscription');
      attempt.client.end(true);
    }, config.connectTimeoutS * 1000);
    const wanted = Object.fromEntries([...filters].map(([filter, qos]) => [filter, { qos }]));
    attempt.client.subscribe(wanted, (error) => {
      clearTimeout(deadline);
      if (attempt !== current || stopping || !attempt.client.connected) return;
      if (error) {
        log.error(
          { broker: dialer!.shownUrl, filters: [...filters.keys()], error: error.message },
          'the broker refused a subscription; what it covers does not arrive',
        );
      }
      subscribed = true;
      up(attempt);
    });
  }

  function up(attempt: Attempt): void {
    lastComplaint = '';
    log.info({ broker: dialer!.shownUrl }, 'connected to the broker');
    setLink('up', '');
    if (status === undefined || attempt !== current) return;
    publish(status.topic, status.online(), { qos: 1, retain: true }, (error) => {
      if (error !== undefined) log.debug({ error: error.message }, 'the birth message was not acknowledged');
    });
  }

  function ended(attempt: Attempt): void {
    if (attempt !== current) return;
    current = undefined;
    attempt.intake.close();
    for (const done of [...pending]) done(new Error('the connection to the broker was lost'));
    attempt.client.removeAllListeners();
    attempt.client.on('error', () => {});
    attempt.client.end(true);
    if (stopping) return;
    const { next, waitMs } = failed(backoff, clock.monotonicMs(), range, random);
    backoff = next;
    complain(attempt.error);
    timer = setTimeout(dial, waitMs);
  }

  /** Said once for each new reason, not at each try. */
  function complain(error: Attempt['error']): void {
    const why = wordsOf(error);
    const problem = new GemError(isRefusal(error) ? 'GEM_BROKER_REFUSED' : 'GEM_BROKER_UNREACHABLE', {
      url: dialer!.shownUrl,
      why,
    });
    if (problem.message !== lastComplaint) {
      lastComplaint = problem.message;
      log.error({ code: problem.code, hint: problem.hint }, problem.message);
    }
    setLink('down', why);
  }

  function publish(
    topic: string,
    payload: string | Uint8Array,
    { qos, retain }: PublishOptions,
    done: Done,
  ): void {
    const client = current?.client;
    if (client === undefined || link !== 'up' || !client.connected) {
      process.nextTick(done, new Error('not connected to the broker'));
      return;
    }
    const once: Done = (error) => {
      if (pending.delete(once)) done(error);
    };
    pending.add(once);
    const bytes =
      typeof payload === 'string'
        ? payload
        : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    client.publish(topic, bytes, { qos, retain }, (error) => process.nextTick(once, error ?? undefined));
  }

  async function sayGoodbye(): Promise<void> {
    if (status === undefined || link !== 'up') return;
    const { topic } = status;
    const text = status.offline();
    await within(GOODBYE_MS, (done) => publish(topic, text, { qos: 1, retain: true }, () => done()));
  }

  async function stop(): Promise<void> {
    clearTimeout(timer);
    await sayGoodbye();
    stopping = true;
    const attempt = current;
    if (attempt !== undefined) {
      attempt.intake.close();
      // mqtt.js waits for every acknowledgement before it disconnects, without end.
      for (const id of Object.keys(attempt.client.outgoing)) attempt.client.removeOutgoingMessage(Number(id));
      await within(GOODBYE_MS, (done) => attempt.client.end(false, {}, () => done()));
      attempt.client.end(true);
    }
    current = undefined;
    for (const done of [...pending]) done(new Error('the connection to the broker was closed'));
    setLink('stopped', '');
  }

  return {
    get link() {
      return link;
    },
    get reason() {
      return reason;
    },
    subscribe(filter, qos, handler) {
      const other = filters.get(filter) ?? 0;
      filters.set(filter, qos > other ? qos : other);
      router.subscribe(filter, handler);
    },
    status(wanted) {
      status = wanted;
    },
    onLink(listener) {
      listeners.push(listener);
    },
    async start() {
      dialer = await createDialer(config, PACKET_BYTES);
      stopping = false;
      dial();
    },
    publish,
    stop,
  };
}

function clientOptions(
  config: ExternalBrokerConfig,
  clientId: string,
  dialer: Dialer,
  status: BusStatus | undefined,
): IClientOptions {
  const v5 = config.protocol === '5';
  return {
    clientId,
    protocolId: 'MQTT',
    protocolVersion: v5 ? 5 : 4,
    // A fixed name and a session kept by the broker: QoS 1 messages survive a restart of the gateway.
    clean: false,
    keepalive: config.keepaliveS,
    connectTimeout: config.connectTimeoutS * 1000,
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    timerVariant: 'native',
    ...(dialer.username === undefined ? {} : { username: dialer.username }),
    ...(dialer.password === undefined ? {} : { password: dialer.password }),
    ...(v5
      ? {
          properties: {
            sessionExpiryInterval: SESSION_EXPIRY_S,
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

/** The broker (or its certificate) says no, as against not being there. */
function isRefusal(error: Attempt['error']): boolean {
  if (error === undefined) return false;
  return typeof error.code === 'number' || /CERT|TLS|SSL|SIGNATURE|ISSUER|^EPROTO$/.test(String(error.code));
}

function wordsOf(error: Attempt['error']): string {
  if (error === undefined) return 'the connection was closed';
  const { message, code } = error;
  if (typeof code === 'number') return message.replace(/^Connection refused: /, '').toLowerCase();
  const text = message === '' ? String(code ?? 'the connection failed') : message;
  return text.replace(/^connack timeout$/, 'no answer in time');
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
