// The history as the gateway's thread sees it: gathers what is to go to the disk, hands it to the writer's thread in
// groups, and says when it is safe. It never makes a tick wait, and holds no more than it may.
import { randomUUID } from 'node:crypto';
import type { GatewayEvent } from '../ports/event.ts';
import type { Archive, HistoryReader, HistoryReport, Memory, Store } from '../ports/history.ts';
import type { Clock, Log } from '../ports.ts';
import type { LedgerEntry } from './commit.ts';
import type { HistoryConfig } from './schema.ts';
import { type Account, createAccounts } from './thread/accounts.ts';
import { type AlarmFeed, createAlarmFeed } from './thread/alarm-feed.ts';
import { createArchive } from './thread/archive.ts';
import { type Chronicle, createChronicle, lazyMs } from './thread/chronicle.ts';
import { createDesk, type Desk, type DeskParts } from './thread/desk.ts';
import { createGather, type Gather } from './thread/gather.ts';
import { type Group, safetyOf } from './thread/group.ts';
import type { SpawnWriter } from './thread/host.ts';
import { createLatency, type Latency } from './thread/latency.ts';
import { createNews, type News } from './thread/news.ts';
import { createPast, type Past } from './thread/past.ts';
import { notePause } from './thread/pause.ts';
import { createRefusals, type Refusals } from './thread/refusals.ts';
import { reportOf } from './thread/report.ts';
import { createTagBook, type TagBook } from './thread/tag-book.ts';
import { createTimetable, type Timetable } from './thread/timetable.ts';

export interface History extends Store, Memory, Archive, Chronicle {
  /** Opens the file and reads what earlier runs left; everything else is called after it. */
  start(): Promise<void>;
  /** Commits all that was pushed, puts it into blocks, and closes. */
  stop(): Promise<void>;
  /** The accounts as they were when the last run ended. */
  readonly ledger: readonly LedgerEntry[];
  /** Whether the last run stopped in order; true for a new file. */
  readonly clean: boolean;
  /** The next sample finds no room. */
  readonly full: boolean;
  /** False while the writer neither answers nor ends: only a new process would help. */
  readonly alive: boolean;
  report(): HistoryReport;
}

export interface HistoryParts {
  readonly config: HistoryConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the writer lives; `token` is what it is to know this run of the gateway by. */
  readonly spawn: (token: string) => SpawnWriter;
  readonly reader: HistoryReader;
  /** Of now, all of them. */
  readonly accounts: () => readonly Account[];
  /** So many samples of a source are on the disk, or will never be. */
  readonly settle: (source: string, samples: number, what: 'stored' | 'lost') => void;
  readonly tell: (event: GatewayEvent) => void;
  /** Longest stop of a part. */
  readonly stopMs: number;
  readonly setTimer?: (act: () => void, delayMs: number) => unknown;
  /** Control of a test: says that samples are safe before they are. */
  readonly tuning?: { readonly acknowledgeEarly?: boolean; readonly silenceMs?: number };
}

/** Of a stop, the rest is for the thread's end. */
const shareOfStop = 0.8;

/** What it is made of. */
interface Pieces {
  readonly parts: HistoryParts;
  readonly monotonicMs: () => number;
  readonly gather: Gather;
  readonly alarms: AlarmFeed;
  readonly tags: TagBook;
  readonly past: Past;
  readonly news: News;
  readonly latency: Latency;
  readonly refusals: Refusals;
  readonly counts: { committed: number; refused: number; sentMs: number; tickMs: number };
}

export function createHistory(parts: HistoryParts): History {
  const { config, clock } = parts;
  const setTimer = parts.setTimer ?? ((act, delayMs) => setTimeout(act, delayMs).unref());
  const monotonicMs = () => clock.monotonicMs();
  const timetable = createTimetable(monotonicMs, setTimer, () => {
    desk.send();
    // What could have gone by now goes when the writer is done with what it has.
    if (gather.filling.dueMs > monotonicMs()) timetable.at(gather.filling.dueMs);
  });
  const samplesMax = config.waitingSamples;
  const gather = createGather({ samplesMax, monotonicMs, onDue: timetable.at });
  const past = createPast();
  const latency = createLatency();
  const never = Number.NEGATIVE_INFINITY;
  const counts = { committed: 0, refused: 0, sentMs: never, tickMs: never };
  const alarms = createAlarmFeed((row) => gather.add(config.commitMs, ({ alarms: rows }) => rows, row));
  const pieces: Pieces = {
    ...{ parts, monotonicMs, gather, alarms, past, latency, counts },
    ...{ tags: createTagBook(gather), refusals: createRefusals() },
    news: createNews(clock, samplesMax, parts.tell),
  };
  const desk = openDesk(pieces, setTimer);
  const put = (into: (group: Group) => void) => gather.put(lazyMs, into);
  const archive = createArchive(parts.reader, past, put, () =>
    Math.min(gather.openFromMs - 1, counts.tickMs),
  );
  return {
    ...storeOf(pieces),
    ...memoryOf(pieces),
    ...createChronicle({ config, gather, alarms, tags: pieces.tags, counts }),
    ...lifeOf(pieces, desk, timetable),
    reader: parts.reader,
    cursor: (sink, stream) => archive.cursor(sink, stream),
    moveCursor: (sink, stream, position) => archive.moveCursor(sink, stream, position),
    get settledMs() {
      return archive.settledMs;
    },
    get lastReceivedMs() {
      return past.left?.lastReceivedMs;
    },
    get lastEventId() {
      return archive.lastEventId;
    },
    get ledger() {
      return past.left?.ledger ?? [];
    },
    get clean() {
      return past.left?.unclean !== true;
    },
    get full() {
      return gather.isFull;
    },
    get alive() {
      return desk.alive;
    },
    report: () => reportOf(desk, gather, latency, counts.committed),
  };
}

