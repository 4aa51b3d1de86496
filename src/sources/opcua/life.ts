// From one connection to its loss: builds everything, watches it, and leaves nothing behind. Decides nothing about
// the next attempt.
import type { ClientSession } from 'node-opcua-client';
import type { Clock, Feed } from '../../ports.ts';
import type { ItemReport } from './items/item-report.ts';
import { loadLibrary } from './library.ts';
import type { News } from './news.ts';
import { explain, type Loss } from './refusal.ts';
import type { OpcuaSourceConfig } from './schema.ts';
import { readUserCertificate } from './security/identity.ts';
import { type OwnCertificate, ownFiles } from './security/own-certificate.ts';
import { type OpcuaSession, openSession, type SessionParts } from './session/session.ts';
import type { SessionEvents } from './session/session-events.ts';
import type { Intake } from './values/intake.ts';
import { newWatch, type Watch } from './watch.ts';

/** What is the same in every life of a source. */
export interface Life {
  readonly config: OpcuaSourceConfig;
  readonly clock: Clock;
  readonly pkiDir: string;
  readonly feed: Feed;
  readonly intake: Intake;
  readonly news: News;
  readonly report: ItemReport;
  /** Who we log in as, in words. */
  readonly user: string;
  own(): Promise<OwnCertificate>;
  /** What the server may still keep for the last connection. */
  leftBehind: ClientSession | undefined;
  readonly monitor: SessionParts['monitor'];
}

export interface End extends Loss {
  /** How long data came; 0 when it never did. */
  readonly upMs: number;
}

/** Resolves with why it ended, with nothing left open. */
export async function liveOnce(life: Life, stop: AbortSignal): Promise<End> {
  const { config, clock, pkiDir, news } = life;
  const ended = Promise.withResolvers<Loss>();
  let over = false;
  let upFromMs = Number.NaN;
  let session: OpcuaSession | undefined;
  let watch: Watch | undefined;
  let dead = false;
  const end = (loss: Loss) => {
    over = true;
    ended.resolve(loss);
  };
  const lost = (why: string) => end({ why, patience: 'soon' });
  const silent = (why: string) => {
    dead = true;
    lost(Number.isNaN(upFromMs) ? 'the server does not answer' : why);
  };
  const onAbort = () => lost('stopped');
  stop.addEventListener('abort', onAbort);
  const prepared = Promise.all([loadLibrary(), life.own(), readUserCertificate(config)]);
  const live = async () => {
    const [library, own, user] = await prepared;
    if (over) return;
    watch = newWatch(clock, config.silenceS * 1000, { onSilence: silent, onTrouble: lost });
    const { monitor } = life;
    const nowMs = () => life.feed.nowMs();
    const { leftBehind } = life;
    const parts = { library, config, pkiDir, own, user, leftBehind, nowMs, monitor };
    session = openSession(parts, eventsOf(life, watch, lost));
    await session.ready;
    if (over) return;
    upFromMs = clock.monotonicMs();
    news.up();
  };
  live().catch((error: unknown) => {
    const { certificate = ownFiles(pkiDir).certificate } = config.security;
    end(explain(error, { own: certificate, user: life.user }));
  });
  try {
    const loss = await ended.promise;
    return { ...loss, upMs: Number.isNaN(upFromMs) ? 0 : clock.monotonicMs() - upFromMs };
  } finally {
    stop.removeEventListener('abort', onAbort);
    watch?.end();
    // A certificate that is being made is written to its end.
    await prepared.catch(() => {});
    const left = await session?.close(dead);
    // Until a connection came about, nobody could clear up what the one before it left.
    if (!Number.isNaN(upFromMs) || left !== undefined) life.leftBehind = left;
  }
}

function eventsOf(
  { intake, feed, news, report }: Life,
  watch: Watch,
  onLost: (why: string) => void,
): SessionEvents {
  return {
    onValue: intake.value,
    onMessage: intake.messageBegins,
    onMessageEnd: intake.messageEnds,
    onDelay: intake.delayed,
    onRefused: intake.refused,
    onGap: () => feed.remark('gap'),
    missing: intake.missing,
    onFilled: intake.filled,
    onHistory: intake.backfill,
    report,
    onHeard: watch.heard,
    onPublished: watch.published,
    onServerClock: (sentMs, peerMs, receivedMs) => feed.peerClock(sentMs, peerMs, receivedMs),
    onRemark: news.remark,
    onLost,
  };
}
