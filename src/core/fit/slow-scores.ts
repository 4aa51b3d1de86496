// The scatter of a fit's parameters where its residuals are correlated in time: from how the parameters' scores
// (influence × residual) vary slowly, not from the size of the residuals.
//   ψ = (JᵀJ)⁻¹Jᵀ row by row,  Λk = Σ ψi·ri·cos(π·k·(i − ½)/N), k = 1 … K,  σ² = Σψ² · Σk Λk² / trace(M)
// M is the covariance of Λ that white residuals of this very fit would give. It corrects what the fit has taken out
// of its own residuals, and tells the degrees of freedom (trace M)²/trace(M²). K is small, so that only variation
// slower than any correlation counts. It never looks at what a row means.
import type { LeastSquaresResult } from './least-squares.ts';
import type { Triangle } from './linear.ts';

export interface Design {
  readonly n: number;
  readonly length: number;
  /** Jacobian times the root of the weights, column by column. */
  readonly columns: readonly Float64Array[];
  readonly triangle: Triangle;
  readonly inverse: Float64Array;
  readonly condition: number;
  /** Rows that count. */
  readonly rows: number;
}

export interface Spread {
  readonly covariance: Float64Array;
  readonly freedom: Float64Array;
  /** 1: nothing is left in the residuals that could tell how sure it is. */
  readonly blind: Uint8Array;
}

const binsMax = 1024;

export function slowSpread(design: Design, result: LeastSquaresResult): Spread {
  const { n } = design;
  const bins = binsOf(design, result);
  const waves = wavesFor(bins, n, design.rows);
  const covariance = new Float64Array(n * n);
  const freedom = new Float64Array(n);
  const sums = Array.from({ length: n }, (_, j) => waveSums(bins.scores[j]!, waves));
  const scale = new Float64Array(n);
  const blind = new Uint8Array(n);
  for (let j = 0; j < n; j++) {
    const { trace, square } = whiteTraces(bins, j, n, waves);
    let total = 0;
    for (const psi of bins.squares[j]!) total += psi;
    blind[j] = trace > 1e-9 * total * waves ? 0 : 1;
    scale[j] = blind[j] === 1 ? 0 : Math.sqrt(total / trace);
    freedom[j] = square > 0 ? trace ** 2 / square : 1;
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let dot = 0;
      for (let k = 0; k < waves; k++) dot += sums[i]![k]! * sums[j]![k]!;
      covariance[j * n + i] = dot * scale[i]! * scale[j]!;
    }
  }
  return { covariance, freedom, blind };
}

/** Sums over stretches of rows that count, in which a slow cosine hardly changes. */
interface Bins {
  readonly count: number;
  /** By parameter: Σ ψ·r, Σ ψ². */
  readonly scores: readonly Float64Array[];
  readonly squares: readonly Float64Array[];
  /** By parameter and by direction q of an orthonormal basis of the Jacobian's columns: Σ ψ·q. */
  readonly taken: readonly (readonly Float64Array[])[];
}

function binsOf({ n, columns, inverse, triangle, rows }: Design, result: LeastSquaresResult): Bins {
  const count = Math.min(rows, binsMax);
  const make = (): Float64Array[] => Array.from({ length: n }, () => new Float64Array(count));
  const scores = make();
  const squares = make();
  const taken = Array.from({ length: n }, make);
  const psi = new Float64Array(n);
  const q = new Float64Array(n);
  let row = 0;
  for (let i = 0; i < result.residuals.length; i++) {
    const root = Math.sqrt(result.weights[i]!);
    let whole = root > 0;
    for (const column of columns) whole &&= Number.isFinite(column[i]!);
    if (!whole) continue;
    const bin = Math.floor((row++ * count) / rows);
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += inverse[k * n + j]! * columns[k]![i]!;
      psi[j] = sum * root;
    }
    // q Rᵀ = J row by row: forward substitution.
    for (let j = 0; j < n; j++) {
      let sum = columns[j]![i]! * root;
      for (let k = 0; k < j; k++) sum -= triangle.r[j * n + k]! * q[k]!;
      const pivot = triangle.r[j * n + j]!;
      q[j] = pivot === 0 ? 0 : sum / pivot;
    }
    const residual = result.residuals[i]! * root;
    for (let j = 0; j < n; j++) {
      const p = psi[j]!;
      scores[j]![bin] = scores[j]![bin]! + p * residual;
      squares[j]![bin] = squares[j]![bin]! + p * p;
      for (let k = 0; k < n; k++) taken[j]![k]![bin] = taken[j]![k]![bin]! + p * q[k]!;
    }
  }
  return { count, scores, squares, taken };
}

const wavesMax = 24;
const wavesMin = 4;

/** Enough to average over, and so few that even the quickest is slower than the scores forget. */
function wavesFor({ scores, count }: Bins, n: number, rows: number): number {
  let waves = Math.min(wavesMax, Math.max(4, Math.round(0.4 * rows ** (2 / 3))));
  const groups = Math.min(200, count >> 1);
  for (let j = 0; j < n; j++) {
    const sums = new Float64Array(groups);
    for (const [bin, score] of scores[j]!.entries()) {
      const group = Math.floor((bin * groups) / count);
      sums[group] = sums[group]! + score;
    }
    let product = 0;
    let square = 0;
    for (let g = 0; g < groups; g++) {
      square += sums[g]! ** 2;
      if (g > 0) product += sums[g]! * sums[g - 1]!;
    }
    const rho = square > 0 ? product / square : 0;
    if (rho > 0.2)
      waves = Math.min(waves, Math.max(wavesMin, Math.floor((groups * -Math.log(rho)) / (2 * Math.PI))));
  }
  return waves;
}

function waveSums(values: Float64Array, waves: number): Float64Array {
  const sums = new Float64Array(waves);
  for (const [bin, value] of values.entries()) {
    if (value === 0) continue;
    const base = Math.cos((Math.PI * (bin + 0.5)) / values.length);
    // cos((k + 1)·x) = 2·cos(x)·cos(k·x) − cos((k − 1)·x).
    let before = value;
    let now = value * base;
    for (let k = 0; k < waves; k++) {
      sums[k] = sums[k]! + now;
      const next = 2 * base * now - before;
      before = now;
      now = next;
    }
  }
  return sums;
}

/** Trace of M, and of M², for one parameter: M = Σ ψ²·ck·cl − (Σ ψ·q·ck)(Σ ψ·q·cl). */
function whiteTraces(bins: Bins, j: number, n: number, waves: number): { trace: number; square: number } {
  const taken = Array.from({ length: n }, (_, k) => waveSums(bins.taken[j]![k]!, waves));
  // ck·cl = (c(k−l) + c(k+l)) / 2: the sums over single cosines give those over products.
  const total = bins.squares[j]!.reduce((sum, value) => sum + value, 0);
  const single = waveSums(bins.squares[j]!, 2 * waves);
  const at = (k: number): number => (k === 0 ? total : single[k - 1]!);
  let trace = 0;
  let square = 0;
  for (let k = 1; k <= waves; k++) {
    for (let l = 1; l <= waves; l++) {
      let m = (at(Math.abs(k - l)) + at(k + l)) / 2;
      for (let d = 0; d < n; d++) m -= taken[d]![k - 1]! * taken[d]![l - 1]!;
      square += m * m;
      if (k === l) trace += m;
    }
  }
  return { trace, square };
}
