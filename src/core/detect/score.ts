// A score from how much of its bound something is: 0 for none of it, 0.5 at the bound, near 1 far beyond; never NaN.

const partMax = 1e6;

export function scoreOf(part: number): number {
  const counted = part < partMax ? part : partMax;
  const square = counted * counted;
  return square / (1 + square);
}
