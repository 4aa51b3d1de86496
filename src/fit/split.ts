// Which part of the data a fit learns from, and which it is only judged by.
import type { FitSegment } from '../core/fit/fit.ts';
import type { Span } from './segment.ts';

/** The last `share` of all rows validates. A span that holds the border is cut there. */
export function splitLast(spans: readonly Span[], share: number): FitSegment[] {
  const rows = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  let left = Math.round(rows * (1 - share));
  return spans.flatMap(({ from, to, apart = false }): FitSegment[] => {
    const learn = Math.min(left, to - from);
    left -= learn;
    const border = from + learn;
    const parts: FitSegment[] = [
      { from, to: border, use: 'fit', apart },
      { from: border, to, use: 'validation', apart: apart && learn === 0 },
    ];
    return parts.filter((part) => part.to > part.from);
  });
}
