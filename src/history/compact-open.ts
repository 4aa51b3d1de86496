// The blocks that still take samples, remembered from one batch to the next with their samples. Must hold no more of
// these than it may, and none that is no longer in the file.
import { isFull, type Spot } from './compact-spot.ts';

/** Of a tag: the live one, that of a backlog, and what else was used last. */
const spotsKept = 3;
const tagsKept = 16_384;

export interface OpenSpots {
  /** Those of a tag, the latest start last; the newest of the file is among them. They are the taker's until `keep`. */
  take(tag: number): Spot[];
  keep(tag: number, spots: readonly Spot[]): void;
  forget(): void;
}

export interface SpotRows {
  exists(key: number): boolean;
  newest(tag: number): Spot[];
}

/** `samplesHeld`: so many decoded samples are remembered. */
export function createOpenSpots(rows: SpotRows, samplesHeld: number): OpenSpots {
  /** By tag, those used last at the end. */
  const open = new Map<number, Spot[]>();
  /** Those of them whose samples are held. */
  const warm = new Set<number>();
  let held = 0;

  const cool = (tag: number, spots: readonly Spot[]) => {
    for (const spot of spots) held -= spot.series?.length ?? 0;
    warm.delete(tag);
  };

  const take = (tag: number): Spot[] => {
    const known = open.get(tag) ?? [];
    open.delete(tag);
    cool(tag, known);
    const there = known.filter(({ key }) => rows.exists(key));
    const spots = there.length === 0 ? rows.newest(tag) : there;
    return spots.sort((a, b) => a.startMs - b.startMs);
  };

  const keep = (tag: number, spots: readonly Spot[]) => {
    const kept = spots.slice(-spotsKept);
    open.set(tag, kept);
    warm.add(tag);
    for (const spot of kept) {
      if (isFull(spot)) spot.series = undefined;
      held += spot.series?.length ?? 0;
    }
    for (const other of warm) {
      if (held <= samplesHeld) break;
      const theirs = open.get(other) ?? [];
      cool(other, theirs);
      for (const spot of theirs) spot.series = undefined;
    }
    for (const [other, theirs] of open) {
      if (open.size <= tagsKept) break;
      cool(other, theirs);
      open.delete(other);
    }
  };

  return {
    take,
    keep,
    forget() {
      open.clear();
      warm.clear();
      held = 0;
    },
  };
}
