// The numbers of tags and sources in the groups: raw ones of the gateway and those of the twins in one list.
import type { NewTag } from '../commit.ts';
import type { Gather } from './gather.ts';

export interface TagBook {
  readonly all: readonly NewTag[];
  /** By number; undefined for 0, the twins, who have no account. */
  readonly sources: readonly (string | undefined)[];
  /** The number of a source. */
  source(name: string): number;
  add(tag: Omit<NewTag, 'index'>): number;
  /** The gateway calls it `tag`. */
  name(tag: number, spec: Omit<NewTag, 'index'>): void;
  row(tag: number): Row;
}

interface Row {
  readonly index: number;
  readonly source: number;
}

export function createTagBook(gather: Pick<Gather, 'name'>): TagBook {
  const all: NewTag[] = [];
  const sources: (string | undefined)[] = [undefined];
  const numbers = new Map<string, number>();
  const rows: Row[] = [];
  const source = (name: string) => {
    let number = numbers.get(name);
    if (number === undefined) {
      number = sources.push(name) - 1;
      numbers.set(name, number);
    }
    return number;
  };
  const add = (spec: Omit<NewTag, 'index'>) => {
    const tag = { ...spec, index: all.length };
    all.push(tag);
    gather.name(tag);
    return tag.index;
  };
  return {
    ...{ all, sources, source, add },
    name(tag, spec) {
      rows[tag] = { index: add(spec), source: source(spec.source) };
    },
    row: (tag) => rows[tag]!,
  };
}
