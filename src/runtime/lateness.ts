// How late ticks were: a histogram of fixed buckets with quantiles, without keeping a sample.

/** Upper bounds in ms; finer than a decision needs, coarser than a list. */
const boundsMs = Float64Array.from({ length: 120 }, (_, i) => 0.05 * 1.1 ** i);

export interface Lateness {
  observe(ms: number): void;
  quantile(q: number): number;
  readonly maxMs: number;
}

export function createLateness(): Lateness {
  const counts = new Float64Array(boundsMs.length + 1);
  let total = 0;
  let maxMs = 0;
  return {
    get maxMs() {
      return maxMs;
    },
    observe(ms) {
      let bucket = 0;
      while (bucket < boundsMs.length && boundsMs[bucket]! < ms) bucket++;
      counts[bucket]!++;
      total++;
      if (ms > maxMs) maxMs = ms;
    },
    quantile(q) {
      let seen = 0;
      for (let bucket = 0; bucket < boundsMs.length; bucket++) {
        seen += counts[bucket]!;
        if (seen >= q * total && total > 0) return Math.min(boundsMs[bucket]!, maxMs);
      }
      return maxMs;
    },
  };
}
