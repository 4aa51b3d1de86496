// The replay source: plays a recording into the gateway as if it happened now, pauses and all, or takes what
// is added to a file that is being written. A bad row is counted and stops nothing.
import { setTimeout as wait } from 'node:timers/promises';
import { Quality } from '../../core/quality.ts';
import { withStanding } from '../../formats/standing.ts';
import type { Feed, LinkState, Log, Source } from '../../ports.ts';
import { type OpenRecording, openRecording } from './open.ts';
import { believedRows } from './outlier.ts';
import { newPace, type Pace, speedFactor } from './pace.ts';
import type { Row } from './row.ts';
import type { ReplaySourceConfig } from './schema.ts';

/** How often a file that is not there, or has no more for now, is looked at. */
const absentMs = 500;
const followMs = 100;
/** Waits are cut to this, for the gateway clock may be slewed meanwhile. */
const longestWaitMs = 1000;
/** So many samples without a pause, at full speed or at one that cannot be kept up with; then there is one. */
const burstSamples = 2000;
const burstMs = 10;

const ended = 'the recording has ended';
const replaced = 'the file was replaced; it is read anew';

export function createReplaySource(name: string, config: ReplaySourceConfig, log: Log): Source {
  const stopping = new AbortController();
  const { signal } = stopping;
  let link: LinkState = 'stopped';
  let reason = '';
  let running: Promise<void> = Promise.resolve();
  const fields = { source: name, file: config.file };

  /** Says a thing once, however often it happens. */
  const turn = (next: LinkState, why: string) => {
    const news = next !== link || why !== reason;
    link = next;
    reason = why;
    if (!news) return;
    if (next === 'up') log.info({ ...fields, speed: config.speed }, 'plays the recording');
    if (next === 'down') log.warn(fields, why);
  };

  const run = async (to: Feed) => {
    const feed = withStanding(to);
    let first = true;
    while (!signal.aborted) {
      const lap = createLap(config, feed, signal, { onUp: () => turn('up', ''), fromEnd: first });
      const { why, over } = await lap.run().catch((error: unknown) => later(error));
      first = false;
      if (signal.aborted) break;
      if (why === ended && config.loop) {
        await wait(lap.spacingMs(), undefined, { signal }).catch(() => {});
        continue;
      }
      if (why === replaced) {
        log.info(fields, why);
        continue;
      }
      turn('down', why);
      feed.lost(Quality.badNoCommunication);
      if (over) return;
      await wait(absentMs, undefined, { signal }).catch(() => {});
    }
  };

  return {
    name,
    async start(feed) {
      turn('connecting', '');
      running = run(feed);
    },
    async stop() {
      stopping.abort();
      await running;
      turn('stopped', '');
    },
    health: () => ({ link, reason }),
  };
}

interface Outcome {
  readonly why: string;
  /** The file will not be another one by waiting. */
  readonly over: boolean;
}

function later(error: unknown): Outcome {
  return { why: error instanceof Error ? error.message : String(error), over: false };
}

interface LapParts {
  readonly onUp: () => void;
  /** What a followed file holds already is of the past. */
  readonly fromEnd: boolean;
}

/** Once through the file; resolves with why it was over. */
function createLap(config: ReplaySourceConfig, feed: Feed, signal: AbortSignal, parts: LapParts) {
  const player = createPlayer(config, feed, signal);
  return {
    spacingMs: () => Math.min(longestWaitMs, player.spacingMs()),
    async run(): Promise<Outcome> {
      const recording = await openRecording(config, feed);
      try {
        return config.follow
          ? await follow(recording, config, signal, parts)
          : await play(recording, config, signal, player, parts);
      } finally {
        await recording.close();
      }
    },
  };
}

async function play(
  recording: OpenRecording,
  config: ReplaySourceConfig,
  signal: AbortSignal,
  player: Player,
  { onUp }: LapParts,
): Promise<Outcome> {
  for await (const rows of believedRows(recording)) {
    if (recording.decode !== undefined) onUp();
    for (const row of rows) {
      await player.play(recording, row);
      if (signal.aborted) return { why: '', over: true };
    }
  }
  const { taken, complaint } = recording.decode!;
  const { damage } = recording;
  if (taken > 0) return { why: damage?.message ?? ended, over: true };
  const why = damage?.message ?? complaint();
  return { why: `nothing in ${config.file} could be used: ${why}`, over: false };
}

interface Player {
  /** Hands one row over when it is due. */
  play(recording: OpenRecording, row: Row): Promise<void>;
  /** Between the last two moments: what a next round may begin after. */
  spacingMs(): number;
}

function createPlayer(config: ReplaySourceConfig, feed: Feed, signal: AbortSignal): Player {
  const factor = speedFactor(config.speed);
  let pace: Pace | undefined;
  let burstFrom = 0;
  let lastDueMs = Number.NaN;
  let spacingMs = burstMs;

  const pause = (ms: number) => wait(ms, undefined, { signal }).catch(() => {});

  /** When the row is due, with no pause before it. */
  const dueMsOf = (row: Row) => {
    if (factor === Number.POSITIVE_INFINITY) return feed.nowMs();
    pace ??= newPace(row.timeMs, feed.nowMs(), factor);
    return pace.dueMs(row.timeMs);
  };

  return {
    spacingMs: () => spacingMs,
    async play(recording, row) {
      const decode = recording.decode!;
      if (row.fault !== undefined) return decode.take(row, Number.NaN);
      // As many as the inbox can take beside others, then the gateway gets to tick.
      if (decode.taken - burstFrom >= burstSamples) {
        burstFrom = decode.taken;
        await pause(burstMs);
      }
      const dueMs = dueMsOf(row);
      for (let leftMs = dueMs - feed.nowMs(); leftMs > 0; leftMs = dueMs - feed.nowMs()) {
        burstFrom = decode.taken;
        await pause(Math.min(leftMs, longestWaitMs));
        if (signal.aborted) return undefined;
      }
      if (signal.aborted) return undefined;
      if (dueMs > lastDueMs && factor !== Number.POSITIVE_INFINITY) spacingMs = dueMs - lastDueMs;
      lastDueMs = dueMs;
      return decode.take(row, dueMs);
    },
  };
}

/** Rows as they are added, with the times they have. Ends when the file is replaced, throws when it is gone. */
async function follow(
  recording: OpenRecording,
  config: ReplaySourceConfig,
  signal: AbortSignal,
  { onUp, fromEnd }: LapParts,
): Promise<Outcome> {
  let past = fromEnd;
  let isReplaced = false;
  const more = async () => {
    past = false;
    if (recording.decode !== undefined) onUp();
    await wait(followMs, undefined, { signal }).catch(() => {});
    isReplaced = !signal.aborted && (await recording.reader.replaced());
    return !signal.aborted && !isReplaced;
  };
  for await (const rows of recording.rows(more)) {
    if (signal.aborted) break;
    for (const row of rows) {
      if (past) continue;
      recording.decode!.take(row, config.rateHz === undefined ? row.timeMs : Number.NaN);
    }
  }
  return { why: isReplaced ? replaced : '', over: false };
}
