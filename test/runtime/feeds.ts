// Sources' ways in as the gateway joins them, on a clock the test moves: real intake, inbox and accounts.
import { newIntake } from '../../src/core/intake.ts';
import type { SampleColumns, TagSpec } from '../../src/core/sample.ts';
import type { DeadLetter, GatewayEvent } from '../../src/ports/event.ts';
import type { Feed, Source } from '../../src/ports.ts';
import { createClock, type GatewayClock } from '../../src/runtime/clock.ts';
import { createFeed } from '../../src/runtime/feed.ts';
import { createInbox, type Inbox } from '../../src/runtime/inbox.ts';
import { createSourceWatch, type SourceWatch } from '../../src/runtime/sources.ts';
import type { SampleLimits } from '../../src/runtime/token-bucket.ts';

export interface Feeds {
  readonly clock: GatewayClock;
  readonly inbox: Inbox;
  readonly watch: SourceWatch;
  readonly letters: DeadLetter[];
  readonly events: GatewayEvent[];
  /** One a source. */
  readonly feed: readonly Feed[];
  nowMs: number;
  stepWall(byMs: number): void;
  /** A tick: follows the wall clock, drains, settles, looks. */
  tick(): SampleColumns;
}

export const wallMs = Date.UTC(2026, 10, 20, 6);

export interface FeedOptions {
  readonly sources?: readonly string[];
  readonly capacity?: number;
  readonly limits?: SampleLimits;
}

export function createFeeds({ sources = ['shop'], capacity = 65_536, limits }: FeedOptions = {}): Feeds {
  let aheadMs = 0;
  const feeds = { nowMs: 0 };
  const clock = createClock({ wallMs: () => wallMs + feeds.nowMs + aheadMs, monotonicMs: () => feeds.nowMs });
  const watch = createSourceWatch(sources.map(standIn), clock);
  const inbox = createInbox(capacity);
  const letters: DeadLetter[] = [];
  const events: GatewayEvent[] = [];
  const { tags } = watch;
  const onDeadLetter = (letter: DeadLetter) => letters.push(letter);
  const onEvent = (event: GatewayEvent) => events.push(event);
  const parts = {
    clock,
    inbox,
    intake: newIntake(4),
    tags,
    store: undefined,
    onDeadLetter,
    onEvent,
    onTag() {},
  };
  const feed = watch.all.map(({ source, account }) => createFeed(source.name, account, 1000, parts, limits));
  return Object.assign(feeds, {
    ...{ clock, inbox, watch, letters, events, feed },
    stepWall(byMs: number) {
      aheadMs += byMs;
    },
    tick() {
      clock.follow();
      const samples = inbox.drain(clock.nowMs());
      watch.settle(samples);
      watch.look((event) => events.push(event));
      return samples;
    },
  });
}

function standIn(name: string): Source {
  const health = () => ({ link: 'up' as const, reason: '' });
  return { name, health, start: async () => {}, stop: async () => {} };
}

export const tagOf = (name: string, more: Partial<TagSpec> = {}): TagSpec => ({
  name,
  unit: '',
  kind: 'number',
  ...more,
});
