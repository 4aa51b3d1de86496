// The numbers of tags and sources in the groups: raw ones of the gateway and those of the twins in one list.
import type { HistoryTag } from '../../ports/history.ts';
import type { NewTag } from '../commit.ts';
import { tagMax } from '../keys.ts';
import type { Gather } from './gather.ts';

export interface TagBook {
  readonly all: readonly NewTag[];
  /** By number; undefined for 0, the twins, who have no account. */
  readonly sources: readonly (string | undefined)[];
  /** What the file has. */
  begin(tags: readonly HistoryTag[]): void;
  /** False for a new one where the file has as many as it takes: it would take no commit that names another. */
  hasRoomFor(tag: Omit<NewTag, 'index'>): boolean;
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

/** So many are left for what the twins say. */
const forTwins = 8192;

function keyOf({ source, name, unit, kind, tier }: Omit<NewTag, 'index'>): string {
  return [source, name, unit, kind, tier].join('\n');
}

export function createTagBook(gather: Pick<Gather, 'name'>): TagBook {
  const all: NewTag[] = [];
  const sources: (string | undefined)[] = [undefined];
  const numbers = new Map<string, number>();
  const rows: Row[] = [];
  const stored = new Set<string>();
  let lastId = 0;
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
    const key = keyOf(spec);
    if (!stored.has(key)) lastId++;
    stored.add(key);
    all.push(tag);
    gather.name(tag);
    return tag.index;
  };
  return {
    ...{ all, sources, source, add },
    begin(tags) {
      for (const tag of tags) {
        stored.add(keyOf(tag));
        lastId = Math.max(lastId, tag.id);
      }
    },
    hasRoomFor: (tag) => lastId < tagMax - forTwins || stored.has(keyOf(tag)),
    name(tag, spec) {
      rows[tag] = { index: add(spec), source: source(spec.source) };
    },
    row: (tag) => rows[tag]!,
  };
}
