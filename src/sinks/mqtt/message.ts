// One message on its way to the broker.
import type { PublishOptions } from '../../ports.ts';

export interface OutMessage extends PublishOptions {
  readonly topic: string;
  readonly payload: string;
  /** How often the broker has refused it over a working connection. */
  refusals: number;
}

export function newMessage(topic: string, payload: string, { qos, retain }: PublishOptions): OutMessage {
  return { topic, payload, qos, retain, refusals: 0 };
}
