// Small dense linear algebra for fits: least squares over many rows and few unknowns. Rows are folded into a
// triangle by Householder reflections, so that the condition is never squared; nothing here knows a model.
// Matrices lie column by column: element (row, column) of one with m rows is at column * m + row.

/** R and Qᵀy of all rows seen: what of them matters for least squares, n by n, whatever their number. */
export interface Triangle {
  readonly n: number;
  /** Upper triangular, n rows, n columns. */
  readonly r: Float64Array;
  /** The first n elements of Qᵀy. */
  readonly z: Float64Array;
  /** Rows folded in. */
  rows: number;
  /** Sum of squares of y that no solution reaches. */
  rest: number;
}

const blockRows = 256;

export function newTriangle(n: number): Triangle {
  return { n, r: new Float64Array(n * n), z: new Float64Array(n), rows: 0, rest: 0 };
}

/**
 * Folds rows in: `columns[j][i]` multiplies unknown j in row i, and should give `y[i]`. A row with a weight of
 * zero, or with anything in it that is not finite, is left out; others are multiplied by their weight.
 */
export function foldRows(
  triangle: Triangle,
  columns: readonly Float64Array[],
  y: Float64Array,
  weights?: Float64Array,
): void {
  const { n } = triangle;
  const height = n + blockRows;
  const block = new Float64Array((n + 1) * height);
  let filled = 0;
  for (let i = 0; i < y.length; i++) {
    const weight = weights === undefined ? 1 : weights[i]!;
    if (weight === 0 || !isWhole(columns, y, i)) continue;
    for (let j = 0; j < n; j++) block[j * height + n + filled] = columns[j]![i]! * weight;
    block[n * height + n + filled] = y[i]! * weight;
    filled++;
    if (filled === blockRows) {
      foldBlock(triangle, block, height, filled);
      filled = 0;
    }
  }
  if (filled > 0) foldBlock(triangle, block, height, filled);
}

function isWhole(columns: readonly Float64Array[], y: Float64Array, row: number): boolean {
  let sum = y[row]!;
  for (const column of columns) sum += column[row]! * 0;
  return Number.isFinite(sum);
}

/** The triangle on top of new rows, made a triangle again. */
function foldBlock(triangle: Triangle, block: Float64Array, height: number, filled: number): void {
  const { n, r, z } = triangle;
  const used = n + filled;
  for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) block[j * height + i] = r[j * n + i]!;
  for (let i = 0; i < n; i++) block[n * height + i] = z[i]!;
  for (let k = 0; k < n; k++) reflect(block, height, n, used, k);
  for (let j = 0; j < n; j++) for (let i = 0; i <= j; i++) r[j * n + i] = block[j * height + i]!;
  for (let i = 0; i < n; i++) z[i] = block[n * height + i]!;
  for (let i = n; i < used; i++) triangle.rest += block[n * height + i]! ** 2;
  triangle.rows += filled;
}

/** One Householder reflection: column k below its diagonal becomes zero. Rows between k and n are zero there. */
function reflect(block: Float64Array, height: number, n: number, used: number, k: number): void {
  const at = k * height;
  let square = 0;
  for (let i = n; i < used; i++) square += block[at + i]! ** 2;
  if (square === 0) return;
  const top = block[at + k]!;
  const norm = Math.sqrt(top * top + square);
  const alpha = top > 0 ? -norm : norm;
  const head = top - alpha;
  const beta = 2 / (head * head + square);
  for (let j = k + 1; j <= n; j++) {
    const other = j * height;
    let dot = head * block[other + k]!;
    for (let i = n; i < used; i++) dot += block[at + i]! * block[other + i]!;
    dot *= beta;
    block[other + k] = block[other + k]! - dot * head;
    for (let i = n; i < used; i++) block[other + i] = block[other + i]! - dot * block[at + i]!;
  }
  block[at + k] = alpha;
  for (let i = n; i < used; i++) block[at + i] = 0;
}

/** Singular values of a small square matrix, largest first, the right vectors, and the left ones times the values. */
export interface Singular {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
  readonly lefts: Float64Array;
}

