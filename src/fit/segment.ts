// Cuts runs where a gap or a hole in what is needed is too long to be bridged, and bridges the others.
import type { Timed } from './order.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
  /** A run begins here: what was hidden in the one before, such as a temperature inside, is not known. */
  readonly apart?: boolean;
}

/** The usual step: the median over all runs. */
export function usualStepS(timeS: Float64Array, spans: readonly Span[]): number {
  const rows = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const stride = Math.max(1, Math.floor(rows / 100_000));
  const steps: number[] = [];
  for (const { from, to } of spans) {
    for (let row = from + 1; row < to; row += stride) steps.push(timeS[row]! - timeS[row - 1]!);
  }
  const step = Float64Array.from(steps).sort()[steps.length >> 1] ?? Number.NaN;
  // Differences of times that are rounded have no more digits than this.
  return Number(step.toPrecision(9));
}

/** The usual step between the values that a column has. */
export function spacingS(timeS: Float64Array, spans: readonly Span[], column: Float64Array): number {
  const steps: number[] = [];
  for (const { from, to } of spans) {
    let last = -1;
    for (let row = from; row < to && steps.length < 100_000; row++) {
      if (Number.isNaN(column[row]!)) continue;
      if (last >= 0) steps.push(timeS[row]! - timeS[last]!);
      last = row;
    }
  }
  return Float64Array.from(steps).sort()[steps.length >> 1] ?? 0;
}

export function spansOf(starts: readonly number[], rows: number): Span[] {
  return starts.map((from, r) => ({ from, to: starts[r + 1] ?? rows })).filter(({ from, to }) => to > from);
}

/** Spans without a step longer than `maxGapS`. */
export function cutAtGaps(timeS: Float64Array, spans: readonly Span[], maxGapS: number): Span[] {
  return spans.flatMap(({ from, to }) => {
    const parts: Span[] = [];
    let start = from;
    for (let row = from + 1; row < to; row++) {
      if (timeS[row]! - timeS[row - 1]! <= maxGapS) continue;
      parts.push({ from: start, to: row });
      start = row;
    }
    return [...parts, { from: start, to }];
  });
}

/**
 * Bridges holes in `column` by a straight line where they are no longer than `maxGapS`, in place. How many values
 * it put there.
 */
export function bridge(
  { timeS }: Timed,
  spans: readonly Span[],
  column: Float64Array,
  maxGapS: number,
): number {
  let filled = 0;
  for (const { from, to } of spans) {
    let last = -1;
    for (let row = from; row < to; row++) {
      if (Number.isNaN(column[row]!)) continue;
      const spanS = last < 0 ? Number.POSITIVE_INFINITY : timeS[row]! - timeS[last]!;
      if (row > last + 1 && spanS <= maxGapS) {
        for (let hole = last + 1; hole < row; hole++) {
          const share = (timeS[hole]! - timeS[last]!) / spanS;
          column[hole] = column[last]! + share * (column[row]! - column[last]!);
        }
        filled += row - last - 1;
      }
      last = row;
    }
  }
  return filled;
}

/** Parts in which every one of `needed` has a value. */
export function whereAll(spans: readonly Span[], needed: readonly Float64Array[]): Span[] {
  return spans.flatMap(({ from, to }) => {
    const parts: Span[] = [];
    let start = -1;
    for (let row = from; row <= to; row++) {
      const whole = row < to && needed.every((column) => !Number.isNaN(column[row]!));
      if (whole && start < 0) start = row;
      if (whole || start < 0) continue;
      parts.push({ from: start, to: row });
      start = -1;
    }
    return parts;
  });
}

/** Runs one after the other. What begins before the one before it ends comes `pauseS` after that; the others stay. */
export function setApart(
  timeS: Float64Array,
  runs: readonly Span[],
  pauseS: number,
): { readonly timeS: Float64Array; readonly moved: number } {
  let moved = 0;
  let out = timeS;
  for (const [r, { from, to }] of runs.entries()) {
    const before = runs[r - 1];
    if (before === undefined) continue;
    if (timeS[from]! > out[before.to - 1]!) continue;
    const shiftS = out[before.to - 1]! + pauseS - timeS[from]!;
    if (moved++ === 0) out = timeS.slice();
    for (let row = from; row < to; row++) out[row] = timeS[row]! + shiftS;
  }
  return { timeS: out, moved };
}
