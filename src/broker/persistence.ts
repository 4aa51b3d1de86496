// What the broker keeps over a restart: aedes' level persistence, with limits, with sessions that expire,
// and with the reads that every subscription and message need answered from memory.
// Must never acknowledge what is not with the operating system yet (see `secure`).
import { Readable } from 'node:stream';
import aedesPersistenceLevel, {
  type LevelPersistence,
  type StoredPacket,
  type StoredSubscription,
} from 'aedes-persistence-level';
import type { ClassicLevel } from 'classic-level';
import type { Clock, Log } from '../ports.ts';
import { createInOrder, type InOrder } from './in-order.ts';
import { createNewestWriter, type WriteNewest } from './newest-writer.ts';
import { createRetained, type Retained } from './retained.ts';
import { createSessions, type SessionRecord, type Sessions } from './sessions.ts';

/** Filters of one client. */
export const SUBSCRIPTIONS_MAX = 1000;

const RECORD = 'gemel-session:';
const COMPLAIN_EVERY = 1000;

export interface PersistenceOptions {
  readonly retained: number;
  readonly retainedBytes: number;
  readonly queuedPerClient: number;
  readonly sessionExpiryH: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Subscriptions came or went. */
  readonly changed: () => void;
  /** aedes stores all filters of a SUBSCRIBE, once for each of them, and also those just refused. */
  readonly granted: (client: { id: string }, filter: string) => boolean;
}

export async function loadPersistence(db: ClassicLevel, options: PersistenceOptions): Promise<Persistence> {
  const inner = aedesPersistenceLevel(db);
  const persistence = new Persistence(db, inner, options);
  for await (const packet of inner.createRetainedStream('#')) {
    persistence.retained.set(packet as StoredPacket);
  }
  await loadSessions(db, inner, persistence.sessions, options.clock);
  return persistence;
}

export class Persistence {
  /** What aedes gets: its level persistence with our answers where we have better ones. */
  readonly aedes: LevelPersistence;
  readonly sessions: Sessions;
  readonly retained: Retained<StoredPacket>;
  readonly refused = { retained: 0, queued: 0 };
  readonly #db: ClassicLevel;
  readonly #inner: LevelPersistence;
  readonly #options: PersistenceOptions;
  /** Messages that `secure` has stored and aedes is about to store again. */
  readonly #secured = new Set<string>();

  readonly #orders = new Map<string, InOrder>();
  readonly #writeRetained: WriteNewest<StoredPacket>;

