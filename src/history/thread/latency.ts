// How long commits took lately, from the first thing of a group to its safety.
const kept = 512;

export interface Latency {
  observe(tookMs: number): void;
  readonly count: number;
  readonly sumMs: number;
  /** Of the last ones; 0 before the first. */
  quantile(p: number): number;
}

export function createLatency(): Latency {
  const ring = new Float64Array(kept);
  let count = 0;
  let sumMs = 0;
  return {
    get count() {
      return count;
    },
    get sumMs() {
      return sumMs;
    },
    observe(tookMs) {
      ring[count % kept] = tookMs;
      count++;
      sumMs += tookMs;
    },
    quantile(p) {
      const last = ring.slice(0, Math.min(kept, count)).sort();
      return last[Math.min(last.length - 1, Math.floor(p * last.length))] ?? 0;
    },
  };
}
