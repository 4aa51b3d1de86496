// Watches a session for what it does not tell itself: silence, and a wall clock that was stepped (a forward
// step past a token's life leaves a session that looks alive and is not).
import type { Clock } from '../../ports.ts';

const everyMs = 500;
const stepMs = 1000;

export interface Watch {
  readonly heard: () => void;
  /** Stops watching. */
  readonly end: () => void;
}

export function newWatch(
  clock: Pick<Clock, 'monotonicMs'>,
  silenceMs: number,
  onTrouble: (why: string) => void,
  wallMs: () => number = Date.now,
): Watch {
  let heardMs = clock.monotonicMs();
  let offsetMs = wallMs() - clock.monotonicMs();
  const timer = setInterval(() => {
    const nowMs = clock.monotonicMs();
    const shiftMs = wallMs() - nowMs - offsetMs;
    if (Math.abs(shiftMs) > stepMs)
      onTrouble(`the wall clock was stepped by ${Math.round(shiftMs / 1000)} s`);
    else if (nowMs - heardMs > silenceMs) onTrouble(`silent for ${Math.round(silenceMs / 1000)} s`);
    // Slewing is not a step.
    offsetMs += shiftMs;
  }, everyMs);
  return {
    heard() {
      heardMs = clock.monotonicMs();
    },
    end: () => clearInterval(timer),
  };
}
