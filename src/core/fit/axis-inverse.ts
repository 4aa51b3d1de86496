// The inverse model of an axis by linear least squares: what was measured and all that multiplies a parameter go
// through the same low-pass, so that it bends nothing; then every so many rows, as one row says what the next says.
import { type AxisMotion, isMoving } from './axis-motion.ts';
import type { AxisRows } from './axis-problem.ts';
import type { AxisSetup, Term } from './axis-setup.ts';
import { differentiate } from './differentiate.ts';
import { type LinearSolution, solveLinear } from './linear.ts';
import { gather } from './pieces.ts';

export interface AxisColumns {
  /** Filtered, over the rows of the record. */
  readonly byTerm: ReadonlyMap<string, Float64Array>;
  /** Rows that teach: fitted, moving, thinned out. */
  readonly rows: Int32Array;
}

/** Columns of the linear model; only rows of pieces have numbers. */
export function filterColumns(setup: AxisSetup, motion: AxisMotion): AxisColumns {
  const byTerm = termColumns(setup, motion, 0);
  const thin =
    motion.plan.way === 'local' ? 1 : Math.max(1, Math.floor(1 / (motion.stepS * 4 * motion.plan.cutoffHz)));
  const rows: number[] = [];
  for (const piece of motion.pieces) {
    if (piece.use !== 'fit') continue;
    for (let k = 0; k < piece.rows.length; k += thin) {
      const row = piece.rows[k]!;
      if (teaches(motion, row)) rows.push(row);
    }
  }
  return { byTerm, rows: Int32Array.from(rows) };
}

/** `smoothing` in m/s; 0: friction turns at once. */
function termColumns(setup: AxisSetup, motion: AxisMotion, smoothing: number): Map<string, Float64Array> {
  return new Map(setup.terms.map((term) => [term.name, filteredTerm(term, motion, smoothing)]));
}

export interface Profiled {
  readonly columns: AxisColumns;
  readonly inverse: InverseSolution;
  readonly smoothing: number;
}

/**
 * Friction turns at once, or over the velocity among a few that fits clearly better: with a turn of more than the
 * dead zone, rows beyond it would tell friction too small and its growth with speed too large.
 */
export function profileSmoothing(
  setup: AxisSetup,
  motion: AxisMotion,
  columns: AxisColumns,
  measured: Float64Array,
  given: number | undefined,
): Profiled {
  const at = (smoothing: number): Profiled => {
    const own = { ...columns, byTerm: termColumns(setup, motion, smoothing) };
    return { columns: own, inverse: solveInverse(setup, own, measured), smoothing };
  };
  if (given !== undefined) return at(given);
  let best: Profiled = { columns, inverse: solveInverse(setup, columns, measured), smoothing: 0 };
  for (let smoothing = motion.deadZone / 2; smoothing < 0.3 * motion.pace; smoothing *= 1.5) {
    const tried = at(smoothing);
    if (tried.inverse.rmse < 0.999 * best.inverse.rmse) best = tried;
  }
  if (best.smoothing === 0) return best;
  for (const factor of [1.22, 1.1, 1.05, 1.025]) {
    const around = [at(best.smoothing / factor), at(best.smoothing * factor)];
    for (const tried of around) if (tried.inverse.rmse < best.inverse.rmse) best = tried;
  }
  return best;
}

/** It moves, and surely in the direction that its velocity says. */
export function teaches(motion: AxisMotion, row: number): boolean {
  return isMoving(motion, row) && Math.abs(motion.velocity[row]!) >= motion.deadZone;
}

/** Velocity and acceleration have been filtered already; what is bent by a sign has to be filtered as the force is. */
function filteredTerm(term: Term, motion: AxisMotion, smoothing: number): Float64Array {
  const { velocity, acceleration } = motion;
  if (term.kind === 'acceleration') return acceleration;
  if (term.kind === 'one') return new Float64Array(velocity.length).fill(1);
  if (term.kind === 'velocity' && term.direction === undefined) return velocity;
  const bent = velocity.map((v) => {
    const value = term.kind === 'velocity' ? v : smoothing > 0 ? Math.tanh(v / smoothing) : Math.sign(v);
    return term.direction === undefined || value * term.direction > 0 || Number.isNaN(v) ? value : 0;
  });
  return filtered(bent, motion);
}

/** Slow samples are taken as they are: a window over them would mix motion with rest. */
export function filtered(column: Float64Array, { pieces, plan }: AxisMotion): Float64Array {
  if (plan.way === 'local') return column;
  return differentiate(pieces, column, plan).value;
}

/** `rows` of filtered columns, as the least squares problem wants them. */
export function rowsOf(setup: AxisSetup, columns: AxisColumns, measured: Float64Array): AxisRows {
  const of = (name: string): Float64Array => {
    const column = columns.byTerm.get(name);
    return column === undefined ? new Float64Array(0) : gather(column, columns.rows);
  };
  const split = setup.terms.some((term) => term.direction !== undefined);
  return {
    rows: columns.rows,
    measured: gather(measured, columns.rows),
    acceleration: of('mass'),
    velocity: of('viscous'),
    sign: of('coulomb'),
    one: of('offset'),
    ...(split
      ? {
          velocityUp: of('viscousPositive'),
          velocityDown: of('viscousNegative'),
          signUp: of('coulombPositive'),
          signDown: of('coulombNegative'),
        }
      : {}),
  };
}

export interface InverseSolution {
  /** By term, known ones included. */
  readonly terms: Float64Array;
  /** Measured for each newton. */
  readonly ratio: number;
  /** Of residuals, in the unit of what was measured. */
  readonly rmse: number;
  readonly linear: LinearSolution;
}

/**
 * measured = ratio·(Σ known + Σ free·column). With the ratio unknown, the known part is one more column, and what
 * the free ones are multiplied by is ratio·free.
 */
export function solveInverse(
  setup: AxisSetup,
  columns: AxisColumns,
  measured: Float64Array,
  rows: Int32Array = columns.rows,
): InverseSolution {
  const pick = (name: string): Float64Array => gather(columns.byTerm.get(name)!, rows);
  const y = gather(measured, rows);
  const known = new Float64Array(rows.length);
  for (const term of setup.terms) {
    if (term.known === undefined) continue;
    const column = pick(term.name);
    for (let i = 0; i < known.length; i++) known[i] = known[i]! + term.known * column[i]!;
  }
  const free = setup.terms.filter((term) => term.known === undefined);
  const given = setup.gain.value === undefined ? undefined : setup.gain.factor / setup.gain.value;
  const design = free.map((term) => pick(term.name));
  if (given === undefined) design.push(known);
  else for (let i = 0; i < y.length; i++) y[i] = y[i]! - given * known[i]!;
  const solved = solveLinear(design, y);
  const ratio = given ?? solved.theta[free.length]!;
  const terms = Float64Array.from(
    setup.terms,
    (term) => term.known ?? solved.theta[free.indexOf(term)]! / ratio,
  );
  const freedom = Math.max(1, solved.triangle.rows - design.length);
  return { terms, ratio, rmse: Math.sqrt(solved.triangle.rest / freedom), linear: solved };
}
