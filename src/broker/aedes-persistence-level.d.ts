// The package ships no types; this is the part of it that the broker uses.
declare module 'aedes-persistence-level' {
  import type { Readable } from 'node:stream';
  import type { ClassicLevel } from 'classic-level';

  export interface StoredPacket {
    topic: string;
    payload: Buffer;
    qos: 0 | 1 | 2;
    retain: boolean;
    brokerId?: string;
    brokerCounter?: number;
    messageId?: number;
    [key: string]: unknown;
  }

  export interface StoredSubscription {
    topic: string;
    qos: 0 | 1 | 2;
    clientId: string;
  }

  export interface LevelPersistence {
    storeRetained(packet: StoredPacket): Promise<void>;
    createRetainedStream(pattern: string): Readable;
    createRetainedStreamCombi(patterns: string[]): Readable;
    addSubscriptions(client: { id: string }, subscriptions: StoredSubscription[]): Promise<void>;
    removeSubscriptions(client: { id: string }, topics: string[]): Promise<void>;
    subscriptionsByClient(client: { id: string }): Promise<StoredSubscription[]>;
    subscriptionsByTopic(topic: string): Promise<StoredSubscription[]>;
    cleanSubscriptions(client: { id: string }): Promise<void>;
    outgoingEnqueue(subscription: StoredSubscription, packet: StoredPacket): Promise<void>;
    outgoingEnqueueCombi(subscriptions: StoredSubscription[], packet: StoredPacket): Promise<void>;
    outgoingUpdate(client: { id: string }, packet: StoredPacket): Promise<void>;
    outgoingClearMessageId(
      client: { id: string },
      packet: { messageId?: number },
    ): Promise<StoredPacket | undefined>;
    /** Last wills, but not those of `brokers`. */
    streamWill(brokers: Record<string, number>): Readable;
    delWill(client: { id: string }): Promise<unknown>;
    destroy(): Promise<void>;
  }

  export default function aedesPersistenceLevel(db: ClassicLevel): LevelPersistence;
}