  constructor(db: ClassicLevel, inner: LevelPersistence, options: PersistenceOptions) {
    this.#db = db;
    this.#inner = inner;
    this.#options = options;
    this.retained = createRetained<StoredPacket>(options.retained, options.retainedBytes);
    this.#writeRetained = createNewestWriter((packet) => inner.storeRetained(packet));
    this.sessions = createSessions(options.changed);
    this.aedes = Object.assign(Object.create(inner) as LevelPersistence, this.#answers());
  }

  /**
   * Stores a QoS 1 or 2 message for the retained set and for sessions before it is acknowledged (aedes
   * would do so after). Undefined when there is nothing to store.
   */
  secure(packet: StoredPacket, numbers: { readonly id: string; counter: number }): Promise<void> | undefined {
    const waiting = this.sessions.matching(packet.topic);
    if (!packet.retain && waiting.length === 0) return undefined;
    packet.brokerId = numbers.id;
    packet.brokerCounter = ++numbers.counter;
    return this.#store(packet, waiting);
  }

  async touch(clientId: string, owner: string): Promise<void> {
    const record: SessionRecord = { owner, usedMs: this.#options.clock.nowMs() };
    this.sessions.touch(clientId, record);
    await this.#db.put(RECORD + encodeURIComponent(clientId), JSON.stringify(record));
  }

  /** Forgets sessions that nobody used for long, but not those of `connected` clients. */
  async expire(connected: (clientId: string) => boolean): Promise<void> {
    const beforeMs = this.#options.clock.nowMs() - this.#options.sessionExpiryH * 3_600_000;
    for (const clientId of this.sessions.unusedSince(beforeMs)) {
      if (!connected(clientId)) await this.#forget(clientId);
    }
  }

  #answers(): Partial<LevelPersistence> {
    const { sessions, retained } = this;
    const inner = this.#inner;
    return {
      storeRetained: (packet) => this.#storeRetained(packet),
      createRetainedStream: (pattern) => Readable.from(retained.matching([pattern])),
      createRetainedStreamCombi: (patterns) => Readable.from(retained.matching(patterns)),
      addSubscriptions: async (client, subscriptions) => {
        if (subscriptions.length > SUBSCRIPTIONS_MAX) throw new Error('too many filters in a subscription');
        const fresh = subscriptions.filter(
          ({ topic, qos }) =>
            this.#options.granted(client, topic) && !sessions.has({ clientId: client.id, topic, qos }),
        );
        for (const { topic, qos } of fresh) sessions.subscribe({ clientId: client.id, topic, qos });
        if (fresh.length > 0) await inner.addSubscriptions(client, fresh);
      },
      removeSubscriptions: async (client, topics) => {
        for (const topic of topics) sessions.unsubscribe(client.id, topic);
        await inner.removeSubscriptions(client, topics);
      },
      cleanSubscriptions: async ({ id }) => {
        if (sessions.record(id) !== undefined) await this.#forget(id);
      },
      subscriptionsByTopic: async (topic) => sessions.matching(topic),
      outgoingEnqueue: (subscription, packet) => this.#enqueue(subscription, packet),
      outgoingEnqueueCombi: async (subscriptions, packet) => {
        if (this.#secured.delete(nameOf(packet))) return;
        await Promise.all(subscriptions.map((subscription) => this.#enqueue(subscription, packet)));
      },
      // Several at once end in any order, and aedes writes each message to its subscriber when its own has.
      outgoingUpdate: (client, packet) => this.#orderOf(client.id)(inner.outgoingUpdate(client, packet)),
      outgoingClearMessageId: async (client, packet) => {
        const cleared = await inner.outgoingClearMessageId(client, packet);
        if (cleared !== undefined) sessions.dequeue(client.id);
        return cleared;
      },
    };
  }

  #orderOf(clientId: string): InOrder {
    let order = this.#orders.get(clientId);
    if (order === undefined) {
      order = createInOrder();
      this.#orders.set(clientId, order);
    }
    return order;
  }

  async #store(packet: StoredPacket, waiting: readonly StoredSubscription[]): Promise<void> {
    if (packet.retain) await this.#storeRetained(packet);
    await Promise.all(waiting.map((subscription) => this.#enqueue(subscription, packet)));
    // Left behind only by clients that vanish between the two; never so many that it matters.
    if (this.#secured.size > 10_000) this.#secured.clear();
    this.#secured.add(nameOf(packet));
  }

  async #storeRetained(packet: StoredPacket): Promise<void> {
    if (this.#secured.has(nameOf(packet))) return;
    if (packet.payload.length === 0) {
      if (this.retained.delete(packet.topic)) await this.#writeRetained(packet);
      return;
    }
    // A copy: the payload is a view into a network buffer many times its size.
    const kept = { ...packet, payload: Buffer.from(packet.payload) };
    if (this.retained.set(kept)) await this.#writeRetained(kept);
    else if (this.refused.retained++ % COMPLAIN_EVERY === 0) {
      this.#options.log.warn(
        { topic: packet.topic, retained: this.retained.count, bytes: this.retained.bytes },
        'a message is not retained: broker.limits.retained or retainedBytes is reached',
      );
    }
  }

  async #enqueue(subscription: StoredSubscription, packet: StoredPacket): Promise<void> {
    const { queuedPerClient, log } = this.#options;
    if (this.sessions.enqueue(subscription.clientId, queuedPerClient)) {
      await this.#inner.outgoingEnqueue(subscription, packet);
    } else if (this.refused.queued++ % COMPLAIN_EVERY === 0) {
      log.warn(
        { clientId: subscription.clientId, queuedPerClient },
        'a message for an absent client is dropped: broker.limits.queuedPerClient is reached',
      );
    }
  }

  async #forget(clientId: string): Promise<void> {
    const id = encodeURIComponent(clientId);
    this.sessions.forget(clientId);
    this.#orders.delete(clientId);
    await this.#inner.cleanSubscriptions({ id: clientId });
    for (const kind of ['outgoing', 'outgoing-id', 'incoming']) {
      await this.#db.clear({ gte: `${kind}:${id}:`, lt: `${kind}:${id};` });
    }
    await this.#db.del(RECORD + id);
  }
}

async function loadSessions(
  db: ClassicLevel,
  inner: LevelPersistence,
  sessions: Sessions,
  clock: Clock,
): Promise<void> {
  const now: SessionRecord = { owner: '', usedMs: clock.nowMs() };
  const clients = new Set<string>();
  for await (const key of db.keys({ gte: 'subscriptions:', lt: 'subscriptions;' }))
    clients.add(clientOf(key));
  for (const clientId of clients) {
    for (const { topic, qos } of await inner.subscriptionsByClient({ id: clientId })) {
      sessions.subscribe({ clientId, topic, qos });
    }
    sessions.touch(clientId, now);
  }
  for await (const [key, value] of db.iterator({ gte: RECORD, lt: 'gemel-session;' })) {
    sessions.touch(decodeURIComponent(key.slice(RECORD.length)), JSON.parse(value) as SessionRecord);
  }
  for await (const key of db.keys({ gte: 'outgoing:', lt: 'outgoing;' })) {
    sessions.enqueue(clientOf(key), Number.POSITIVE_INFINITY);
  }
}

function clientOf(key: string): string {
  return decodeURIComponent(key.split(':')[1] ?? '');
}

function nameOf({ brokerId = '', brokerCounter = 0 }: StoredPacket): string {
  return `${brokerId}:${brokerCounter}`;
}
