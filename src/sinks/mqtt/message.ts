// One message on its way to the broker.
import type { PublishOptions } from '../../ports.ts';

export interface OutMessage extends PublishOptions {
  readonly topic: string;
  readonly payload: string;
  /** Of a machine, and only worth having while fresh: when it is dropped, history has to make up for it. */
  readonly live: boolean;
  /** How often the broker has refused it over a working connection. */
  refusals: number;
}

export function newMessage(
  topic: string,
  payload: string,
  { qos, retain }: PublishOptions,
  live = false,
): OutMessage {
  return { topic, payload, qos, retain, live, refusals: 0 };
}
