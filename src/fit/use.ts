// What a column of a file is for.
import type { Mapping } from './column-word.ts';

export interface Use {
  /** In the record. */
  readonly key: string;
  /** always: rows without it are no rows. sometimes: it may be missing, and is compared where it is there. */
  readonly need: 'always' | 'sometimes';
  readonly mapping: Mapping;
}

/** With the word that named it, as people know it. */
export interface NamedUse extends Use {
  readonly option: string;
}
