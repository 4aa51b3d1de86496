// One damped step of a least squares search that stays between bounds: what leaves them is held at the bound, and
// the others are solved again around it.
import { backSubstitute, foldRows, newTriangle, type Triangle } from './linear.ts';

export interface StepBounds {
  /** How far each parameter may go down (≤ 0) and up (≥ 0). */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Held where it is: at a bound that the gradient pushes against. */
  readonly held: Uint8Array;
}

/**
 * The step that makes ‖R·step + z‖² + λ‖D·step‖² least within bounds. `share` of what it promises: half the
 * decrease of the sum of squares if the model were linear.
 */
export function boundedStep(
  triangle: Triangle,
  damping: Float64Array,
  lambda: number,
  bounds: StepBounds,
): { step: Float64Array; promised: number } {
  const { n } = triangle;
  const step = new Float64Array(n);
  const free = Array.from({ length: n }, (_, j) => j).filter((j) => bounds.held[j] === 0);
  while (free.length > 0) {
    const solution = solveFree(triangle, damping, lambda, free, step);
    let worst = -1;
    let worstBy = 0;
    for (const [k, j] of free.entries()) {
      const value = solution[k]!;
      const by = Math.max(value - bounds.high[j]!, bounds.low[j]! - value);
      if (by > worstBy) {
        worst = k;
        worstBy = by;
      }
    }
    if (worst < 0) {
      for (const [k, j] of free.entries()) step[j] = solution[k]!;
      break;
    }
    const j = free[worst]!;
    step[j] = solution[worst]! > 0 ? bounds.high[j]! : bounds.low[j]!;
    free.splice(worst, 1);
  }
  return { step, promised: promiseOf(triangle, step) };
}

/** The free ones, given what the others already step. */
function solveFree(
  { n, r, z }: Triangle,
  damping: Float64Array,
  lambda: number,
  free: readonly number[],
  step: Float64Array,
): Float64Array {
  const rows = n + free.length;
  const y = new Float64Array(rows);
  for (let i = 0; i < n; i++) {
    let sum = -z[i]!;
    for (let j = 0; j < n; j++) if (!free.includes(j)) sum -= r[j * n + i]! * step[j]!;
    y[i] = sum;
  }
  const columns = free.map((j, k) => {
    const column = new Float64Array(rows);
    column.set(r.subarray(j * n, (j + 1) * n));
    column[n + k] = Math.sqrt(lambda) * damping[j]!;
    return column;
  });
  const small = newTriangle(free.length);
  foldRows(small, columns, y);
  return backSubstitute(small);
}

function promiseOf({ n, r, z }: Triangle, step: Float64Array): number {
  let promised = 0;
  for (let i = 0; i < n; i++) {
    let moved = z[i]!;
    for (let j = i; j < n; j++) moved += r[j * n + i]! * step[j]!;
    promised += z[i]! ** 2 - moved ** 2;
  }
  return promised / 2;
}
