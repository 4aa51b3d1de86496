// Who may publish and subscribe what. Pure: asked by the broker on every message and subscription.
import type { BrokerUser } from './schema.ts';
import { isUnder } from './topic.ts';

export interface Principal {
  readonly name: string;
  /** anonymous: a client on this machine, where no users are configured. */
  readonly role: BrokerUser['role'] | 'anonymous';
  /** Of a device: the topics it lives below. */
  readonly prefix: string;
  /** May ask the gateway to do something: acknowledge an alarm. Absent: no. */
  readonly requests?: boolean;
}

export interface Acl {
  mayPublish(who: Principal, topic: string): boolean;
  maySubscribe(who: Principal, filter: string): boolean;
  /** A message to a subscriber: holds even when its subscription is older than its rights. */
  mayReceive(who: Principal, topic: string): boolean;
  /** A request to the gateway: to be heard once, and never kept. */
  isRequest(topic: string): boolean;
}

/** `protect`: topics that only the gateway itself publishes below, but for requests to it. */
export function createAcl(protect: readonly string[]): Acl {
  /** `<protected>/<machine>/<what>/<about>`. */
  const isAbout = (topic: string, what: 'request' | 'response'): boolean => {
    for (const prefix of protect) {
      if (!isUnder(topic, prefix) || topic.length === prefix.length) continue;
      const levels = topic.slice(prefix.length + 1).split('/');
      if (levels.length === 3 && levels[1] === what && levels[0] !== '' && levels[2] !== '') return true;
    }
    return false;
  };
  const isProtected = (topic: string): boolean => {
    for (const prefix of protect) if (isUnder(topic, prefix)) return true;
    return false;
  };

  function mayPublish(who: Principal, topic: string): boolean {
    if (topic.charCodeAt(0) === 0x24) return false;
    if (isProtected(topic)) return who.requests === true && isAbout(topic, 'request');
    if (who.role === 'device') return isUnder(topic, who.prefix);
    return who.role !== 'reader';
  }

  function mayReceive(who: Principal, topic: string): boolean {
    if (who.role === 'device') {
      // Whoever asks may hear the answer: a filter with + in a level is one of these too, and one with # never is.
      return isUnder(topic, who.prefix) || (who.requests === true && isAnswer(topic));
    }
    return who.role !== 'anonymous' || topic.charCodeAt(0) !== 0x24;
  }

  const isAnswer = (topic: string) => !topic.includes('#') && isAbout(topic, 'response');

  // A filter is judged as text: a device's prefix holds no wildcard, so what is under it stays under it.
  return {
    mayPublish,
    mayReceive,
    maySubscribe: mayReceive,
    isRequest: (topic) => isAbout(topic, 'request'),
  };
}
