// When to try again what has failed: later and later, until it works. Time is an argument.

export interface Patience {
  isOver(nowMs: number): boolean;
  /** Returns how often it has failed in a row. */
  failed(nowMs: number): number;
  worked(): void;
}

const leastMs = 1000;
const mostMs = 30_000;

export function createPatience(): Patience {
  let failures = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    isOver: (nowMs) => nowMs >= untilMs,
    failed(nowMs) {
      untilMs = nowMs + Math.min(mostMs, leastMs * 2 ** Math.min(failures, 10));
      return ++failures;
    },
    worked() {
      failures = 0;
    },
  };
}
