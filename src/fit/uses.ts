// Columns that options name to what a record is made of.
import type { GemError } from '../errors.ts';
import { chooseColumn, columnError, mapColumn } from './column-word.ts';
import type { FileLook } from './peek.ts';
import type { NamedUse } from './use.ts';

/** `targets`: units of the model, the first where the column has none. Undefined stays none. */
export function useOf(
  look: FileLook,
  wish: {
    readonly option: string;
    readonly word: string;
    readonly key: string;
    readonly targets: readonly string[];
    readonly need?: NamedUse['need'];
    /** Times what the word says. */
    readonly gain?: number | undefined;
  },
): NamedUse {
  const { option, word, key, targets, need = 'always', gain = 1 } = wish;
  const choice = chooseColumn(option, word, look.file, look.columns);
  const mapping = mapColumn(option, { ...choice, scale: choice.scale * gain }, targets);
  return { option, key, need, mapping };
}

/** A column that was not named: says so, and what there is. */
export function needed(look: FileLook, why: string): GemError {
  return columnError(look.file, why, look.columns);
}
