// What the spectrum detector has learnt, as lists of numbers by name, and back: what does not fit is left out.
import { tailBound } from '../joint/tail.ts';
import { newSpectrumNormal, spectrumTail } from './normal.ts';
import type { SpectrumState } from './state.ts';

const lists = ['seen', 'weight', 'mean', 'variance', 'slowVariance'] as const;

export function rememberSpectrum({ normals }: SpectrumState): Record<string, readonly number[]> {
  const memory: Record<string, readonly number[]> = {};
  for (const [mode, normal] of normals.entries()) {
    if (normal === null) continue;
    for (const list of lists)
      memory[`${mode}.${list}`] = Array.from(normal[list], (n) => Number(n.toPrecision(8)));
    memory[`${mode}.tail`] = Array.from(normal.tail.counts, (n) => Number(n.toPrecision(4)));
  }
  return memory;
}

export function recallSpectrum(
  state: SpectrumState,
  memory: Readonly<Record<string, readonly number[]>>,
): void {
  for (let mode = 0; mode < state.setup.modes; mode++) {
    const normal = newSpectrumNormal(state);
    const fits = (what: string, length: number) => {
      const numbers = memory[`${mode}.${what}`];
      return numbers?.length === length && numbers.every(Number.isFinite);
    };
    const { counts } = normal.tail;
    if (!lists.every((list) => fits(list, normal[list].length)) || !fits('tail', counts.length)) continue;
    for (const list of lists) normal[list].set(memory[`${mode}.${list}`]!);
    counts.set(memory[`${mode}.tail`]!);
    const negative = [normal.seen, normal.weight, normal.variance, normal.slowVariance, counts].some((all) =>
      all.some((n) => n < 0),
    );
    if (negative) continue;
    normal.tail.total = counts.reduce((sum, n) => sum + n, 0);
    normal.seenBound = Math.max(1, tailBound(normal.tail, state.options.alpha, spectrumTail));
    state.normals[mode] = normal;
  }
}
