// What stands in for the sources of a gateway while a recording is replayed: their feeds, accounts and tags,
// under a clock that only the recording moves. Nothing connects to anything.
import type { Config } from '../config/schema.ts';
import { admitTag, newIntake } from '../core/intake.ts';
import type { SampleColumns, TagSpec } from '../core/sample.ts';
import type { DeadLetter } from '../ports/event.ts';
import type { Feed } from '../ports.ts';
import { createFeed } from '../runtime/feed.ts';
import { createInbox, type Inbox } from '../runtime/inbox.ts';
import type { Binder } from '../runtime/machines.ts';
import { createSourceWatch, type SourceWatch } from '../runtime/sources.ts';
import { createTagTable, type TagTable } from '../runtime/tags.ts';

/** What every replay needs: where samples wait, under which names, and what time it is. */
export interface Stage {
  /** As a person would call it. */
  readonly file: string;
  readonly time: { nowMs: number };
  readonly inbox: Inbox;
  readonly tags: TagTable;
  /** Books the samples of a tick. */
  settle(samples: SampleColumns): void;
  /** Once there is a core: tags find their signals. */
  bind: Binder | undefined;
}

/** With sources that judge and account for what comes. */
export interface Hall extends Stage {
  /** Tags are called `<source>/<tag>`: one file may hold what several sources brought. */
  readonly feed: Feed;
  readonly watch: SourceWatch;
  /** The first few. */
  readonly letters: readonly DeadLetter[];
}

const lettersKept = 5;

export function createStage(config: Config, file: string): Stage {
  return {
    file,
    time: { nowMs: 0 },
    inbox: createInbox(config.loop.inboxSamples),
    tags: createTagTable(),
    settle() {},
    bind: undefined,
  };
}

export function createHall(config: Config, file: string, sources: readonly string[]): Hall {
  const stage = createStage(config, file);
  const { time, inbox } = stage;
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs };
  const watch = createSourceWatch(sources.map(recordedSource), clock);
  const { tags } = watch;
  const letters: DeadLetter[] = [];
  const onDeadLetter = (letter: DeadLetter) => {
    if (letters.length < lettersKept) letters.push(letter);
  };
  const onTag = (source: string, tag: number, spec: TagSpec) => hall.bind?.(source, tag, spec);
  const intake = newIntake(256);
  const parts = { clock, inbox, intake, tags, store: undefined, onDeadLetter, onTag };
  const feeds = watch.all.map(({ source, account }) =>
    createFeed(source.name, account, Number.POSITIVE_INFINITY, parts),
  );
  const routed = routedFeed(sources, feeds);
  const feed: Feed = {
    ...routed,
    tag(spec) {
      const tag = routed.tag(spec);
      // The times of the recording are the time here: there is no other clock that they could be wrong by.
      if (tag >= 0) admitTag(intake, tag, spec);
      return tag;
    },
  };
  const hall: Hall = { ...stage, tags, watch, letters, settle: (samples) => watch.settle(samples), feed };
  return hall;
}

/** What the accounts are kept for: nothing connects. */
function recordedSource(name: string) {
  return {
    name,
    start: async () => {},
    stop: async () => {},
    health: () => ({ link: 'up' as const, reason: '' }),
  };
}

/** Tags are numbered over all sources; each knows the feed it came by. What belongs to none is the first's. */
function routedFeed(sources: readonly string[], feeds: readonly Feed[]): Feed {
  const owners: Feed[] = [];
  const main = feeds[0]!;
  return {
    ...main,
    tag(spec) {
      const slash = spec.name.indexOf('/');
      const owner = feeds[sources.indexOf(spec.name.slice(0, slash))]!;
      const tag = owner.tag({ ...spec, name: spec.name.slice(slash + 1) });
      if (tag >= 0) owners[tag] = owner;
      return tag;
    },
    push: (tag, value, quality, sourceMs) => owners[tag]!.push(tag, value, quality, sourceMs),
    pushExact: (tag, value, quality, sourceMs) => owners[tag]!.pushExact(tag, value, quality, sourceMs),
  };
}