function openDesk(pieces: Pieces, setTimer: DeskParts['setTimer']): Desk {
  const { parts, monotonicMs, gather, tags, past, news, latency, counts, refusals } = pieces;
  const accounts = createAccounts();
  const { silenceMs } = parts.tuning ?? {};
  const desk = createDesk({
    ...{
      gather,
      setTimer,
      log: parts.log,
      spawn: parts.spawn(randomUUID()),
      nowMs: () => parts.clock.nowMs(),
    },
    rest(group, anew) {
      if (anew) accounts.forget();
      counts.sentMs = monotonicMs();
      const after = gather.after(group.number);
      const later = (source: string) => after[tags.source(source)] ?? 0;
      const { events, acts, snapshots, gaps, alarms } = group;
      return {
        ...{ events, acts, snapshots, gaps, alarms, nowMs: parts.clock.nowMs() },
        tags: anew ? tags.all : group.tags,
        ledger: accounts.entries(parts.accounts(), later),
        memory: [...group.memory].map(([key, text]) => ({ key, text })),
        cursors: [...group.cursors.values()],
      };
    },
    onSafe(group) {
      settle(pieces, group, 'stored');
      past.committed(group);
      // What waited for company did so on purpose.
      const onPurposeMs = group.withinMs < lazyMs ? 0 : lazyMs;
      latency.observe(Math.max(0, monotonicMs() - group.beganMs - onPurposeMs));
      group.done?.resolve();
      if (gather.waiting >= parts.config.waitingSamples / 2) return;
      refusals.tell('the history had no room: it was not stored');
      if (desk.trouble === undefined) news.well(gather.dropped, gather.extrasDropped);
    },
    onTrouble: (trouble) => news.trouble(trouble, gather.waiting),
    onWell(left) {
      if (left !== undefined) news.opened(left);
      // A file that is new knows nothing of what the other one was told.
      if (left?.quarantined !== undefined) gather.put(0, past.tellAgain);
      news.well(gather.dropped, gather.extrasDropped);
    },
    ...(silenceMs !== undefined && { silenceMs }),
  });
  return desk;
}

/** Into the accounts of the sources. */
function settle({ parts, tags, counts }: Pieces, group: Group, what: 'stored' | 'lost'): void {
  for (const [source, samples = 0] of group.bySource.entries()) {
    if (what === 'stored') counts.committed += samples;
    const name = tags.sources[source];
    if (samples > 0 && name !== undefined) parts.settle(name, samples, what);
  }
}

function storeOf({ parts, gather, tags, past, news, monotonicMs, counts, refusals }: Pieces): Store {
  const { config, tuning = {} } = parts;
  return {
    hasRoomFor: (source, { name, unit, kind }) => tags.hasRoomFor({ source, name, unit, kind, tier: 'raw' }),
    tag: (index, source, { name, unit, kind }) => tags.name(index, { source, name, unit, kind, tier: 'raw' }),
    recent: (source, name) => past.recent(source, name),
    push(tag, value, quality, timeMs, receiveMs, rawMs, exact) {
      const { index, source } = tags.row(tag);
      const { commitMs } = config;
      if (gather.push(index, source, commitMs, value, quality, timeMs, receiveMs, rawMs, exact)) return true;
      news.dropping();
      return false;
    },
    committed() {
      if (tuning.acknowledgeEarly === true) return undefined;
      if (gather.dropped !== counts.refused) {
        counts.refused = gather.dropped;
        return refusals.later();
      }
      const group = gather.newest();
      if (group === undefined) return undefined;
      // Now, unless something was sent a moment ago: then with what comes meanwhile.
      if (group === gather.filling) gather.hurry(Math.max(monotonicMs(), counts.sentMs + config.commitMs));
      return safetyOf(group);
    },
  };
}

function memoryOf({ parts, gather, past }: Pieces): Memory {
  return {
    recall: (key) => past.left?.memory.get(key),
    remember(entries) {
      const { filling } = gather;
      gather.put(parts.config.commitMs, ({ memory }) => {
        for (const { key, text } of entries) memory.set(key, text);
      });
      return safetyOf(filling);
    },
  };
}

function lifeOf(pieces: Pieces, desk: Desk, timetable: Timetable): Pick<History, 'start' | 'stop'> {
  const { parts, gather, alarms, past, news, tags, refusals } = pieces;
  return {
    async start() {
      const left = await desk.open();
      past.begin(left);
      tags.begin(left.tags);
      notePause(gather, left.lastReceivedMs, parts.clock.nowMs(), parts.log);
      news.opened(left);
      if (left.unclean)
        parts.log.info({}, 'the last run did not stop in order; all that it committed is here');
    },
    async stop() {
      alarms.flush();
      const isWhole = await desk.close(parts.stopMs * shareOfStop);
      timetable.end();
      const samples = gather.waiting;
      for (const group of gather.abandon()) {
        settle(pieces, group, 'lost');
        group.done?.reject(new Error('the history has stopped'));
      }
      refusals.tell('the history has stopped');
      if (past.left === undefined) return;
      const why = desk.trouble?.why ?? 'the writer did not answer in time';
      if (samples > 0)
        parts.log.error({ samples, why }, 'the history could not be written; samples are lost');
      else if (!isWhole) parts.log.warn({ why }, 'the history was not closed in order; all of it is there');
    },
  };
}
