// Asks history for what comes next on the walk, and makes messages of it. Stretches that went live are only looked
// through for samples that no frame showed that arrived.

import type { MissedGap, MissedSamples } from '../../ports/catch-up.ts';
import type { Archive, ReceivedAnswer } from '../../ports/history.ts';
import type { Clock, SinkContext, TagFeed } from '../../ports.ts';
import type { Coverage } from './coverage.ts';
import type { Cutter } from './cut.ts';
import { gapsToTell, tooOld } from './gap.ts';
import { windowMs } from './windows.ts';

/** A message, or (without one) only a place that is reached. */
export interface Item {
  readonly message?: MissedSamples | MissedGap;
  /** All received up to then is told once all before this item is. */
  readonly doneMs: number;
}

export interface Asker {
  /** Undefined when there is nothing to ask for now. Not again before the answer. */
  next(): Promise<readonly Item[]> | undefined;
  /** On from here. */
  back(toMs: number): void;
}

export interface AskParts {
  readonly archive: Archive;
  readonly context: SinkContext;
  readonly clock: Clock;
  readonly coverage: Coverage;
  readonly cutter: Cutter;
  readonly maxAgeMs: number;
}

type Feeds = ReadonlyMap<number, readonly TagFeed[]>;

/** In one answer of history: some hundred kilobytes. */
const samplesMax = 4000;
/** So many seconds at least are looked through at once. */
const lookWindows = 4;

export function createAsker(parts: AskParts, startMs: number): Asker {
  const { archive, coverage, cutter, clock, maxAgeMs, context } = parts;
  const { missed } = coverage;
  const machines = context.machines.map(({ id }) => id);
  const feedsUpTo = createFeedTable(parts);
  let askedMs = startMs;
  /** The last answer was of the same missed stretch. */
  let within = false;
  let generation = 0;

  const ask = async (fromMs: number, toMs: number, all: boolean): Promise<readonly Item[]> => {
    const mine = generation;
    const feeds = await feedsUpTo(toMs);
    const answer = await received(archive, fromMs, toMs, feeds);
    const { reachedMs } = answer;
    const range = { fromMs, toMs: reachedMs };
    const gaps = all ? await archive.reader.gaps(range) : [];
    if (mine !== generation) return [];
    const samples = cutter.take(answer, feeds, coverage);
    giveBack(answer);
    const told = gapsToTell(gaps, range, !within, machines);
    within = all;
    askedMs = reachedMs;
    return [...inOrder(samples, told), { doneMs: Math.floor(reachedMs / windowMs) * windowMs }];
  };

  return {
    next() {
      const limit = Math.floor(Math.min(coverage.decidedMs, archive.settledMs) / windowMs);
      const from = Math.floor(askedMs / windowMs);
      if (!(from < limit)) return undefined;
      const oldest = Math.min(limit, Math.ceil((clock.nowMs() - maxAgeMs) / windowMs));
      if (from < oldest) {
        const lost = stretchesIn(coverage, from, oldest).flatMap((range) => tooOld(range, machines));
        cutter.reset();
        within = false;
        askedMs = oldest * windowMs;
        return Promise.resolve([...inOrder([], lost), { doneMs: askedMs }]);
      }
      const all = missed.has(from);
      const to = Math.min(missed.alikeUntil(from), limit);
      if (!all && to === limit && to - from < lookWindows) return undefined;
      return ask(askedMs, to * windowMs, all);
    },
    back(toMs) {
      generation++;
      askedMs = Math.floor(toMs / windowMs) * windowMs;
      within = false;
      cutter.reset();
    },
  };
}

/** Only what feeds a machine is asked for: where nothing does, there is nothing. */
async function received(
  { reader }: Archive,
  afterMs: number,
  toMs: number,
  feeds: Feeds,
): Promise<ReceivedAnswer> {
  const tags = [...feeds.keys()];
  if (tags.length > 0) return reader.received({ afterMs, toMs, samplesMax, tags });
  const none = new Float64Array(0);
  return {
    reachedMs: toMs,
    samples: {
      ...{ length: 0, tag: new Int32Array(0), quality: new Uint32Array(0), exact: new BigInt64Array(0) },
      ...{ value: none, timeMs: none, receiveMs: none, rawMs: none },
    },
  };
}

/** Column by column at once: waiting for the collector, a long back-fill would hold a hundred answers. */
function giveBack({ samples }: ReceivedAnswer): void {
  for (const column of Object.values(samples)) {
    if (ArrayBuffer.isView(column) && column.buffer instanceof ArrayBuffer && column.byteLength > 0)
      column.buffer.transfer(0);
  }
}

/** A tag of history belongs to a signal by its names, and by the unit it had: in another one it is another tag. */
function createFeedTable({ archive, context }: AskParts): (toMs: number) => Promise<Feeds> {
  let feeds: Feeds = new Map();
  let knownMs = Number.NEGATIVE_INFINITY;
  return async (toMs) => {
    if (toMs <= knownMs) return feeds;
    const nowMs = archive.settledMs;
    const tags = await archive.reader.tags();
    feeds = new Map(
      tags
        .filter(({ tier }) => tier === 'raw')
        .map(({ id, source, name, unit }) => [id, context.feeds?.(source, name, unit) ?? []] as const)
        .filter(([, fed]) => fed.length > 0),
    );
    knownMs = nowMs;
    return feeds;
  };
}

/** The missed stretches among these seconds. */
function stretchesIn({ missed }: Coverage, from: number, to: number): { fromMs: number; toMs: number }[] {
  const found: { fromMs: number; toMs: number }[] = [];
  for (let at = from; at < to; at = missed.alikeUntil(at)) {
    const end = Math.min(to, missed.alikeUntil(at));
    if (missed.has(at)) found.push({ fromMs: at * windowMs, toMs: end * windowMs });
  }
  return found;
}

/** A gap comes behind the samples of the second it begins in; one that began before the first of them, before. */
function inOrder(samples: readonly MissedSamples[], gaps: readonly MissedGap[]): Item[] {
  const all: { message: MissedSamples | MissedGap; place: number }[] = [
    ...samples.map((message) => ({ message, place: message.seq })),
    ...gaps.map((message) => ({ message, place: placeOf(message) })),
  ];
  return all
    .toSorted((a, b) => a.place - b.place)
    .map(({ message }) => ({ message, doneMs: message.seq * windowMs }));
}

function placeOf({ seq, fromMs }: MissedGap): number {
  return fromMs < seq * windowMs ? seq - 0.5 : seq + 0.5;
}
