// A limit of so many a second, with the same number at once. Time is an argument.

export interface TokenBucket {
  /** Whether one more is allowed now. */
  take(nowMs: number): boolean;
}

export function createTokenBucket(perS: number): TokenBucket {
  const capacity = perS > 0 ? Math.max(1, perS) : 0;
  let tokens = capacity;
  let lastMs = Number.NaN;
  return {
    take(nowMs) {
      // A first call, or a clock that went backwards, adds nothing.
      if (nowMs > lastMs) tokens = Math.min(capacity, tokens + ((nowMs - lastMs) / 1000) * perS);
      lastMs = nowMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

/** One bucket for each key; the keys are a closed set. */
export function createTokenBuckets(perS: number): { take(key: string, nowMs: number): boolean } {
  const buckets = new Map<string, TokenBucket>();
  return {
    take(key, nowMs) {
      const bucket = buckets.get(key) ?? createTokenBucket(perS);
      buckets.set(key, bucket);
      return bucket.take(nowMs);
    },
  };
}
