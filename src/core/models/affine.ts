// dT/dt = A·T + b for up to three nodes, with A and b constant over the step, solved exactly:
//
//   T(h) = T₀ + F(h)·d,   mean = T₀ + G(h)·d/h,   d = A·T₀ + b,   F = ∫exp(A·s)ds,   G = ∫F ds
//
// by Taylor series; a long step by doubling: with X = exp(A·h) − I, X' = 2X + X², F' = 2F + XF, G' = 2G + hF + XG.
// Work is bounded for any step and any A; allocates nothing but in newAffine.

/** Row by row; the caller fills `a`, `value` and `slope` (d) and finds `value` and `mean` moved on. */
export interface Affine {
  readonly a: Float64Array;
  readonly value: Float64Array;
  readonly slope: Float64Array;
  readonly mean: Float64Array;
}

export function newAffine(): Affine {
  return {
    a: new Float64Array(9),
    value: new Float64Array(3),
    slope: new Float64Array(3),
    mean: new Float64Array(3),
  };
}

/** Up to here the series needs no halving; with so many terms it is exact to the last bits. */
const normMax = 0.5;
const terms = 15;
const normSmall = 1e-3;
const termsSmall = 5;
const halvingsMax = 200;

export function advance(affine: Affine, dtS: number): void {
  const norm = normOf(affine.a) * dtS;
  if (norm <= normMax) series(affine, dtS, norm < normSmall ? termsSmall : terms);
  else double(affine, dtS, norm);
}

function normOf(a: Float64Array): number {
  const first = Math.abs(a[0]!) + Math.abs(a[1]!) + Math.abs(a[2]!);
  const second = Math.abs(a[3]!) + Math.abs(a[4]!) + Math.abs(a[5]!);
  const third = Math.abs(a[6]!) + Math.abs(a[7]!) + Math.abs(a[8]!);
  return Math.max(first, second, third);
}

/** On the vector: term k is hᵏAᵏ⁻¹d/k!, and 1/(k+1) of it goes to the mean. */
function series({ a, value, slope, mean }: Affine, dtS: number, count: number): void {
  let t0 = slope[0]! * dtS;
  let t1 = slope[1]! * dtS;
  let t2 = slope[2]! * dtS;
  let v0 = t0;
  let v1 = t1;
  let v2 = t2;
  let m0 = t0 / 2;
  let m1 = t1 / 2;
  let m2 = t2 / 2;
  for (let k = 2; k <= count; k++) {
    const share = dtS / k;
    const n0 = (a[0]! * t0 + a[1]! * t1 + a[2]! * t2) * share;
    const n1 = (a[3]! * t0 + a[4]! * t1 + a[5]! * t2) * share;
    const n2 = (a[6]! * t0 + a[7]! * t1 + a[8]! * t2) * share;
    t0 = n0;
    t1 = n1;
    t2 = n2;
    v0 += n0;
    v1 += n1;
    v2 += n2;
    const meanShare = 1 / (k + 1);
    m0 += n0 * meanShare;
    m1 += n1 * meanShare;
    m2 += n2 * meanShare;
  }
  mean[0] = value[0]! + m0;
  mean[1] = value[1]! + m1;
  mean[2] = value[2]! + m2;
  value[0] = value[0]! + v0;
  value[1] = value[1]! + v1;
  value[2] = value[2]! + v2;
}

// Room for the doubling; written before it is read in every call.
const x = new Float64Array(9);
const f = new Float64Array(9);
const g = new Float64Array(9);
const power = new Float64Array(9);
const product = new Float64Array(9);

function double({ a, value, slope, mean }: Affine, dtS: number, norm: number): void {
  const halvings = Math.min(halvingsMax, Math.ceil(Math.log2(norm / normMax)));
  let h = dtS / 2 ** halvings;
  seriesOfMatrices(a, h);
  for (let i = 0; i < halvings; i++) {
    multiply(x, g, product);
    for (let j = 0; j < 9; j++) g[j] = 2 * g[j]! + h * f[j]! + product[j]!;
    multiply(x, f, product);
    for (let j = 0; j < 9; j++) f[j] = 2 * f[j]! + product[j]!;
    multiply(x, x, product);
    for (let j = 0; j < 9; j++) x[j] = 2 * x[j]! + product[j]!;
    h *= 2;
  }
  for (let row = 0; row < 3; row++) {
    mean[row] = value[row]! + along(g, row, slope) / dtS;
    value[row] = value[row]! + along(f, row, slope);
  }
}

/** X, F and G of one short step: sums of hᵏAᵏ/k!, hᵏAᵏ⁻¹/k! and hᵏ⁺¹Aᵏ⁻¹/(k+1)!. */
function seriesOfMatrices(a: Float64Array, h: number): void {
  for (let j = 0; j < 9; j++) {
    const identity = j % 4 === 0 ? 1 : 0;
    power[j] = identity * h;
    f[j] = identity * h;
    g[j] = (identity * h * h) / 2;
    x[j] = 0;
  }
  for (let k = 2; k <= terms; k++) {
    multiply(a, power, product);
    for (let j = 0; j < 9; j++) {
      power[j] = (product[j]! * h) / k;
      f[j] = f[j]! + power[j]!;
      g[j] = g[j]! + (power[j]! * h) / (k + 1);
    }
  }
  multiply(a, f, x);
}

function along(matrix: Float64Array, row: number, vector: Float64Array): number {
  const at = 3 * row;
  return matrix[at]! * vector[0]! + matrix[at + 1]! * vector[1]! + matrix[at + 2]! * vector[2]!;
}

function multiply(left: Float64Array, right: Float64Array, out: Float64Array): void {
  for (let row = 0; row < 9; row += 3) {
    for (let column = 0; column < 3; column++) {
      out[row + column] =
        left[row]! * right[column]! +
        left[row + 1]! * right[column + 3]! +
        left[row + 2]! * right[column + 6]!;
    }
  }
}
