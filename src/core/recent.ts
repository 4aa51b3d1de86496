// The last samples of each tag, to know one that comes again: a repetition has the time, the value and the
// quality of the first. Bounded; it looks back only where a stamp is not newer than all before it.

/** So many samples of a tag are remembered, a power of two: what a client may have had under way when its link broke. */
const depth = 32;
/** Time, value, mark. */
const width = 3;

export interface Recent {
  /** By tag, in a ring: time, value, mark. */
  samples: Float64Array;
  /** By tag: the place in the ring that is next, how many of the newest came in order, and the newest stamp. */
  next: Uint8Array;
  inOrder: Uint8Array;
  newestMs: Float64Array;
}

export function newRecent(tags: number): Recent {
  return {
    samples: new Float64Array(tags * depth * width).fill(Number.NaN),
    next: new Uint8Array(tags),
    inOrder: new Uint8Array(tags),
    newestMs: new Float64Array(tags).fill(Number.NEGATIVE_INFINITY),
  };
}

export function growRecent(recent: Recent, tags: number): Recent {
  const larger = newRecent(tags);
  larger.samples.set(recent.samples);
  larger.next.set(recent.next);
  larger.inOrder.set(recent.inOrder);
  larger.newestMs.set(recent.newestMs);
  return larger;
}

/** `sourceMs` as the source said it: a time that was corrected would not come out the same twice. */
export function wasSeen(recent: Recent, tag: number, sourceMs: number, value: number, mark: number): boolean {
  if (sourceMs > recent.newestMs[tag]!) return false;
  const { samples } = recent;
  const next = recent.next[tag]!;
  // Where they came in order, nothing before an older one can be the same.
  const inOrder = recent.inOrder[tag] === depth;
  const isNone = Number.isNaN(value);
  for (let back = 1; back <= depth; back++) {
    const at = placeOf(tag, next - back);
    if (samples[at] !== sourceMs) {
      if (inOrder && samples[at]! < sourceMs) return false;
      continue;
    }
    if (samples[at + 2] !== mark) continue;
    const seen = samples[at + 1]!;
    if (seen === value || (isNone && Number.isNaN(seen))) return true;
  }
  return false;
}

export function keepSeen(recent: Recent, tag: number, sourceMs: number, value: number, mark: number): void {
  const { samples } = recent;
  const next = recent.next[tag]!;
  const at = placeOf(tag, next);
  const follows = sourceMs >= samples[placeOf(tag, next - 1)]!;
  recent.inOrder[tag] = follows ? Math.min(depth, recent.inOrder[tag]! + 1) : 0;
  samples[at] = sourceMs;
  samples[at + 1] = value;
  samples[at + 2] = mark;
  recent.next[tag] = (next + 1) & (depth - 1);
  if (sourceMs > recent.newestMs[tag]!) recent.newestMs[tag] = sourceMs;
}

function placeOf(tag: number, slot: number): number {
  return (tag * depth + (slot & (depth - 1))) * width;
}
