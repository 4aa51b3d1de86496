// What PCA has learnt, as lists of numbers by name, and back: what does not fit this machine is left out.
import { beginFit, workFit } from './fit.ts';
import { lookAtTails, newNormal, type PcaNormal, Phase, tracks } from './normal.ts';
import type { PcaState } from './state.ts';

/** By column and mode; a triangle of the covariance; counts of the tails. */
const vectors = ['origin', 'measure', 'mean', 'moves', 'echo'] as const;

export function rememberPca({ normals }: PcaState): Record<string, readonly number[]> {
  const memory: Record<string, readonly number[]> = {};
  for (const [mode, normal] of normals.entries()) {
    if (normal === null || normal.phase !== Phase.speaking) continue;
    const name = (what: string) => `${mode}.${what}`;
    for (const vector of vectors) memory[name(vector)] = finite(normal[vector]);
    memory[name('covariance')] = finite(triangleOf(normal));
    memory[name('weight')] = [normal.weight, normal.stepsToFit];
    for (let s = 0; s < tracks; s++) memory[name(`tail.${s}`)] = finite(normal.tails[s]!.counts);
  }
  return memory;
}

/** A column that was never seen has no origin: it is told as 0, with a measure of 0. */
function finite(numbers: Float64Array | readonly number[]): number[] {
  return Array.from(numbers, (n) => (Number.isFinite(n) ? Number(n.toPrecision(10)) : 0));
}

function triangleOf({ covariance, mean: { length } }: PcaNormal): number[] {
  const out: number[] = [];
  for (let i = 0; i < length; i++) for (let j = 0; j <= i; j++) out.push(covariance[i * length + j]!);
  return out;
}

export function recallPca(state: PcaState, memory: Readonly<Record<string, readonly number[]>>): void {
  for (let mode = 0; mode < state.setup.modes; mode++) {
    const normal = readNormal(state, memory, mode);
    if (normal === undefined) continue;
    beginFit(state.job, mode, false);
    workFit(state.job, normal, state.options, Number.POSITIVE_INFINITY);
    state.job.mode = -1;
    normal.phase = Phase.speaking;
    lookAtTails(normal, state.options.alpha, state.alike);
    state.normals[mode] = normal;
  }
}

function readNormal(
  { watched: { length: width } }: PcaState,
  memory: Readonly<Record<string, readonly number[]>>,
  mode: number,
): PcaNormal | undefined {
  const normal = newNormal(width, 0);
  const read = (what: string, length: number): readonly number[] | undefined => {
    const numbers = memory[`${mode}.${what}`];
    return numbers?.length === length && numbers.every(Number.isFinite) ? numbers : undefined;
  };
  for (const vector of vectors) {
    const numbers = read(vector, width);
    if (numbers === undefined) return undefined;
    normal[vector].set(numbers);
  }
  const triangle = read('covariance', (width * (width + 1)) / 2);
  const [weight, stepsToFit] = read('weight', 2) ?? [];
  if (triangle === undefined || weight === undefined || stepsToFit === undefined) return undefined;
  if (normal.measure.some((one) => one < 0) || weight < 1 || stepsToFit < 1) return undefined;
  let at = 0;
  for (let i = 0; i < width; i++)
    for (let j = 0; j <= i; j++) normal.covariance[i * width + j] = triangle[at++]!;
  for (const [s, tail] of normal.tails.entries()) {
    const counts = read(`tail.${s}`, tail.counts.length);
    if (counts?.every((count) => count >= 0) !== true) return undefined;
    tail.counts.set(counts);
    tail.total = counts.reduce((sum, count) => sum + count, 0);
  }
  return Object.assign(normal, { weight, stepsToFit });
}
