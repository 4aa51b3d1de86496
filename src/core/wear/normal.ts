// The normal distribution: its cumulative, and nodes by which something is averaged over it.

/** Zelen and Severo's polynomial: right to 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const polynomial =
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z > 0 ? 1 - tail : tail;
}

const half = 10;
const step = 0.35;

/** Evenly spaced over ±3.5 sigmas, weighted by the density: exact to a thousandth for what is smooth. */
export const normalNodes: readonly (readonly [z: number, weight: number])[] = evenNodes();

function evenNodes(): [number, number][] {
  const nodes = Array.from({ length: 2 * half + 1 }, (_, i): [number, number] => {
    const z = (i - half) * step;
    return [z, Math.exp((-z * z) / 2)];
  });
  const sum = nodes.reduce((total, [, weight]) => total + weight, 0);
  return nodes.map(([z, weight]) => [z, weight / sum]);
}
