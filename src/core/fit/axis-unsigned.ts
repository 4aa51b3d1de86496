// The sign of what was measured without one: guessed, fitted, guessed again from the fit until it stays. Rows in
// which the model itself is near zero keep no sign and teach nothing.
import { type AxisColumns, filtered, type InverseSolution, solveInverse } from './axis-inverse.ts';
import type { AxisMotion } from './axis-motion.ts';
import { eachMoving } from './axis-plan.ts';
import type { AxisSetup } from './axis-setup.ts';

export interface Signed {
  /** Over the rows of the record, filtered as all columns are. */
  readonly measured: Float64Array;
  readonly rows: Int32Array;
  readonly solution: InverseSolution;
}

const roundsMax = 20;

/** Several guesses, as force may follow velocity, acceleration or gravity; the one that fits best is kept. */
export function signMeasured(
  setup: AxisSetup,
  motion: AxisMotion,
  columns: AxisColumns,
  magnitude: Float64Array,
): Signed {
  const { velocity, acceleration, pace } = motion;
  let square = 0;
  for (const row of columns.rows) square += acceleration[row]! ** 2;
  const pull = Math.sqrt(square / Math.max(1, columns.rows.length)) || 1;
  const guesses: ((row: number) => number)[] = [
    (row) => velocity[row]!,
    (row) => velocity[row]! / pace + acceleration[row]! / pull,
    (row) => acceleration[row]!,
    () => 1,
    () => -1,
  ];
  const found = guesses.map((guess) => settle(setup, motion, columns, magnitude, guess));
  return found.reduce((best, one) => (misfit(one, columns) < misfit(best, columns) ? one : best));
}

/** A guess that left most rows out has explained little. */
function misfit({ solution, rows }: Signed, columns: AxisColumns): number {
  return solution.rmse * (columns.rows.length / Math.max(1, rows.length)) ** 2;
}

function settle(
  setup: AxisSetup,
  motion: AxisMotion,
  columns: AxisColumns,
  magnitude: Float64Array,
  guess: (row: number) => number,
): Signed {
  const all = columns.rows;
  let sign = magnitude.map((_, row) => Math.sign(guess(row)) || 0);
  let signed: Signed | undefined;
  for (let round = 0; round < roundsMax; round++) {
    const measured = filtered(
      magnitude.map((value, row) => value * sign[row]!),
      motion,
    );
    const known = signed === undefined ? all : signed.rows;
    const solution = upright(setup, solveInverse(setup, columns, measured, known));
    const predicted = predictAll(setup, columns, solution, magnitude.length);
    const rows = all.filter((row) => Math.abs(predicted[row]!) > 2 * solution.rmse);
    const next = predicted.map((value) => Math.sign(value) || 0);
    signed = { measured, rows: rows.length > 3 * setup.terms.length ? rows : all, solution };
    const same = all.every((row) => next[row] === sign[row]);
    sign = next;
    if (same) break;
  }
  return signed!;
}

/** All turned around fits as well: friction is what brakes. */
function upright(setup: AxisSetup, solution: InverseSolution): InverseSolution {
  const inward = setup.terms.reduce(
    (sum, { kind, known }, k) =>
      known === undefined && (kind === 'sign' || kind === 'acceleration')
        ? sum + Math.sign(solution.terms[k]!)
        : sum,
    0,
  );
  if (setup.gain.value === undefined) return { ...solution, ratio: Math.abs(solution.ratio) };
  if (inward >= 0 || setup.terms.some(({ known }) => known !== undefined && known !== 0)) return solution;
  const terms = solution.terms.map((value, k) => setup.terms[k]!.known ?? -value);
  return { ...solution, terms };
}

function predictAll(
  setup: AxisSetup,
  columns: AxisColumns,
  solution: InverseSolution,
  length: number,
): Float64Array {
  const predicted = new Float64Array(length);
  for (const [k, term] of setup.terms.entries()) {
    const column = columns.byTerm.get(term.name)!;
    const factor = solution.terms[k]! * solution.ratio;
    for (let i = 0; i < length; i++) predicted[i] = predicted[i]! + factor * column[i]!;
  }
  return predicted;
}

/** Never negative, though it moves both ways: only the weight of a heavy axis does so too. */
export function isMagnitude(measured: Float64Array, motion: AxisMotion): boolean {
  let up = 0;
  let down = 0;
  let negative = 0;
  eachMoving(motion, (row) => {
    if (motion.velocity[row]! > 0) up++;
    else down++;
    if (measured[row]! < 0) negative++;
  });
  return negative === 0 && Math.min(up, down) > 0.1 * (up + down);
}
