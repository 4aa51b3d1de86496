// Which parameters the data cannot tell, or cannot tell apart. It looks at the design only, not at the residuals.
import type { FitParameter } from './fit.ts';
import { columnNorm, singularOf, type Triangle } from './linear.ts';

export interface Identifiable {
  /** 1: the data say nothing of it. */
  readonly lost: Uint8Array;
  readonly correlation: Float64Array;
  readonly warnings: readonly string[];
}

/** Above it two parameters are said to look alike: their difference is known seven times worse than each. */
const correlationMax = 0.98;

export function tellApart(
  parameters: readonly FitParameter[],
  { n, r }: Triangle,
  inverse: Float64Array,
): Identifiable {
  const lost = new Uint8Array(n);
  const warnings: string[] = [];
  const scale = Float64Array.from({ length: n }, (_, j) => columnNorm(r, n, j));
  for (const [j, { name }] of parameters.entries()) {
    if (scale[j]! > 0) continue;
    lost[j] = 1;
    warnings.push(`${name} does not show in the data: its value is where the search started`);
  }
  const scaled = Float64Array.from(r, (value, at) => value / (scale[Math.floor(at / n)]! || 1));
  const { values, vectors } = singularOf(scaled, n);
  for (let k = 0; k < n; k++) {
    if (values[k]! > values[0]! * 1e-8) continue;
    const among = parameters.filter((_, j) => lost[j] === 0 && Math.abs(vectors[k * n + j]!) > 0.05);
    if (among.length < 2) continue;
    warnings.push(`${listOf(among.map((p) => p.name))} cannot be told apart by this data: give one of them`);
    for (const [j, p] of parameters.entries()) if (among.includes(p)) lost[j] = 1;
  }
  const correlation = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const size = Math.sqrt(inverse[i * n + i]! * inverse[j * n + j]!);
      correlation[j * n + i] = i === j ? 1 : size > 0 ? inverse[j * n + i]! / size : 0;
      if (j >= i || Math.abs(correlation[j * n + i]!) < correlationMax || lost[i] === 1 || lost[j] === 1)
        continue;
      warnings.push(
        `${parameters[j]!.name} and ${parameters[i]!.name} are hard to tell apart by this data (correlation ${correlation[j * n + i]!.toFixed(3)}): their intervals are wide, their common effect is known better`,
      );
    }
  }
  return { lost, correlation, warnings };
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
