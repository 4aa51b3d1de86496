// The normal distribution: its cumulative, and nodes by which something is averaged over it.

/** Beyond so many sigmas less is left than the polynomial is right to. */
const far = 5.5;
const perRoot = 1 / Math.sqrt(2 * Math.PI);

/** Zelen and Severo's polynomial: right to 7.5e-8. */
export function normalCdf(z: number): number {
  if (z > far) return 1;
  if (z < -far) return 0;
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const polynomial =
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  const tail = Math.exp((-z * z) / 2) * perRoot * polynomial;
  return z > 0 ? 1 - tail : tail;
}

export interface Nodes {
  readonly z: Float64Array;
  readonly weight: Float64Array;
}

/** Evenly spaced, `half` on either side, weighted by the density: over ±3.5 sigmas exact to a thousandth. */
export function evenNodes(half: number, step: number): Nodes {
  const z = Float64Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) * step);
  const density = z.map((at) => Math.exp((-at * at) / 2));
  const sum = density.reduce((total, each) => total + each, 0);
  return { z, weight: density.map((each) => each / sum) };
}
