// Whether force and motion were stamped by the same clock: what is left of the fit beside the slope of what was
// predicted. A sensor or a drive that filters comes late, and mass and friction take the blame. It only warns.
import { filtered } from './axis-inverse.ts';
import type { AxisMotion } from './axis-motion.ts';
import type { FitParameter } from './fit.ts';
import { intervalsOf } from './intervals.ts';
import type { LeastSquaresResult } from './least-squares.ts';
import { solveLinear } from './linear.ts';

export interface Skew {
  /** What was measured comes so much after the motion. */
  readonly lateS: number;
  readonly sigmaS: number;
}

/** Measured at t is predicted at t − late: residuals are late · slope, beside what the parameters can take up. */
export function skewOf(
  motion: AxisMotion,
  timeS: Float64Array,
  predicted: Float64Array,
  rows: Int32Array,
  parameters: readonly FitParameter[],
  result: LeastSquaresResult,
): Skew {
  const slopes = slopesOf(motion, timeS, filtered(predicted, motion));
  const { length } = rows;
  const n = parameters.length;
  const jacobian = new Float64Array((n + 1) * length);
  jacobian.set(result.jacobian);
  for (const [i, row] of rows.entries()) jacobian[n * length + i] = slopes[row]!;
  const columns = Array.from({ length: n + 1 }, (_, j) => jacobian.subarray(j * length, (j + 1) * length));
  const { theta } = solveLinear(columns, result.residuals);
  const residuals = result.residuals.map((r, i) =>
    columns.reduce((left, c, j) => left - c[i]! * theta[j]!, r),
  );
  const late: FitParameter = { name: 'late', unit: 's', about: '', start: 0, min: -1e9, max: 1e9 };
  const { sigma } = intervalsOf([...parameters, late], { ...result, theta, residuals, jacobian });
  return { lateS: theta[n]!, sigmaS: sigma[n]! };
}

function slopesOf({ pieces }: AxisMotion, timeS: Float64Array, values: Float64Array): Float64Array {
  const slopes = new Float64Array(values.length);
  for (const { rows } of pieces) {
    for (let k = 1; k < rows.length - 1; k++) {
      const [left, right] = [rows[k - 1]!, rows[k + 1]!];
      slopes[rows[k]!] = (values[right]! - values[left]!) / (timeS[right]! - timeS[left]!);
    }
  }
  return slopes;
}
