// The heat of the mill with plain objects: part of the yardstick in plain-mill.ts.

export type Named = Readonly<Record<string, number>>;
export type Vector = readonly [number, number, number];
type Matrix = readonly Vector[];

export const copperW = (p: Named, square: number, temp: number) =>
  square * p['winding.resistance']! * (1 + p['winding.alpha']! * (temp - 25));

export function networkOf(
  p: Named,
  omega: number,
  square: number,
  dragW: number,
  cutW: number,
  shop: number,
) {
  const ambient = Math.min(100, Math.max(-60, shop));
  const copperPerK = square * p['winding.resistance']! * p['winding.alpha']!;
  const [w, b, c] = [1 / p['winding.rth']!, 1 / p['bearing.rth']!, 1 / p['bearing.coolingRth']!];
  const out = (1 + (p['housing.airGain']! * omega) / 1000) / p['housing.rth']!;
  const { 'winding.capacity': cw, 'housing.capacity': ch, 'bearing.capacity': cb } = p;
  const iron = p['housing.ironLoss']! * (omega / 1000) ** 1.5;
  const friction = p['bearing.frictionShare']! * dragW + p['bearing.cutShare']! * cutW;
  const matrix: Matrix = [
    [(copperPerK - w) / cw!, w / cw!, 0],
    [w / ch!, -(w + b + out) / ch!, b / ch!],
    [0, b / cb!, -(b + c) / cb!],
  ];
  const source: Vector = [
    (square * p['winding.resistance']! - 25 * copperPerK) / cw!,
    (iron + ambient * out) / ch!,
    (friction + ambient * c) / cb!,
  ];
  return { matrix, source };
}

const times = (matrix: Matrix, [a, b, c]: Vector): Vector =>
  matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as unknown as Vector;
const plus = (left: Vector, right: Vector, share = 1): Vector =>
  left.map((value, i) => value + right[i]! * share) as unknown as Vector;

/** The series of the exponential, in pieces short enough for it. */
export function exact(
  matrix: Matrix,
  source: Vector,
  start: Vector,
  dtS: number,
): { end: Vector; mean: Vector } {
  const norm = Math.max(...matrix.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0))) * dtS;
  const count = Math.max(1, Math.ceil(norm / 0.5));
  const h = dtS / count;
  let end = start;
  let mean: Vector = [0, 0, 0];
  for (let piece = 0; piece < count; piece++) {
    let term = times(
      [
        [h, 0, 0],
        [0, h, 0],
        [0, 0, h],
      ],
      plus(times(matrix, end), source),
    );
    let [value, middle] = [plus(end, term), plus(end, term, 0.5)];
    for (let k = 2; k <= (norm < 1e-3 ? 5 : 15); k++) {
      term = times(matrix, term).map((part) => (part * h) / k) as unknown as Vector;
      value = plus(value, term);
      middle = plus(middle, term, 1 / (k + 1));
    }
    end = value;
    mean = plus(mean, middle, 1 / count);
  }
  return { end, mean };
}
