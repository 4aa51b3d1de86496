// The table of all tags of all sources: a name becomes a small number once, and stays it.
import type { TagSpec } from '../core/sample.ts';

export interface TagRow {
  readonly source: string;
  readonly spec: TagSpec;
}

export interface TagTable {
  readonly rows: readonly TagRow[];
  /** By source and name; the first spec given for a name stands. */
  admit(source: string, spec: TagSpec): { index: number; fresh: boolean };
  find(source: string, name: string): number | undefined;
  count(source: string): number;
}

export function createTagTable(): TagTable {
  const rows: TagRow[] = [];
  const bySource = new Map<string, Map<string, number>>();
  const of = (source: string) => {
    let names = bySource.get(source);
    if (names === undefined) {
      names = new Map();
      bySource.set(source, names);
    }
    return names;
  };
  return {
    rows,
    admit(source, spec) {
      const names = of(source);
      const known = names.get(spec.name);
      if (known !== undefined) return { index: known, fresh: false };
      const index = rows.push({ source, spec }) - 1;
      names.set(spec.name, index);
      return { index, fresh: true };
    },
    find: (source, name) => bySource.get(source)?.get(name),
    count: (source) => bySource.get(source)?.size ?? 0,
  };
}
