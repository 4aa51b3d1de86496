// An offset that changes steadily: what a clock model knows of a clock. All times are gateway time.

/** Offset (gateway minus source) at a time, and its change per ms since. */
export interface Line {
  atMs: number;
  offsetMs: number;
  slope: number;
  /** For so long the slope can be relied on; after it, the one that was known before. */
  trustMs: number;
  laterSlope: number;
}

export function newLine(): Line {
  return { atMs: Number.NaN, offsetMs: Number.NaN, slope: 0, trustMs: 0, laterSlope: 0 };
}

export function lineAt(line: Line, timeMs: number): number {
  const elapsedMs = timeMs - line.atMs;
  if (elapsedMs <= line.trustMs) return line.offsetMs + line.slope * elapsedMs;
  return line.offsetMs + line.slope * line.trustMs + line.laterSlope * (elapsedMs - line.trustMs);
}

/** A slope seen over `spanMs` holds for a few times as long; one over minutes is the drift itself. */
export function trust(line: Line, spanMs: number, knownSlope: number): void {
  const known = spanMs >= driftAfterMs;
  line.trustMs = known ? 0 : 3 * spanMs;
  line.laterSlope = known ? line.slope : knownSlope;
}

export const driftAfterMs = 60_000;

/** Steeper than this (1000 ppm) is no clock: it is a backlog that is worked off. */
export const steepest = 1e-3;
