// Which seconds of receipt are in a set: few long stretches, kept as such. Bounded: too many of them grow together,
// so that it may say more than it was told, never less.

/** Receipt after `window * 1000` and up to a second later. */
export const windowMs = 1000;

/** Outages that are remembered one by one. */
const stretchesMax = 256;

export interface Windows {
  /** Those from `from` on and before `to`. */
  add(from: number, to: number): void;
  has(window: number): boolean;
  /** The first after `window` that is unlike it: in where it is out, or out where it is in. */
  alikeUntil(window: number): number;
  /** Those before are not asked for any more. */
  forget(before: number): void;
  /** How many are in. */
  readonly size: number;
}

interface Stretch {
  from: number;
  to: number;
}

export function createWindows(): Windows {
  let stretches: Stretch[] = [];

  const at = (window: number) => stretches.find(({ to }) => window < to);

  return {
    add(from, to) {
      if (!(from < to)) return;
      const apart = stretches.filter((one) => one.to < from || one.from > to);
      const touched = stretches.filter((one) => one.to >= from && one.from <= to);
      const joined = {
        from: Math.min(from, ...touched.map((one) => one.from)),
        to: Math.max(to, ...touched.map((one) => one.to)),
      };
      stretches = [...apart, joined].toSorted((a, b) => a.from - b.from);
      while (stretches.length > stretchesMax) joinNearest(stretches);
    },
    has(window) {
      const stretch = at(window);
      return stretch !== undefined && window >= stretch.from;
    },
    alikeUntil(window) {
      const stretch = at(window);
      if (stretch === undefined) return Number.POSITIVE_INFINITY;
      return window < stretch.from ? stretch.from : stretch.to;
    },
    forget(before) {
      while (stretches[0] !== undefined && stretches[0].to <= before) stretches.shift();
      const first = stretches[0];
      if (first !== undefined) first.from = Math.max(first.from, before);
    },
    get size() {
      return stretches.reduce((sum, { from, to }) => sum + to - from, 0);
    },
  };
}

function joinNearest(stretches: Stretch[]): void {
  let nearest = 1;
  const between = (i: number) => stretches[i]!.from - stretches[i - 1]!.to;
  for (let i = 2; i < stretches.length; i++) if (between(i) < between(nearest)) nearest = i;
  stretches[nearest - 1]!.to = stretches[nearest]!.to;
  stretches.splice(nearest, 1);
}
