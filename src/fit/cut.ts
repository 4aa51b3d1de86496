// From ordered rows to pieces that hang together: cut at gaps and where something needed is missing.
import type { Ordered, Timed } from './order.ts';
import {
  bridge,
  cutAtGaps,
  type Span,
  setApart,
  spacingS,
  spansOf,
  usualStepS,
  whereAll,
} from './segment.ts';
import { labelKey } from './table.ts';
import type { Use } from './use.ts';

/** A piece shorter than this teaches nothing. */
export const rowsMin = 5;
/** A step so many times the usual one is a gap, unless said otherwise. */
const gapSteps = 10;
/** A column that is told more seldom than the others is bridged over so many of its own steps. */
const ownGaps = 3;

export interface Cut {
  readonly rows: Timed;
  readonly spans: readonly Span[];
  readonly stepS: number;
  readonly maxGapS: number;
  readonly gaps: number;
  /** By key, so many values. */
  readonly bridged: ReadonlyMap<string, number>;
  readonly tooShort: number;
  /** Runs whose times were moved, so that none lies over the one before. */
  readonly moved: number;
}

export function cutAndBridge(ordered: Ordered, uses: readonly Use[], longestS: number | undefined): Cut {
  const { timeS } = ordered;
  const runs = spansOf(ordered.starts, timeS.length);
  const stepS = usualStepS(timeS, runs);
  const maxGapS = longestS ?? gapSteps * stepS;
  const unbroken = cutAtGaps(timeS, runs, maxGapS);
  const columns = new Map([...ordered.columns].filter(([name]) => name !== labelKey));
  const bridged = new Map<string, number>();
  const needed = uses
    .filter(({ need }) => need === 'always')
    .map(({ key }) => {
      const column = columns.get(key)!;
      const ownS = ownGaps * spacingS(timeS, unbroken, column);
      bridged.set(key, bridge(ordered, unbroken, column, Math.max(maxGapS, ownS)));
      return column;
    });
  const whole = whereAll(unbroken, needed);
  const begins = new Set(ordered.starts);
  const spans = whole
    .filter(({ from, to }) => to - from >= rowsMin)
    .map((span) => ({ ...span, apart: begins.has(span.from) }));
  const rowsIn = (all: readonly Span[]) => all.reduce((sum, { from, to }) => sum + to - from, 0);
  const gaps = unbroken.length - runs.length;
  const tooShort = rowsIn(whole) - rowsIn(spans);
  const apart = setApart(timeS, runs, stepS);
  return {
    rows: { timeS: apart.timeS, columns },
    spans,
    stepS,
    maxGapS,
    gaps,
    bridged,
    tooShort,
    moved: apart.moved,
  };
}
