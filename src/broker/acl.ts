// Who may publish and subscribe what. Pure: asked by the broker on every message and subscription.
import type { BrokerUser } from './schema.ts';
import { isUnder } from './topic.ts';

export interface Principal {
  readonly name: string;
  /** anonymous: a client on this machine, where no users are configured. */
  readonly role: BrokerUser['role'] | 'anonymous';
  /** Of a device: the topics it lives below. */
  readonly prefix: string;
}

export interface Acl {
  mayPublish(who: Principal, topic: string): boolean;
  maySubscribe(who: Principal, filter: string): boolean;
  /** A message to a subscriber: holds even when its subscription is older than its rights. */
  mayReceive(who: Principal, topic: string): boolean;
}

/** `protect`: topics that only the gateway itself publishes below. */
export function createAcl(protect: readonly string[]): Acl {
  function mayPublish(who: Principal, topic: string): boolean {
    if (topic.charCodeAt(0) === 0x24) return false;
    for (const prefix of protect) if (isUnder(topic, prefix)) return false;
    if (who.role === 'device') return isUnder(topic, who.prefix);
    return who.role !== 'reader';
  }

  function mayReceive(who: Principal, topic: string): boolean {
    if (who.role === 'device') return isUnder(topic, who.prefix);
    return who.role !== 'anonymous' || topic.charCodeAt(0) !== 0x24;
  }

  // A filter is judged as text: a device's prefix holds no wildcard, so what is under it stays under it.
  return { mayPublish, mayReceive, maySubscribe: mayReceive };
}
