// What the broker counts: messages by the way they took, and connections and messages refused, by reason.

export type RefusalReason =
  | 'malformed'
  | 'too-large'
  | 'login'
  | 'throttled'
  | 'busy'
  | 'clients'
  | 'client-id'
  | 'protocol'
  | 'publish-denied'
  | 'subscribe-denied'
  | 'timeout'
  | 'slow'
  | 'origin'
  | 'tls'
  | 'silent'
  | 'handler';

export interface Tally {
  /** Publishes that came in, all ways. */
  received: number;
  /** Of these, the ones that went straight to the gateway without passing aedes. */
  express: number;
  /** Of the gateway itself. */
  published: number;
  /** QoS 0 messages not sent because the subscriber is behind. */
  dropped: number;
  readonly refused: Record<RefusalReason, number>;
}

export function createTally(): Tally {
  return {
    received: 0,
    express: 0,
    published: 0,
    dropped: 0,
    refused: {
      malformed: 0,
      'too-large': 0,
      login: 0,
      throttled: 0,
      busy: 0,
      clients: 0,
      'client-id': 0,
      protocol: 0,
      'publish-denied': 0,
      'subscribe-denied': 0,
      timeout: 0,
      slow: 0,
      origin: 0,
      tls: 0,
      silent: 0,
      handler: 0,
    },
  };
}

/** Why aedes gave up a connection; undefined when the network did. */
export function reasonOf(error: Error & { code?: unknown; errorCode?: unknown }): RefusalReason | undefined {
  if (/in time$|keep alive timeout/.test(error.message)) return 'timeout';
  // 'no such packet': its queue was full, so what it is owed is not there to be sent.
  if (/drain timeout|no such packet/.test(error.message)) return 'slow';
  if (error.errorCode !== undefined) return 'protocol';
  return error.code === undefined ? 'malformed' : undefined;
}
