// The last samples of each tag, to know one that comes again: a repetition has the time, the value and the
// quality of the first. Bounded; it looks back only where a stamp is not newer than all before it.

/** So many samples of a tag are remembered, a power of two: what a client may have had under way when its link broke. */
const depth = 32;
const width = 3;

export interface Recent {
  /** By tag, in a ring: time, value, quality. */
  samples: Float64Array;
  /** By tag: the place in the ring that is next, and the newest stamp of all. */
  next: Uint8Array;
  newestMs: Float64Array;
}

export function newRecent(tags: number): Recent {
  return {
    samples: new Float64Array(tags * depth * width).fill(Number.NaN),
    next: new Uint8Array(tags),
    newestMs: new Float64Array(tags).fill(Number.NEGATIVE_INFINITY),
  };
}

export function growRecent(recent: Recent, tags: number): Recent {
  const larger = newRecent(tags);
  larger.samples.set(recent.samples);
  larger.next.set(recent.next);
  larger.newestMs.set(recent.newestMs);
  return larger;
}

/** `sourceMs` as the source said it: a time that was corrected would not come out the same twice. */
export function wasSeen(
  recent: Recent,
  tag: number,
  sourceMs: number,
  value: number,
  quality: number,
): boolean {
  if (sourceMs > recent.newestMs[tag]!) return false;
  const { samples } = recent;
  const end = (tag + 1) * depth * width;
  for (let at = tag * depth * width; at < end; at += width) {
    if (samples[at] !== sourceMs || samples[at + 2] !== quality) continue;
    if (Object.is(samples[at + 1], value)) return true;
  }
  return false;
}

export function keepSeen(
  recent: Recent,
  tag: number,
  sourceMs: number,
  value: number,
  quality: number,
): void {
  const { samples } = recent;
  const next = recent.next[tag]!;
  const at = (tag * depth + next) * width;
  samples[at] = sourceMs;
  samples[at + 1] = value;
  samples[at + 2] = quality;
  recent.next[tag] = (next + 1) & (depth - 1);
  if (sourceMs > recent.newestMs[tag]!) recent.newestMs[tag] = sourceMs;
}
