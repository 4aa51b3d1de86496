// When a recorded moment is due in gateway time: so that it happens again now, pauses and all.

export interface Pace {
  dueMs(recordedMs: number): number;
}

/** `recordedMs` happens at `gatewayMs`, and what follows `speed` times as fast as it did. */
export function newPace(recordedMs: number, gatewayMs: number, speed: number): Pace {
  return { dueMs: (ms) => gatewayMs + (ms - recordedMs) / speed };
}

export function speedFactor(speed: 'recorded' | 'max' | number): number {
  if (speed === 'recorded') return 1;
  return speed === 'max' ? Number.POSITIVE_INFINITY : speed;
}
