// A token bucket: how many messages a client may send now, and when again. Pure; time comes as an argument.

export interface RateLimit {
  /** Whether one more may pass; takes it. */
  take(): boolean;
  readonly empty: boolean;
  refill(monotonicMs: number): void;
  /** Time until about a twentieth of a second's worth is there again. */
  readonly waitMs: number;
}

const BURST_S = 0.25;
const WAIT_S = 0.05;

export function createRateLimit(perS: number, startMs: number): RateLimit {
  const capacity = Math.max(1, perS * BURST_S);
  let tokens = capacity;
  let lastMs = startMs;
  return {
    take() {
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
    get empty() {
      return tokens < 1;
    },
    refill(monotonicMs) {
      tokens = Math.min(capacity, tokens + (Math.max(0, monotonicMs - lastMs) / 1000) * perS);
      lastMs = monotonicMs;
    },
    get waitMs() {
      const wanted = Math.max(1, Math.min(capacity, perS * WAIT_S));
      return Math.max(1, Math.ceil(((wanted - tokens) / perS) * 1000));
    },
  };
}
