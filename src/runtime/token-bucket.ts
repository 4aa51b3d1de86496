// So many samples a second from one source, and so many at once. Time is an argument.

export interface SampleLimits {
  readonly samplesPerS: number;
  /** Absent: as many as in a second. */
  readonly burst?: number | undefined;
}

export interface TokenBucket {
  /** Whether one more is allowed now. */
  take(nowMs: number): boolean;
}

export function createTokenBucket(limits: SampleLimits): TokenBucket {
  const { samplesPerS, burst = Math.max(1, Math.ceil(samplesPerS)) } = limits;
  const perMs = samplesPerS / 1000;
  let tokens = burst;
  let lastMs = Number.POSITIVE_INFINITY;
  return {
    take(nowMs) {
      // A clock that went backwards adds nothing.
      if (nowMs > lastMs) tokens = Math.min(burst, tokens + (nowMs - lastMs) * perMs);
      lastMs = nowMs;
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
  };
}
