// Spans of source time in which values of an item were missed and its history has not told yet: a connection may break
// again before it has. Bounded; must never hold a span whose history was read.

export interface Span {
  readonly fromMs: number;
  /** The first value after it. */
  readonly toMs: number;
}

/** Of an item; the oldest is given up first. */
const spansMax = 8;

export interface Unfilled {
  missed(item: number, span: Span): void;
  of(item: number): readonly Span[];
  filled(item: number): void;
}

export function newUnfilled(): Unfilled {
  const spans = new Map<number, Span[]>();
  return {
    missed(item, span) {
      const all = spans.get(item) ?? [];
      spans.set(item, all);
      all.push(span);
      if (all.length > spansMax) all.shift();
    },
    of: (item) => spans.get(item) ?? [],
    filled: (item) => void spans.delete(item),
  };
}
