// Eigenvalues and -vectors of a symmetric matrix by Jacobi's turns, a few at a time: whoever has little time now goes
// on later. Exact also for eigenvalues that are small beside others.

export interface Eigen {
  /** Rows apart by `size` from the beginning; its diagonal are the eigenvalues in the end. Destroyed. */
  readonly matrix: Float64Array;
  /** Row i is the eigenvector of diagonal element i. */
  readonly vectors: Float64Array;
  size: number;
  p: number;
  q: number;
  sweeps: number;
  turned: boolean;
  done: boolean;
}

const sweepsMax = 40;

export function newEigen(sizeMax: number): Eigen {
  const squares = sizeMax * sizeMax;
  return {
    ...{ matrix: new Float64Array(squares), vectors: new Float64Array(squares) },
    ...{ size: 0, p: 0, q: 1, sweeps: 0, turned: false, done: true },
  };
}

/** The matrix stands in `matrix` already, `size` by `size`. */
export function beginEigen(eigen: Eigen, size: number): void {
  const { vectors } = eigen;
  Object.assign(eigen, { size, p: 0, q: 1, sweeps: 0, turned: false, done: size < 2 });
  for (let i = 0; i < size * size; i++) vectors[i] = 0;
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
}

/** Goes on for about `work` multiplications; returns how many are left of them. */
export function workEigen(eigen: Eigen, work: number): number {
  const { size } = eigen;
  const each = 6 * size;
  let left = work;
  while (!eigen.done && left > 0) {
    left -= turn(eigen, eigen.p, eigen.q) ? each : 4;
    eigen.q++;
    if (eigen.q < size) continue;
    eigen.p++;
    eigen.q = eigen.p + 1;
    if (eigen.q < size) continue;
    eigen.p = 0;
    eigen.q = 1;
    eigen.sweeps++;
    eigen.done = !eigen.turned || eigen.sweeps >= sweepsMax;
    eigen.turned = false;
  }
  return left;
}

/** Makes the element at (p, q) zero; false where it is so already, beside the diagonal. */
function turn(eigen: Eigen, p: number, q: number): boolean {
  const { matrix, vectors, size } = eigen;
  const apq = matrix[p * size + q]!;
  const app = matrix[p * size + p]!;
  const aqq = matrix[q * size + q]!;
  if (Math.abs(apq) <= 1e-14 * Math.sqrt(Math.abs(app * aqq)) || Math.abs(apq) < 1e-300) return false;
  eigen.turned = true;
  const tau = (aqq - app) / (2 * apq);
  const t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = c * t;
  const [rowP, rowQ] = [p * size, q * size];
  for (let i = 0; i < size; i++) {
    const x = matrix[rowP + i]!;
    const y = matrix[rowQ + i]!;
    matrix[rowP + i] = c * x - s * y;
    matrix[rowQ + i] = s * x + c * y;
    const u = vectors[rowP + i]!;
    const v = vectors[rowQ + i]!;
    vectors[rowP + i] = c * u - s * v;
    vectors[rowQ + i] = s * u + c * v;
  }
  // The matrix stays symmetric: its columns are its rows.
  for (let i = 0; i < size; i++) {
    matrix[i * size + p] = matrix[rowP + i]!;
    matrix[i * size + q] = matrix[rowQ + i]!;
  }
  matrix[rowP + p] = app - t * apq;
  matrix[rowQ + q] = aqq + t * apq;
  matrix[rowP + q] = 0;
  matrix[rowQ + p] = 0;
  return true;
}
