// When to try again after a lost or refused connection. Pure: time and chance come as arguments.

export interface Backoff {
  /** Tries since the link was last up for good. */
  readonly failures: number;
  /** Set while the link is up. */
  readonly upSinceMs: number | undefined;
}

export interface BackoffRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/** A link that was up for less is a flapping one: its next wait goes on growing. */
const STABLE_MS = 30_000;

export const noBackoff: Backoff = { failures: 0, upSinceMs: undefined };

export function connected(state: Backoff, monotonicMs: number): Backoff {
  return { ...state, upSinceMs: monotonicMs };
}

/**
 * The connection ended or never came. The wait is drawn evenly between the least and a ceiling that doubles
 * with each failure: many gateways come back spread out, and none tries more often than the least allows.
 */
export function failed(
  { failures, upSinceMs }: Backoff,
  monotonicMs: number,
  { minMs, maxMs }: BackoffRange,
  random: () => number,
): { readonly next: Backoff; readonly waitMs: number } {
  const stable = upSinceMs !== undefined && monotonicMs - upSinceMs >= STABLE_MS;
  const count = stable ? 1 : failures + 1;
  const ceilingMs = Math.max(minMs, Math.min(maxMs, minMs * 2 ** Math.min(count, 30)));
  return {
    next: { failures: count, upSinceMs: undefined },
    waitMs: minMs + random() * (ceilingMs - minMs),
  };
}
