// The outbox on disk: a sink's place in history. It is moved by what the peer has acknowledged, so that an outage, a
// restart or a kill costs nothing but time. No second copy of the data, and never any work that a tick waits for.
import type { CatchUpOptions, CatchUpPeer, NewCatchUp } from '../../ports/catch-up.ts';
import { createAsker } from './ask.ts';
import { type Coverage, createCoverage } from './coverage.ts';
import { createCutter } from './cut.ts';
import { createEventFeed } from './event-feed.ts';
import { createMarks } from './marks.ts';
import { createPace } from './pace.ts';
import { createWalk } from './walk.ts';
import { windowMs } from './windows.ts';

const stream = 'samples';
/** A place that is lost in a crash is so much back-fill told twice. */
const keepMs = 1000;
/** At the end: how often is looked whether all is told, and how often before nobody waits for history. */
const stopLooks = { everyMs: 20, most: 75, patient: 25 };
/** Live data of which nobody knows for longer whether it arrives is a backlog: marks come each second. */
const markLateMs = 10_000;

export const createCatchUp: NewCatchUp = (options, peer) => {
  const { archive, sink, clock, log } = options;
  const coverage = createCoverage(startOf(options));
  missEarlierRuns(options, coverage);
  const walk = createSampleWalk(options, peer, coverage);
  const events = createEventFeed({ ...options, peer });
  const marks = createMarks(peer, coverage, log);
  let keptMs = walk.doneMs;
  let keptAtMs = Number.NEGATIVE_INFINITY;

  const keep = () => {
    coverage.missed.forget(Math.floor(walk.doneMs / windowMs));
    if (walk.doneMs <= keptMs) return;
    keptMs = walk.doneMs;
    archive.moveCursor(sink, stream, keptMs);
  };

  return {
    tick(result) {
      coverage.tick(result, peer.isUp, peer.dropped);
      walk.run();
      events.tick();
      const nowMs = clock.monotonicMs();
      if (nowMs - keptAtMs < keepMs) return;
      keptAtMs = nowMs;
      keep();
    },
    mark: () => marks.send(walk.doneMs),
    event: (event) => events.event(event),
    lost() {
      marks.lost();
      coverage.lost();
      walk.rewind();
      events.lost();
    },
    async stop() {
      for (let look = 0; look < stopLooks.most && peer.isUp && events.depth > 0; look++) {
        if (look === stopLooks.patient) events.hurry();
        events.tick();
        await new Promise((resolve) => setTimeout(resolve, stopLooks.everyMs));
      }
      keep();
    },
    get report() {
      const awayMs = Math.max(0, clock.nowMs() - coverage.decidedMs);
      const isTold = coverage.isOpen && awayMs < markLateMs;
      return { backlogS: coverage.missed.size + (isTold ? 0 : awayMs / 1000), samples: walk.samples };
    },
    get depth() {
      return events.depth;
    },
    get dropped() {
      return events.dropped;
    },
  };
};

/** At its first start a sink begins at now, not at the beginning of history. */
function startOf({ archive, sink, clock }: CatchUpOptions): number {
  const nowMs = Math.ceil(clock.nowMs());
  const cursor = archive.cursor(sink, stream);
  if (cursor === undefined) archive.moveCursor(sink, stream, nowMs);
  // A place ahead of the clock would be waited for.
  return Math.min(cursor ?? nowMs, nowMs);
}

/** The clock was set back: among what comes now lies what earlier runs got later by it, and may not have told. */
function missEarlierRuns({ archive, clock, maxAgeMs }: CatchUpOptions, { missed }: Coverage): void {
  const nowMs = clock.nowMs();
  const upToMs = Math.min(archive.lastReceivedMs ?? nowMs, nowMs + maxAgeMs);
  if (upToMs > nowMs) missed.add(Math.floor(nowMs / windowMs), Math.ceil(upToMs / windowMs));
}

function createSampleWalk(options: CatchUpOptions, peer: CatchUpPeer, coverage: Coverage) {
  const { archive, context, clock, log, batchSamples, samplesPerS, inflight, maxAgeMs } = options;
  const { machines, startedMs: startMs, periodMs } = context;
  const cutter = createCutter({ machines, startMs, periodMs, batchSamples });
  const fromMs = coverage.decidedMs;
  const asker = createAsker({ archive, context, clock, coverage, cutter, maxAgeMs }, fromMs);
  return createWalk({ asker, peer, clock, log, pace: createPace(samplesPerS, inflight, periodMs) }, fromMs);
}
