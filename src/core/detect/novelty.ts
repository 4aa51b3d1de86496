// What is new in each value of a view, for the charts: the innovations of all columns, each mode with its own.
import {
  type Chart,
  forgetUsual,
  isBreak,
  isKnownMode,
  newUsual,
  takeJudged,
  turnsTwinned,
} from './chart.ts';
import type { DetectorSetup, View } from './detector.ts';
import {
  bridge,
  findInnovation,
  forgetInnovations,
  type Innovations,
  newInnovations,
  newPast,
  type Past,
} from './innovation.ts';

export interface Novelty {
  readonly past: Past;
  /** By mode, once it has been seen. */
  readonly byMode: (Innovations | undefined)[];
}

export function newNovelty({ columns, modes }: DetectorSetup): Novelty {
  const byMode = new Array<Innovations | undefined>(Math.max(1, modes)).fill(undefined);
  return { past: newPast(columns), byMode };
}

/** Before the columns of a view; false where nobody knows the mode, and nothing is judged or learnt. */
export function openView(chart: Chart, { past, byMode }: Novelty, view: View): boolean {
  const { mode } = view;
  if (isBreak(chart, view)) past.depth.fill(0);
  chart.mode = mode;
  if (!isKnownMode(chart, mode)) return false;
  chart.usual[mode] ??= newUsual(chart.columns);
  byMode[mode] ??= newInnovations(chart.columns);
  return true;
}

/** Takes the number to be judged; false where none has come. */
export function takeValue(chart: Chart, { past, byMode }: Novelty, view: View, column: number): boolean {
  if (turnsTwinned(chart, view, column)) {
    past.depth[column] = 0;
    for (let mode = 0; mode < byMode.length; mode++) forgetColumn(chart, byMode, mode, column);
  }
  if (takeJudged(chart, view, column)) return true;
  bridge(byMode[chart.mode]!, past, column);
  return false;
}

/** What is new in it, into `past.sigmas`; NaN while that is not known. Learnt from as long as nothing is found. */
export function findNovelty(chart: Chart, { past, byMode }: Novelty, column: number): void {
  const learn = chart.level[column] === 0;
  findInnovation(byMode[chart.mode]!, past, column, chart.judged, learn, chart.learning.memoryViews);
}

/** Of the present mode: what has lasted is normal from now on. */
export function forgetNovelty({ mode }: Chart, { byMode }: Novelty, column: number): void {
  const innovations = byMode[mode];
  if (innovations !== undefined) forgetInnovations(innovations, column);
}

function forgetColumn(
  { usual }: Chart,
  byMode: readonly (Innovations | undefined)[],
  mode: number,
  column: number,
): void {
  const innovations = byMode[mode];
  if (innovations !== undefined) forgetInnovations(innovations, column);
  const known = usual[mode];
  if (known !== undefined) forgetUsual(known, column);
}
