// What is only a little unusual in each column, or only for a moment, but in many of them, or for long.
import { learnSize, newTail, surpriseOf, type Tail } from './tail.ts';

export const togetherSides = ['together', 'lasting'] as const;
export type TogetherSide = (typeof togetherSides)[number];

const lastingRows = 24;
const mostOfOne = 5;

export interface Together {
  lasting: number;
  seen: number;
  readonly tails: readonly Tail[];
  readonly surprise: Float64Array;
}

export function newTogether(): Together {
  return {
    ...{ lasting: 0, seen: 0 },
    tails: togetherSides.map(newTail),
    surprise: new Float64Array(togetherSides.length),
  };
}

/** `own`: by column, how surprising it is. */
export function learnTogether(together: Together, own: Float64Array): void {
  const { surprise } = together;
  let sum = 0;
  for (let c = 0; c < own.length; c++) sum += own[c]! < mostOfOne ? own[c]! : mostOfOne;
  together.seen++;
  together.lasting += (sum - together.lasting) / Math.min(lastingRows, together.seen);
  surprise.fill(0);
  if (together.seen < 3 * lastingRows) return;
  look(together, 0, sum);
  look(together, 1, together.lasting);
}

function look({ tails, surprise }: Together, side: number, size: number): void {
  const tail = tails[side]!;
  const found = surpriseOf(tail, size);
  surprise[side] = found;
  learnSize(tail, size, found, found > 4 ? 0.2 : 1);
}
