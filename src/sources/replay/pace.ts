// When a recorded moment is due in gateway time: so that it happens again now, pauses and all.

export interface Pace {
  dueMs(recordedMs: number): number;
}

/** Rows out of order lie no further back than this. */
const disorderMs = 60_000;
/** So many rows in a row that lie further back: the recorder's clock was set back (the end of summer time). */
const backMin = 10;

/**
 * `recordedMs` happens at `gatewayMs`, and what follows `speed` times as fast as it did. Where the clock was set
 * back, what was recorded after it follows what was before.
 */
export function newPace(recordedMs: number, gatewayMs: number, speed: number): Pace {
  let originMs = recordedMs;
  let latestMs = recordedMs;
  let back = 0;
  return {
    dueMs(ms) {
      back = ms < latestMs - disorderMs ? back + 1 : 0;
      if (back === backMin) {
        originMs -= latestMs - ms;
        latestMs = ms;
        back = 0;
      }
      if (ms > latestMs) latestMs = ms;
      return gatewayMs + (ms - originMs) / speed;
    },
  };
}

export function speedFactor(speed: 'recorded' | 'max' | number): number {
  if (speed === 'recorded') return 1;
  return speed === 'max' ? Number.POSITIVE_INFINITY : speed;
}
