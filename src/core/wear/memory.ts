// What a wear watch remembers across a restart: plain arrays of finite numbers by name, so that a model with other
// components takes what it knows and leaves the rest.
import { type Hash, hashNumbers } from '../hash.ts';
import { cells } from './shape.ts';
import { Seen, startVariance, type WearWatch } from './watch.ts';

const columns = [
  'shortRate',
  'middleRate',
  'longRate',
  'longWork',
  'shortUnrest',
  'middleUnrest',
  'grown',
  'slope',
  'spread',
  'start',
] as const;

export function memoryOf(watch: WearWatch): Record<string, number[]> {
  const { model, seen, shapes, value, variance } = watch;
  const memory: Record<string, number[]> = { seen: [...seen] };
  watch.parameter.forEach((p, f) => {
    memory[`factor ${model.parameters[p]!.name}`] = [value[f]!, variance[f]!];
  });
  (model.wear ?? []).forEach(({ component }, c) => {
    // Of two dozen tools most have never been in the spindle.
    if (isUntouched(watch, c)) return;
    memory[`component ${component}`] = columns.map((column) => watch[column][c]!);
    memory[`shape ${component}`] = [shapes.askFrom[c]!, ...shapes.rate.subarray(c * cells, (c + 1) * cells)];
  });
  return memory;
}

function isUntouched(watch: WearWatch, c: number): boolean {
  const first = startVariance(watch.model.wear![c]!);
  return columns.every((column) => watch[column][c] === (column === 'start' ? first : 0));
}

/** The twin's wear is taken as it is at the next tick, whatever it was before. */
export function restoreWatch(watch: WearWatch, memory: Readonly<Record<string, readonly number[]>>): void {
  const { model, seen, shapes, value, variance } = watch;
  watch.last.fill(Number.NaN);
  seen.set(numbers(memory['seen'], seen.length) ?? []);
  watch.parameter.forEach((p, f) => {
    const known = numbers(memory[`factor ${model.parameters[p]!.name}`], 2);
    if (known === undefined) return;
    value[f] = known[0]!;
    variance[f] = known[1]!;
  });
  (model.wear ?? []).forEach(({ component }, c) => {
    const known = numbers(memory[`component ${component}`], columns.length);
    if (known === undefined) return;
    columns.forEach((column, i) => {
      watch[column][c] = known[i]!;
    });
    const shape = numbers(memory[`shape ${component}`], 1 + cells);
    if (shape?.every((rate) => rate > 0) !== true) return;
    shapes.askFrom[c] = shape[0]!;
    shapes.rate.set(shape.slice(1), c * cells);
  });
}

/** A memory comes from a file: what does not fit is not known. */
function numbers(list: readonly number[] | undefined, length: number): readonly number[] | undefined {
  return list?.length === length && list.every((value) => Number.isFinite(value)) ? list : undefined;
}

/** All that the watch knows, for the hash of the core. */
export function hashWatch(hash: Hash, watch: WearWatch): void {
  const { last, seen, value, variance, shapes } = watch;
  for (const column of columns) hashNumbers(hash, watch[column]);
  for (const numbers of [last, seen, value, variance, shapes.rate, shapes.askFrom])
    hashNumbers(hash, numbers);
}

/** Hours of gateway time that were watched, over all restarts. */
export function watchedHours({ seen }: WearWatch): number {
  return seen[Seen.watchedS]! / 3600;
}
