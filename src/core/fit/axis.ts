// `fitAxis`: mass, friction and offset of an axis from its motion and its force, torque or current. By the inverse
// model (linear, filtered), or by the error of the output (as measured, unfiltered) starting from there. Rows of
// validation never have a say in a parameter; what the data cannot tell is said, not guessed.

import { answerAxis } from './axis-answer.ts';
import {
  type AxisColumns,
  filterColumns,
  filtered,
  type InverseSolution,
  type Profiled,
  profileSmoothing,
  rowsOf,
} from './axis-inverse.ts';
import { type AxisMotion, motionOf } from './axis-motion.ts';
import { eachMoving, planAxis } from './axis-plan.ts';
import { type AxisPlan, type AxisRows, linearProblem, smoothProblem } from './axis-problem.ts';
import { type AxisOptions, type AxisSetup, setUpAxis } from './axis-setup.ts';
import { isMagnitude, signMeasured } from './axis-unsigned.ts';
import type { FitAnswer, FitRecord } from './fit.ts';
import { leastSquares } from './least-squares.ts';
import { type MultiStartResult, multiStart } from './multi-start.ts';
import { gather } from './pieces.ts';
import { FitRefusal } from './refusal.ts';

export interface AxisFound {
  readonly plan: AxisPlan;
  readonly rows: AxisRows;
  readonly search: MultiStartResult;
}

/** Beyond so many rows only every so manieth is searched with: the answer would not differ by its interval. */
const rowsMax = 100_000;

export function fitAxis(record: FitRecord, options: AxisOptions = {}): FitAnswer {
  const setup = setUpAxis(record, options);
  const measured = record.columns[setup.output]!;
  const motion = motionOf(record, measured, options);
  const columns = filterColumns(setup, motion);
  checkRows(setup, motion, columns);
  options.onProgress?.(0.1);
  const signed = setup.unsigned ? signMeasured(setup, motion, columns, measured) : undefined;
  const smoothed = signed?.measured ?? filtered(measured, motion);
  const used = signed === undefined ? columns : { ...columns, rows: signed.rows };
  const profiled = profileSmoothing(setup, motion, used, smoothed, options.smoothing);
  checkSigns(setup, profiled.inverse, isMagnitude(measured, motion));
  const size = sizeOf(used, smoothed);
  options.onProgress?.(0.2);
  const found =
    options.method === 'inverse'
      ? byInverse(setup, motion, profiled, smoothed, size, options)
      : byOutput(setup, motion, measured, profiled, size, options);
  options.onProgress?.(0.9);
  const answer = answerAxis(record, { options, setup, motion, measured, ...found });
  options.onProgress?.(1);
  return answer;
}

function byInverse(
  setup: AxisSetup,
  motion: AxisMotion,
  { columns, inverse, smoothing }: Profiled,
  smoothed: Float64Array,
  size: number,
  options: AxisOptions,
): AxisFound {
  const ask = { smooth: false, smoothing: options.smoothing, smoothingFound: smoothing };
  const plan = planAxis(setup, motion, inverse, size, ask);
  const rows = rowsOf(setup, columns, smoothed);
  // The solution is known; this keeps it within its bounds and says how sure it is.
  const best = leastSquares(linearProblem(plan, rows));
  return { plan, rows, search: { best, tried: 1, agreed: 1 } };
}

function byOutput(
  setup: AxisSetup,
  motion: AxisMotion,
  measured: Float64Array,
  { inverse, smoothing }: Profiled,
  size: number,
  options: AxisOptions,
): AxisFound {
  const ask = { smooth: true, smoothing: options.smoothing, smoothingFound: smoothing };
  const plan = planAxis(setup, motion, inverse, size, ask);
  const chosen = outputRows(setup, motion, measured, inverse);
  const thin = Math.ceil(chosen.length / rowsMax);
  const kept = chosen.filter((_, k) => k % thin === 0);
  const rows: AxisRows = {
    rows: Int32Array.from(kept),
    measured: gather(measured, kept),
    acceleration: gather(motion.acceleration, kept),
    velocity: gather(motion.velocity, kept),
    sign: undefined,
    one: new Float64Array(kept.length).fill(1),
  };
  const { onProgress } = options;
  const search = multiStart(smoothProblem(plan, rows), {
    starts: options.starts ?? 6,
    enough: 3,
    seed: options.seed ?? 1,
    onProgress: (share) => onProgress?.(0.2 + 0.7 * share),
  });
  return { plan, rows, search };
}

/** All that moves or passes through zero; of a magnitude not those that noise folds over. */
function outputRows(
  setup: AxisSetup,
  motion: AxisMotion,
  measured: Float64Array,
  inverse: InverseSolution,
): number[] {
  const rows: number[] = [];
  eachMoving(motion, (row) => {
    if (!setup.unsigned || measured[row]! >= 2 * inverse.rmse) rows.push(row);
  });
  return rows;
}

function sizeOf({ rows }: AxisColumns, measured: Float64Array): number {
  let square = 0;
  for (const row of rows) square += measured[row]! ** 2;
  return Math.sqrt(square / Math.max(1, rows.length)) || 1;
}

/** In figures, what is missing for an answer. */
function checkRows(setup: AxisSetup, motion: AxisMotion, { rows }: AxisColumns): void {
  const free = setup.terms.filter((term) => term.known === undefined).length;
  const least = 4 * (free + 1);
  let up = 0;
  for (const row of rows) if (motion.velocity[row]! > 0) up++;
  const down = rows.length - up;
  if (rows.length < least) {
    throw new FitRefusal(
      `too few rows: ${rows.length} of those to be fitted are in motion and independent of each other, and ${free} unknowns want ${least}`,
    );
  }
  const few = Math.max(3, 0.01 * rows.length);
  if (up >= few && down >= few) return;
  const byDirection = setup.terms.some((term) => term.direction !== undefined);
  const isFree = (kind: string): boolean => setup.terms.some((t) => t.kind === kind && t.known === undefined);
  const way = up < down ? 'down' : 'up';
  if (byDirection) {
    throw new FitRefusal(
      `the axis only moves ${way} the scale: friction of the other direction does not show. Give data with motion in both directions`,
    );
  }
  if (isFree('sign') && isFree('one')) {
    throw new FitRefusal(
      `the axis only moves ${way} the scale: Coulomb friction and offset cannot be told apart. Give data with motion in both directions, or one of the two as known`,
    );
  }
}

function checkSigns(setup: AxisSetup, inverse: InverseSolution, magnitude: boolean): void {
  const against = (kind: string): boolean =>
    setup.terms.every((t, k) => t.kind !== kind || t.known !== undefined || inverse.terms[k]! < 0);
  const some = (kind: string): boolean => setup.terms.some((t) => t.kind === kind && t.known === undefined);
  const reversed =
    (some('acceleration') && some('sign') && against('acceleration') && against('sign')) ||
    !(inverse.ratio > 0);
  if (!reversed) return;
  const help = magnitude
    ? 'It is never negative: if it is a magnitude, say that it is unsigned'
    : `Turn the sign of the ${setup.output}, or of the motion`;
  throw new FitRefusal(
    `the ${setup.output} works against the motion: mass and friction would be negative. ${help}`,
  );
}
