// Sessions that outlive a connection: their subscriptions by topic, how much waits for each, whose they
// are and when they were last used. In memory; persistence.ts keeps the same on disk.
import { createTopicTree } from './topic-tree.ts';

export interface SessionSubscription {
  readonly clientId: string;
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

export interface SessionRecord {
  /** Who may take it up again. */
  readonly owner: string;
  readonly usedMs: number;
}

export interface Sessions {
  readonly size: number;
  subscribe(subscription: SessionSubscription): void;
  unsubscribe(clientId: string, topic: string): void;
  has(subscription: SessionSubscription): boolean;
  /** QoS 1 and 2 subscriptions that match: what must be queued. One per session. */
  matching(topic: string): SessionSubscription[];
  wants(topic: string): boolean;
  /** A place in the queue of one session; false when it is full. */
  enqueue(clientId: string, limit: number): boolean;
  dequeue(clientId: string): void;
  record(clientId: string): SessionRecord | undefined;
  touch(clientId: string, record: SessionRecord): void;
  forget(clientId: string): void;
  unusedSince(ms: number): string[];
}

interface Session {
  readonly filters: Map<string, SessionSubscription>;
  queued: number;
  record: SessionRecord | undefined;
}

export function createSessions(changed: () => void): Sessions {
  const byClient = new Map<string, Session>();
  const tree = createTopicTree<SessionSubscription>();

  function session(clientId: string): Session {
    let found = byClient.get(clientId);
    if (found === undefined) {
      found = { filters: new Map(), queued: 0, record: undefined };
      byClient.set(clientId, found);
    }
    return found;
  }

  function unsubscribe(clientId: string, topic: string): void {
    const filters = byClient.get(clientId)?.filters;
    const old = filters?.get(topic);
    if (filters === undefined || old === undefined) return;
    filters.delete(topic);
    if (old.qos > 0) tree.remove(topic, old);
    changed();
  }

  function matching(topic: string): SessionSubscription[] {
    const best = new Map<string, SessionSubscription>();
    for (const one of tree.match(topic)) {
      const other = best.get(one.clientId);
      if (other === undefined || other.qos < one.qos) best.set(one.clientId, one);
    }
    return [...best.values()];
  }

  return {
    get size() {
      return byClient.size;
    },
    subscribe(subscription) {
      unsubscribe(subscription.clientId, subscription.topic);
      session(subscription.clientId).filters.set(subscription.topic, subscription);
      if (subscription.qos > 0) tree.add(subscription.topic, subscription);
      changed();
    },
    unsubscribe,
    has: ({ clientId, topic, qos }) => byClient.get(clientId)?.filters.get(topic)?.qos === qos,
    matching,
    wants: (topic) => tree.has(topic),
    enqueue(clientId, limit) {
      const found = session(clientId);
      if (found.queued >= limit) return false;
      found.queued++;
      return true;
    },
    dequeue(clientId) {
      const found = byClient.get(clientId);
      if (found !== undefined && found.queued > 0) found.queued--;
    },
    record: (clientId) => byClient.get(clientId)?.record,
    touch(clientId, record) {
      session(clientId).record = record;
    },
    forget(clientId) {
      for (const topic of [...(byClient.get(clientId)?.filters.keys() ?? [])]) unsubscribe(clientId, topic);
      byClient.delete(clientId);
    },
    unusedSince: (ms) =>
      [...byClient].filter(([, found]) => (found.record?.usedMs ?? 0) < ms).map(([clientId]) => clientId),
  };
}
