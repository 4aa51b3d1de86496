// Events to a peer out of history, in order. Must never keep one to itself because history cannot store it: then it
// goes as it came.

import type { CatchUpPeer } from '../../ports/catch-up.ts';
import type { GatewayEvent } from '../../ports/event.ts';
import type { Archive, StoredEvent } from '../../ports/history.ts';
import type { Clock, Log } from '../../ports.ts';
import { createEventQueue, eventsInflightMax } from './event-queue.ts';
import { createEventReader, eventStream } from './event-reader.ts';
import { createFreshEvents } from './fresh-events.ts';

export interface EventFeed {
  event(event: GatewayEvent): void;
  tick(): void;
  lost(): void;
  /** From now on nobody waits for history. */
  hurry(): void;
  /** That are not acknowledged, as far as they are known here. */
  readonly depth: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface EventFeedParts {
  readonly sink: string;
  readonly archive: Archive;
  readonly peer: CatchUpPeer;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxAgeMs: number;
  readonly eventsMax: number;
}

/** A commit takes milliseconds; who waits longer waits for a disk that is full. */
const patienceMs = 2000;

export function createEventFeed(parts: EventFeedParts): EventFeed {
  const { sink, archive, peer, clock, log, maxAgeMs, eventsMax } = parts;
  const { dropped, drop } = createDrops();
  const fresh = createFreshEvents(eventsMax);
  const reader = createEventReader(archive, sink, clock, log);
  /** History may have more than was read. */
  let more = true;
  let sending = false;
  let waitMs = patienceMs;

  const queue = createEventQueue(peer, {
    onReached: (id) => archive.moveCursor(sink, eventStream, id),
    onAcknowledged: () => run(),
    onGivenUp: () => drop('refused'),
  });

  const take = ({ id, event }: StoredEvent) => {
    const isTooOld = event.timeMs < clock.nowMs() - maxAgeMs;
    if (isTooOld) drop('too_old');
    queue[fresh.stored(event) || isTooOld ? 'pass' : 'add'](id, event);
  };

  /** What history has not got for so long goes as it is. */
  const letGo = () => {
    for (const event of fresh.takeBefore(clock.monotonicMs() - waitMs)) queue.add(undefined, event);
  };

  const ask = async () => {
    const answer = await reader.next();
    answer?.events.forEach(take);
    more = answer?.more ?? true;
    if (answer?.more !== true) letGo();
    run();
  };

  const run = () => {
    // `done` may be called within the call.
    if (sending || !peer.isUp) return;
    sending = true;
    queue.send();
    sending = false;
    if (more && reader.isFree && queue.depth <= eventsInflightMax) void ask();
  };

  // Before there is a tick to miss: with the first question the reader's thread is started.
  void ask();

  return {
    dropped,
    get depth() {
      return queue.depth + fresh.size;
    },
    event(event) {
      const oldest = fresh.add(event, clock.monotonicMs());
      if (oldest !== undefined && oldest.timeMs > archive.settledMs) drop('overflow');
    },
    tick() {
      if (fresh.size > 0) more = true;
      if (reader.waitedMs > waitMs) letGo();
      queue.retry();
      run();
    },
    lost: () => queue.lost(),
    hurry() {
      waitMs = -1;
      letGo();
    },
  };
}

function createDrops() {
  const dropped: Record<string, number> = {};
  const drop = (reason: string) => {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  };
  return { dropped, drop };
}
