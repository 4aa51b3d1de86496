// A Butterworth low-pass of order 4, run forwards and backwards: no shift of phase, and half the power is left at
// its cutoff. For a regular grid without holes; it needs all samples at once.

/** One stage of second order: b0·(1 + 2z⁻¹ + z⁻²) / (1 + a1·z⁻¹ + a2·z⁻²). */
interface Stage {
  readonly b0: number;
  readonly a1: number;
  readonly a2: number;
}

export interface LowPass {
  readonly stages: readonly Stage[];
  /** Rows to continue an edge by, so that nothing of the filter's own start is left at it. */
  readonly padding: number;
}

/** Run twice, it lets through half of what it lets through once, so each run has its own cutoff a little higher. */
const twice = (Math.SQRT2 - 1) ** (-1 / 8);

/** `cutoff` in shares of the sampling rate, below 0.5. */
export function lowPassAt(cutoff: number): LowPass {
  const share = Math.min(cutoff * twice, 0.49);
  const k = Math.tan(Math.PI * share);
  const stages = [Math.PI / 8, (3 * Math.PI) / 8].map((angle) => {
    const damping = 2 * Math.cos(angle);
    const scale = 1 / (1 + damping * k + k * k);
    return { b0: k * k * scale, a1: 2 * (k * k - 1) * scale, a2: (1 - damping * k + k * k) * scale };
  });
  return { stages, padding: Math.ceil(9 / share) + 12 };
}

/**
 * The values with `padding` more at either end: each edge is continued point-symmetrically, again and again if
 * the column is short, so that a slope goes on as it was.
 */
export function padded(values: Float64Array, padding: number): Float64Array {
  const { length } = values;
  const out = new Float64Array(length + 2 * padding);
  out.set(values, padding);
  const last = length - 1;
  const climb = last > 0 ? values[last]! - values[0]! : 0;
  const at = (distance: number): number => {
    if (last === 0) return values[0]!;
    const turn = Math.floor(distance / last);
    const within = distance - turn * last;
    // Odd turns run backwards, mirrored about the edge they start from.
    const value = turn % 2 === 0 ? values[within]! : values[0]! + values[last]! - values[last - within]!;
    return value + turn * climb;
  };
  for (let i = 1; i <= padding; i++) {
    out[padding + last + i] = at(last + i);
    out[padding - i] = at(-i);
  }
  return out;
}

/** Forwards and backwards over `values`, in place. */
export function filterInPlace(lowPass: LowPass, values: Float64Array): void {
  for (let pass = 0; pass < 2; pass++) {
    for (const stage of lowPass.stages) runStage(stage, values);
    values.reverse();
  }
}

/** Starts as if the first value had always been there. */
function runStage({ b0, a1, a2 }: Stage, values: Float64Array): void {
  const first = values[0]!;
  let first1 = first * (1 - b0);
  let first2 = first * (b0 - a2);
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const y = b0 * x + first1;
    first1 = 2 * b0 * x - a1 * y + first2;
    first2 = b0 * x - a2 * y;
    values[i] = y;
  }
}

/** Low-passed, its edges continued. */
export function smooth(values: Float64Array, lowPass: LowPass): Float64Array {
  const { padding } = lowPass;
  const work = padded(values, padding);
  filterInPlace(lowPass, work);
  return work.slice(padding, padding + values.length);
}
