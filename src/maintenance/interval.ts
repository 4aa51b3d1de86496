// Stretches of time as numbers, sorted and apart from one another, and what is done with them. Pure: no zone, no clock.

/** From (included) to (excluded), ms since 1970. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Sorted, joined where they touch, without empty ones. */
export function joined(intervals: readonly Interval[]): Interval[] {
  const all: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of intervals.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (!(toMs > fromMs)) continue;
    const last = all.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else all.push({ fromMs, toMs });
  }
  return all;
}

/** What is left of `from` without `taken`; both as `joined` gives them. */
export function without(from: readonly Interval[], taken: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  let next = 0;
  for (const { fromMs, toMs } of from) {
    while (next < taken.length && taken[next]!.toMs <= fromMs) next++;
    let atMs = fromMs;
    for (let i = next; i < taken.length && taken[i]!.fromMs < toMs; i++) {
      if (taken[i]!.fromMs > atMs) left.push({ fromMs: atMs, toMs: taken[i]!.fromMs });
      atMs = Math.max(atMs, taken[i]!.toMs);
    }
    if (atMs < toMs) left.push({ fromMs: atMs, toMs });
  }
  return left;
}

/** The part of it between two times. */
export function within(intervals: readonly Interval[], fromMs: number, toMs: number): Interval[] {
  const inside: Interval[] = [];
  for (const one of intervals) {
    if (one.toMs <= fromMs) continue;
    if (one.fromMs >= toMs) break;
    inside.push({ fromMs: Math.max(one.fromMs, fromMs), toMs: Math.min(one.toMs, toMs) });
  }
  return inside;
}

export function overlaps(a: Interval, b: Interval): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs;
}
