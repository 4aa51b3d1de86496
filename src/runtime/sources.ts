// Watches the sources for the loop: their accounts, their links, and what to say when a link changes.
import type { SampleColumns } from '../core/sample.ts';
import type { GatewayEvent } from '../ports/event.ts';
import type { LinkState, Source, SourceReport } from '../ports.ts';
import { newSourceAccount, type SourceAccount } from './account.ts';
import { createClockNews, reportClocks, type SlewedClock } from './clock-news.ts';
import { createFloodNews } from './flood-news.ts';
import { continueLedger, type Ledger, ledgerRow } from './ledger.ts';
import { createTagTable, type TagTable } from './tags.ts';

export interface WatchedSource {
  readonly source: Source;
  readonly account: SourceAccount;
  link: LinkState;
  rateFromReceived: number;
  ratePerS: number;
}

export interface SourceWatch {
  readonly all: readonly WatchedSource[];
  /** The tags they have named so far. */
  readonly tags: TagTable;
  /** Books the samples of a tick: what was pending is with the core now, and nobody stores it. */
  settle(samples: SampleColumns): void;
  /** Books samples of a source that were pending. */
  settled(source: string, samples: number, what: 'stored' | 'lost'): void;
  /** The account of a source goes on from an earlier run. */
  resume(source: string, past: PastAccount): void;
  /** Compares links with the last look and reports changes. */
  look(emit: (event: GatewayEvent) => void): void;
  reports(): SourceReport[];
}

export type PastAccount = Parameters<typeof continueLedger>[1];

/** Rates are taken over this long. */
const rateWindowMs = 2000;

export function createSourceWatch(sources: readonly Source[], clock: SlewedClock): SourceWatch {
  const all: WatchedSource[] = sources.map((source) => ({
    source,
    account: newSourceAccount(),
    link: 'stopped',
    rateFromReceived: 0,
    ratePerS: 0,
  }));
  const byName = new Map(all.map((watched) => [watched.source.name, watched]));
  const tags = createTagTable();
  const byTag: Ledger[] = [];
  const clockNews = createClockNews(clock);
  const floodNews = createFloodNews(clock);
  const measureRates = createRates(all, clock);

  return {
    all,
    tags,
    settle: (samples) =>
      settleTick(samples, byTag, (tag) => byName.get(tags.rows[tag]!.source)!.account.ledger),
    settled(source, samples, what) {
      const ledger = byName.get(source)?.account.ledger;
      if (ledger === undefined) return;
      ledger.pending -= samples;
      if (what === 'stored') ledger.stored += samples;
      else ledger.rejected.lost += samples;
    },
    resume(source, past) {
      const watched = byName.get(source);
      if (watched === undefined) return;
      const { ledger } = watched.account;
      continueLedger(ledger, past);
      watched.rateFromReceived += past.row.received;
      floodNews.resume(source, ledger);
    },
    look(emit) {
      measureRates();
      for (const watched of all) {
        clockNews.look(watched.source.name, watched.account, emit);
        floodNews.look(watched.source.name, watched.account.ledger, emit);
        const { link, reason } = watched.source.health();
        if (link === watched.link) continue;
        const kind = newsOf(watched.link, link);
        watched.link = link;
        if (kind === undefined) continue;
        const source = watched.source.name;
        const text = kind === 'source-up' ? `source ${source} is up` : `source ${source} is down: ${reason}`;
        emit({ kind, source, timeMs: clock.nowMs(), text });
      }
    },
    reports: () => all.map((watched) => report(watched, clock)),
  };
}

function settleTick(samples: SampleColumns, byTag: Ledger[], ledgerOf: (tag: number) => Ledger): void {
  for (let i = 0; i < samples.length; i++) {
    const tag = samples.tag[i]!;
    let ledger = byTag[tag];
    if (ledger === undefined) {
      ledger = ledgerOf(tag);
      byTag[tag] = ledger;
    }
    ledger.pending--;
    ledger.stored++;
  }
}

function createRates(all: readonly WatchedSource[], clock: SlewedClock): () => void {
  let fromMs = clock.monotonicMs();
  return () => {
    const elapsedMs = clock.monotonicMs() - fromMs;
    if (elapsedMs < rateWindowMs) return;
    for (const watched of all) {
      const { received } = watched.account.ledger;
      watched.ratePerS = ((received - watched.rateFromReceived) * 1000) / elapsedMs;
      watched.rateFromReceived = received;
    }
    fromMs += elapsedMs;
  };
}

/** Being stopped by us, and the first attempts of a start, are no news. */
function newsOf(before: LinkState, now: LinkState): GatewayEvent['kind'] | undefined {
  if (now === 'up') return 'source-up';
  return before === 'up' && now !== 'stopped' ? 'source-down' : undefined;
}

function report(watched: WatchedSource, clock: SlewedClock): SourceReport {
  const { source, account, ratePerS } = watched;
  const ageMs = Number.isNaN(account.lastSampleMs)
    ? Number.POSITIVE_INFINITY
    : clock.monotonicMs() - account.lastSampleMs;
  return {
    source: source.name,
    ...source.health(),
    ratePerS,
    ageMs,
    ...reportClocks(account, clock.nowMs(), clock.slewPpm),
    ledger: ledgerRow(account.ledger),
    remarks: { ...account.ledger.remarks },
  };
}
