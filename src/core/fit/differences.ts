// The derivatives of residuals by their parameters, by differences. Never steps beyond a bound.
import type { FitParameter } from './fit.ts';

/** What a parameter's size is like, where its value of the moment may be zero. Wide bounds say nothing of it. */
export function typicalOf(parameter: FitParameter): number {
  const { start, min, max, prior } = parameter;
  const range = max - min;
  const typical = Math.abs(start) || prior?.sigma || Math.min(1, range / 10) || 1;
  return Number.isFinite(range) && range > 0 ? Math.min(typical, range) : typical;
}

export interface Differences {
  readonly parameters: readonly FitParameter[];
  readonly length: number;
  residuals(theta: Float64Array, out: Float64Array): void;
}

/**
 * Column by column into `out`. Central differences err by the cube root of the precision squared (some 1e-11),
 * forward ones by its square root (1e-8) at half the price; `base` are the residuals at `theta`.
 */
export function differentiateBy(
  problem: Differences,
  theta: Float64Array,
  base: Float64Array,
  way: 'central' | 'forward',
  out: Float64Array,
): void {
  const { length } = problem;
  const probe = Float64Array.from(theta);
  const above = new Float64Array(length);
  const below = new Float64Array(length);
  for (const [j, parameter] of problem.parameters.entries()) {
    const at = theta[j]!;
    const relative = way === 'central' ? 6e-6 : 1.5e-8;
    let size = relative * Math.max(Math.abs(at), 0.1 * typicalOf(parameter));
    const room = Math.max(parameter.max - at, at - parameter.min);
    if (size > room) size = room;
    const column = out.subarray(j * length, (j + 1) * length);
    if (!(size > 0)) {
      column.fill(0);
      continue;
    }
    const up = at + size <= parameter.max;
    const down = at - size >= parameter.min;
    const high = up ? at + size : at;
    const low = down && (way === 'central' || !up) ? at - size : at;
    for (const [value, into] of [
      [high, above],
      [low, below],
    ] as const) {
      if (value === at) continue;
      probe[j] = value;
      problem.residuals(probe, into);
    }
    probe[j] = at;
    const over = 1 / (high - low);
    const upper = high === at ? base : above;
    const lower = low === at ? base : below;
    for (let i = 0; i < length; i++) column[i] = (upper[i]! - lower[i]!) * over;
  }
}
