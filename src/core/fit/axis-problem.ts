// The axis as a least squares problem over chosen rows: residual = predicted − measured, in the unit of what was
// measured, with its derivatives by hand. Both methods use it: one with filtered columns, one with a smooth sign.
import type { AxisSetup, Term } from './axis-setup.ts';
import type { FitParameter } from './fit.ts';
import type { LeastSquaresProblem } from './least-squares.ts';

/** What the force is made of, for the rows at hand: one column for each term but friction of a smooth sign. */
export interface AxisRows {
  /** Of the record. */
  readonly rows: Int32Array;
  readonly measured: Float64Array;
  /** By kind of term; `sign` is used where no smoothing is searched or given. */
  readonly acceleration: Float64Array;
  readonly velocity: Float64Array;
  readonly sign: Float64Array | undefined;
  readonly one: Float64Array;
  /** Velocity split by direction and filtered, where friction is told by direction. */
  readonly velocityUp?: Float64Array;
  readonly velocityDown?: Float64Array;
  readonly signUp?: Float64Array;
  readonly signDown?: Float64Array;
}

/** Where each number of `theta` belongs. */
export interface AxisPlan {
  readonly setup: AxisSetup;
  readonly parameters: readonly FitParameter[];
  /** Index into theta of each term; −1: known. */
  readonly terms: readonly number[];
  readonly gain: number;
  readonly smoothing: number;
  readonly stribeck: number;
  readonly stribeckVelocity: number;
  /** Used when it is not searched. */
  readonly smoothingGiven: number;
}

/** Values by name, and what the axis would measure with them. */
export interface AxisValues {
  readonly terms: Float64Array;
  /** Measured for each newton. */
  readonly ratio: number;
  readonly smoothing: number;
  readonly stribeck: number;
  readonly stribeckVelocity: number;
}

export function valuesOf(plan: AxisPlan, theta: Float64Array): AxisValues {
  const { setup } = plan;
  const gain = plan.gain < 0 ? setup.gain.value! : theta[plan.gain]!;
  return {
    terms: Float64Array.from(setup.terms, (term, k) => term.known ?? theta[plan.terms[k]!]!),
    ratio: setup.gain.factor / gain,
    smoothing: plan.smoothing < 0 ? plan.smoothingGiven : theta[plan.smoothing]!,
    stribeck: plan.stribeck < 0 ? 0 : theta[plan.stribeck]!,
    stribeckVelocity: plan.stribeckVelocity < 0 ? 1 : theta[plan.stribeckVelocity]!,
  };
}

/** The column of a term where the sign of the velocity is smooth: one number. */
function termAt(term: Term, a: number, v: number, s: number): number {
  if (term.kind === 'acceleration') return a;
  if (term.kind === 'one') return 1;
  const value = term.kind === 'velocity' ? v : s;
  if (term.direction === undefined) return value;
  return value * term.direction > 0 ? value : 0;
}

/** Measured as the model has it, signed, at one moment. */
export function predictedAt(setup: AxisSetup, values: AxisValues, a: number, v: number): number {
  const s = Math.tanh(v / values.smoothing);
  let force = values.stribeck * s * Math.exp(-((v / values.stribeckVelocity) ** 2));
  for (const [k, term] of setup.terms.entries()) force += values.terms[k]! * termAt(term, a, v, s);
  return force * values.ratio;
}

function columnOf(rows: AxisRows, { kind, direction }: Term): Float64Array {
  if (kind === 'velocity' && direction !== undefined)
    return (direction > 0 ? rows.velocityUp : rows.velocityDown)!;
  if (kind === 'sign' && direction !== undefined) return (direction > 0 ? rows.signUp : rows.signDown)!;
  return kind === 'sign' ? rows.sign! : rows[kind];
}

/** With filtered columns: linear in all but the gain. */
export function linearProblem(plan: AxisPlan, rows: AxisRows): LeastSquaresProblem {
  const { setup } = plan;
  const { length } = rows.measured;
  const columns = setup.terms.map((term) => columnOf(rows, term));
  const force = (values: AxisValues, i: number): number => {
    let sum = 0;
    for (let k = 0; k < columns.length; k++) sum += values.terms[k]! * columns[k]![i]!;
    return sum;
  };
  return {
    parameters: plan.parameters,
    length,
    residuals: (theta, out) => {
      const values = valuesOf(plan, theta);
      for (let i = 0; i < length; i++) out[i] = force(values, i) * values.ratio - rows.measured[i]!;
    },
    jacobian: (theta, out) => {
      const values = valuesOf(plan, theta);
      for (const [k, column] of columns.entries()) {
        const at = plan.terms[k]!;
        if (at < 0) continue;
        for (let i = 0; i < length; i++) out[at * length + i] = column[i]! * values.ratio;
      }
      if (plan.gain < 0) return;
      const share = -values.ratio / theta[plan.gain]!;
      for (let i = 0; i < length; i++) out[plan.gain * length + i] = force(values, i) * share;
    },
  };
}

/** With a smooth sign, in numbers as they were measured; unsigned: by its size. */
export function smoothProblem(plan: AxisPlan, rows: AxisRows): LeastSquaresProblem {
  const { setup } = plan;
  const { length } = rows.measured;
  return {
    parameters: plan.parameters,
    length,
    residuals: (theta, out) => {
      const values = valuesOf(plan, theta);
      for (let i = 0; i < length; i++) {
        const signed = predictedAt(setup, values, rows.acceleration[i]!, rows.velocity[i]!);
        out[i] = (setup.unsigned ? Math.abs(signed) : signed) - rows.measured[i]!;
      }
    },
    jacobian: (theta, out) => {
      const values = valuesOf(plan, theta);
      for (let i = 0; i < length; i++) slopesAt(plan, values, theta, rows, i, out);
    },
  };
}

function slopesAt(
  plan: AxisPlan,
  values: AxisValues,
  theta: Float64Array,
  rows: AxisRows,
  i: number,
  out: Float64Array,
): void {
  const { setup } = plan;
  const { length } = rows.measured;
  const a = rows.acceleration[i]!;
  const v = rows.velocity[i]!;
  const s = Math.tanh(v / values.smoothing);
  const dip = Math.exp(-((v / values.stribeckVelocity) ** 2));
  let force = values.stribeck * s * dip;
  let bySign = values.stribeck * dip;
  for (const [k, term] of setup.terms.entries()) {
    const column = termAt(term, a, v, s);
    force += values.terms[k]! * column;
    if (term.kind === 'sign' && column !== 0) bySign += values.terms[k]!;
  }
  const turned = setup.unsigned && force * values.ratio < 0 ? -values.ratio : values.ratio;
  for (const [k, term] of setup.terms.entries()) {
    const at = plan.terms[k]!;
    if (at >= 0) out[at * length + i] = termAt(term, a, v, s) * turned;
  }
  if (plan.gain >= 0) out[plan.gain * length + i] = (-force * turned) / theta[plan.gain]!;
  if (plan.smoothing >= 0) {
    out[plan.smoothing * length + i] = (-bySign * (1 - s * s) * v * turned) / values.smoothing ** 2;
  }
  if (plan.stribeck >= 0) out[plan.stribeck * length + i] = s * dip * turned;
  if (plan.stribeckVelocity >= 0) {
    out[plan.stribeckVelocity * length + i] =
      (values.stribeck * s * dip * 2 * v * v * turned) / values.stribeckVelocity ** 3;
  }
}
