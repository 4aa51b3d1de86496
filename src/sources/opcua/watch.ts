// Watches a session for what it does not tell itself: silence, a subscription that went to sleep, and a wall clock
// that was stepped (a forward step past a token's life leaves a session that looks alive and is not).
import type { Clock } from '../../ports.ts';

const everyMs = 250;
const stepMs = 1000;
/** Keep-alives that may be missed in a row. */
const keepAlives = 3;

export interface Watch {
  /** Anything came from the server. */
  readonly heard: () => void;
  /** The subscription spoke, and will again within so long, with data or without. */
  readonly published: (keepAliveMs: number) => void;
  /** Stops watching. */
  readonly end: () => void;
}

export interface WatchEvents {
  /** Nothing comes any more, not even a keep-alive. */
  readonly onSilence: (why: string) => void;
  /** The link lives, and what runs over it is of no use. */
  readonly onTrouble: (why: string) => void;
}

export function newWatch(
  clock: Pick<Clock, 'monotonicMs'>,
  silenceMs: number,
  { onSilence, onTrouble }: WatchEvents,
  wallMs: () => number = Date.now,
): Watch {
  let heardMs = clock.monotonicMs();
  let publishedMs = Number.POSITIVE_INFINITY;
  let publishSilenceMs = silenceMs;
  let lookedMs = heardMs;
  let offsetMs = wallMs() - heardMs;
  const timer = setInterval(() => {
    const nowMs = clock.monotonicMs();
    // When it was us who slept, what the server said meanwhile still waits to be read.
    const sleptMs = Math.max(0, nowMs - lookedMs - 2 * everyMs);
    lookedMs = nowMs;
    heardMs += sleptMs;
    publishedMs += sleptMs;
    const shiftMs = wallMs() - nowMs - offsetMs;
    if (Math.abs(shiftMs) > stepMs)
      onTrouble(`the wall clock was stepped by ${Math.round(shiftMs / 1000)} s`);
    else if (nowMs - heardMs > silenceMs) onSilence(`silent for ${seconds(silenceMs)} s`);
    else if (nowMs - publishedMs > publishSilenceMs)
      onTrouble(`the server answers, but its subscription is silent for ${seconds(publishSilenceMs)} s`);
    // Slewing is not a step.
    offsetMs += shiftMs;
  }, everyMs);
  return {
    heard() {
      heardMs = clock.monotonicMs();
    },
    published(keepAliveMs) {
      publishedMs = clock.monotonicMs();
      publishSilenceMs = Math.max(silenceMs, keepAlives * keepAliveMs);
    },
    end: () => clearInterval(timer),
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
