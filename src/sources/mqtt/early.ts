// Messages that come between the bus's start and the source's: retained ones are sent once only, and a
// QoS 1 message must not be acknowledged before it is taken. Bounded in number and bytes.

import { excerptOf } from '../../formats/excerpt.ts';
import type { Feed } from '../../ports.ts';

const messagesMax = 1000;
const bytesMax = 4 * 1024 * 1024;

type Take = (feed: Feed, payload: Uint8Array) => Promise<void> | undefined;

export interface EarlyBox {
  /** The promise settles once the message is taken and safe. */
  keep(payload: Uint8Array, take: Take, topic: string): Promise<void> | undefined;
  /** Hands over all that waited, in order; returns how many there were. */
  release(feed: Feed): number;
  discard(): void;
}

interface Waiting {
  readonly payload: Uint8Array;
  readonly take: Take;
  readonly done: (safe: Promise<void> | undefined) => void;
}

export function createEarlyBox(): EarlyBox {
  let waiting: Waiting[] = [];
  let bytes = 0;
  const refused: string[] = [];
  let refusedCount = 0;

  const empty = () => {
    const all = waiting;
    waiting = [];
    bytes = 0;
    return all;
  };

  return {
    keep(payload, take, topic) {
      if (waiting.length >= messagesMax || bytes + payload.byteLength > bytesMax) {
        if (refused.length === 0) refused.push(excerptOf(topic, payload));
        refusedCount++;
        return undefined;
      }
      bytes += payload.byteLength;
      // The bus may reuse its buffer.
      const copy = payload.slice();
      return new Promise((resolve) => waiting.push({ payload: copy, take, done: resolve }));
    },
    release(feed) {
      const all = empty();
      for (const { payload, take, done } of all) {
        done(take(feed, payload));
      }
      for (; refusedCount > 0; refusedCount--) feed.reject('not_ready', refused[0] ?? '');
      return all.length;
    },
    discard() {
      for (const { done } of empty()) done(undefined);
    },
  };
}