/** One-sided Jacobi: columns are turned against each other until all are orthogonal. Exact also where it is small. */
export function singularOf(matrix: Float64Array, n: number): Singular {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let turned = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) turned = turnPair(a, v, n, p, q) || turned;
    }
    if (!turned) break;
  }
  const lengths = Float64Array.from({ length: n }, (_, j) => Math.hypot(...a.subarray(j * n, (j + 1) * n)));
  const order = [...lengths.keys()].sort((p, q) => lengths[q]! - lengths[p]!);
  const sorted = (m: Float64Array): Float64Array => {
    const out = new Float64Array(n * n);
    for (const [to, from] of order.entries()) out.set(m.subarray(from * n, (from + 1) * n), to * n);
    return out;
  };
  return { values: Float64Array.from(order, (j) => lengths[j]!), vectors: sorted(v), lefts: sorted(a) };
}

function turnPair(a: Float64Array, v: Float64Array, n: number, p: number, q: number): boolean {
  let pp = 0;
  let qq = 0;
  let pq = 0;
  for (let i = 0; i < n; i++) {
    pp += a[p * n + i]! ** 2;
    qq += a[q * n + i]! ** 2;
    pq += a[p * n + i]! * a[q * n + i]!;
  }
  if (Math.abs(pq) <= 1e-15 * Math.sqrt(pp * qq) || pq === 0) return false;
  const tau = (qq - pp) / (2 * pq);
  const t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = c * t;
  for (const m of [a, v]) {
    for (let i = 0; i < n; i++) {
      const x = m[p * n + i]!;
      const y = m[q * n + i]!;
      m[p * n + i] = c * x - s * y;
      m[q * n + i] = s * x + c * y;
    }
  }
  return true;
}

export interface LinearSolution {
  readonly theta: Float64Array;
  /** The inverse of the information matrix RᵀR, n by n. */
  readonly inverse: Float64Array;
  /** Of the columns after each is scaled to length 1: 1 is ideal, above some 1e3 two unknowns look alike. */
  readonly condition: number;
  /** Below n some combination of the unknowns does not show in the data at all; it is then left at its least. */
  readonly rank: number;
}

/** Least squares of what was folded in. Columns are scaled first, so units do not matter. */
export function solveTriangle({ n, r, z }: Triangle): LinearSolution {
  const scale = Float64Array.from({ length: n }, (_, j) => columnNorm(r, n, j) || 1);
  const scaled = Float64Array.from(r, (value, at) => value / scale[Math.floor(at / n)]!);
  const { values, vectors, lefts } = singularOf(scaled, n);
  const floor = (values[0] ?? 0) * 1e-13 * Math.max(1, n);
  const inverse = new Float64Array(n * n);
  const theta = new Float64Array(n);
  let rank = 0;
  for (let k = 0; k < n; k++) {
    if (values[k]! <= floor) continue;
    rank++;
    const share = dotOf(lefts, k * n, z, n) / values[k]! ** 2;
    for (let i = 0; i < n; i++) {
      const vi = vectors[k * n + i]!;
      theta[i] = theta[i]! + (share * vi) / scale[i]!;
      for (let j = 0; j < n; j++) {
        const at = j * n + i;
        inverse[at] = inverse[at]! + (vi * vectors[k * n + j]!) / (values[k]! ** 2 * scale[i]! * scale[j]!);
      }
    }
  }
  const condition = rank < n ? Number.POSITIVE_INFINITY : n === 0 ? 1 : values[0]! / values[n - 1]!;
  return { theta, inverse, condition, rank };
}

/** Back substitution; an unknown that does not show stays zero. Cheaper than `solveTriangle`, and no judgement. */
export function backSubstitute({ n, r, z }: Triangle): Float64Array {
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = z[i]!;
    for (let j = i + 1; j < n; j++) sum -= r[j * n + i]! * x[j]!;
    const pivot = r[i * n + i]!;
    x[i] = Math.abs(pivot) <= 1e-14 * columnNorm(r, n, i) ? 0 : sum / pivot;
  }
  return x;
}

export function columnNorm(matrix: Float64Array, rows: number, column: number): number {
  let square = 0;
  for (let i = 0; i < rows; i++) square += matrix[column * rows + i]! ** 2;
  return Math.sqrt(square);
}

function dotOf(a: Float64Array, from: number, b: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[from + i]! * b[i]!;
  return sum;
}

/** Linear least squares: which `theta` makes Σ columns·theta come nearest to y. */
export function solveLinear(
  columns: readonly Float64Array[],
  y: Float64Array,
  weights?: Float64Array,
): LinearSolution & { readonly triangle: Triangle } {
  const triangle = newTriangle(columns.length);
  foldRows(triangle, columns, y, weights);
  return { ...solveTriangle(triangle), triangle };
}
