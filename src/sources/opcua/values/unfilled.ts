// Spans of source time in which values of an item were missed and its history has not told yet: a connection may break
// again before it has. Bounded; must never hold a span whose history was read.

export interface Span {
  readonly fromMs: number;
  /** The first value after it; without end while there is none. */
  readonly toMs: number;
  /** It begins where something earlier than this life of the source ended, which other items need not share. */
  readonly own?: boolean;
}

/** Of an item; the oldest is given up first. */
const spansMax = 8;

export interface Unfilled {
  /** Values came again, the first of them at `toMs`. */
  resumed(item: number, fromMs: number, toMs: number): void;
  /** What is missing of an item that is away since `lastMs`; NaN: it is here, or never was. */
  of(item: number, lastMs: number, own?: boolean): readonly Span[];
  /** All that is missing of it up to then was told. */
  told(item: number, timeMs: number): void;
  filled(item: number): void;
}

export function newUnfilled(): Unfilled {
  const spans = new Map<number, Span[]>();
  return {
    resumed(item, fromMs, toMs) {
      // Not of an item that had no value before.
      if (!(toMs > fromMs)) return;
      const all = spans.get(item) ?? [];
      spans.set(item, all);
      all.push({ fromMs, toMs });
      if (all.length > spansMax) all.shift();
    },
    of(item, lastMs, own = false) {
      const open = spans.get(item) ?? [];
      if (Number.isNaN(lastMs)) return open;
      return [...open, { fromMs: lastMs, toMs: Number.POSITIVE_INFINITY, own }];
    },
    told(item, timeMs) {
      const all = spans.get(item);
      if (all === undefined) return;
      const left = all.filter(({ toMs }) => toMs > timeMs);
      spans.set(
        item,
        left.map((span) => ({ ...span, fromMs: Math.max(span.fromMs, timeMs) })),
      );
    },
    filled: (item) => void spans.delete(item),
  };
}
